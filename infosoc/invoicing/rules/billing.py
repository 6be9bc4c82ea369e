"""What a billing run is about: its days, the name of what it makes, and what has changed. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from infosoc.invoicing.rules.record import LANGUAGES
from infosoc.kernel.errors import Invalid
from infosoc.kernel.sv import EARLIEST, LATEST
from infosoc.kernel.words import N_

# What was missed (an agreement that was signed late, a price that was missing) is caught up with for this long.
LOOKS_BACK_MONTHS = 24

SUPPLEMENT = "supplement"

# A fixed price is for the whole period, whatever the product's price is stated for: what is counted is pieces then.
_OF_TIME = frozenset({"MON", "ANN"})
PIECE = "C62"


# An invoice may be dated ahead, but seldom is it meant.
AHEAD = N_(
    "The invoice date %(day)s is still to come. What is issued is sent now all the same; posting and VAT follow the "
    "invoice date."
)


class NotAMonth(Invalid):
    code = "month"
    message = N_("Enter the month as 2026-12.")


class RunState(StrEnum):
    """How far a run has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


RUN_LABELS = {RunState.QUEUED: N_("Waiting"), RunState.RUNNING: N_("In progress"), RunState.DONE: N_("Done")}


@dataclass(frozen=True)
class Days:
    """What is charged on one of these days, the last one included, is invoiced by a run."""

    first_on: date
    through_on: date


def month_of(text: str) -> date:
    """The first day of a month written as 2026-12; raises `NotAMonth`."""
    try:
        year, month = text.strip().split("-")
        if len(year) != 4 or not EARLIEST <= int(year) <= LATEST:
            raise ValueError(text)
        return date(int(year), int(month), 1)
    except ValueError:
        raise NotAMonth(field="month") from None


def days_of(month: date, bills_from: date) -> Days:
    """The days of a run for a month: the month, and what went before it as far as a run looks back.

    Never a day before `bills_from`: what was invoiced elsewhere is not invoiced again.
    """
    months = month.year * 12 + month.month - 1 - LOOKS_BACK_MONTHS
    back = date(months // 12, months % 12 + 1, 1)
    return Days(max(bills_from, back), month.replace(day=monthrange(month.year, month.month)[1]))


def issue_day(month: date, today: date) -> date:
    """The day of the invoices unless somebody says another: today, but of a month that is over its last day."""
    return min(today, month.replace(day=monthrange(month.year, month.month)[1]))


def source(agreement_id: int, charges: Iterable[tuple[date, int]], *, is_supplement: bool = False) -> str:
    """The name of an agreement's invoice, by the first of its charges (day of the period, line).

    A charge is invoiced once, so two invoices never have the same name, and the same charges always have. One that
    holds supplements only is called so: nothing is compared with it.
    """
    day, line_id = min(charges)
    return f"{SUPPLEMENT if is_supplement else 'run'}:agreement:{agreement_id}:{day.isoformat()}:{line_id}"


def unit_of(code: str, *, is_usage: bool) -> str:
    """The unit on the invoice: reported hours are hours, but a price for a period is for one of what was sold."""
    return PIECE if code in _OF_TIME and not is_usage else code


def language_of(code: str) -> str:
    return code if code in LANGUAGES else LANGUAGES[0]


# ---- what has changed since the last invoice -------------------------------------------------------------------------


@dataclass(frozen=True)
class Priced:
    """A line on an invoice or about to be: what it costs for a whole period, and the line that it took the place of."""

    line_id: int
    name: str
    net_ore: int
    replaces_id: int | None = None


class ChangeKind(StrEnum):
    FIRST = "first"
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


CHANGE_LABELS = {
    ChangeKind.FIRST: N_("First invoice"),
    ChangeKind.NEW: N_("New: %(name)s"),
    ChangeKind.CHANGED: N_("%(name)s: %(before)s kr before, %(after)s kr now"),
    ChangeKind.GONE: N_("No longer: %(name)s"),
}


@dataclass(frozen=True)
class Change:
    """One thing that is not as on the last invoice."""

    kind: ChangeKind
    name: str = ""
    before_ore: int = 0
    after_ore: int = 0


def changes(before: Iterable[Priced], now: Iterable[Priced]) -> list[Change]:
    """What is new, costs something else or is gone; nothing but `FIRST` where there was no invoice before."""
    earlier = {one.line_id: one for one in before}
    if not earlier:
        return [Change(ChangeKind.FIRST)]
    found, seen = [], set()
    for one in {one.line_id: one for one in now}.values():
        was = earlier.get(one.line_id) or earlier.get(one.replaces_id or 0)
        if was is None:
            found.append(Change(ChangeKind.NEW, one.name, 0, one.net_ore))
            continue
        seen.add(was.line_id)
        if was.net_ore != one.net_ore:
            found.append(Change(ChangeKind.CHANGED, one.name, was.net_ore, one.net_ore))
    gone = [one for one in earlier.values() if one.line_id not in seen]
    return [*found, *(Change(ChangeKind.GONE, one.name, one.net_ore, 0) for one in gone)]
