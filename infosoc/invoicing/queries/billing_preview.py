"""The preview of a run: its bills with what has changed since each agreement's last invoice, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.invoicing.models import Invoice, InvoicedCharge
from infosoc.invoicing.queries import billing
from infosoc.invoicing.queries.billing import CHUNK, Bill, Frame
from infosoc.invoicing.rules import billing as rules
from infosoc.invoicing.rules.billing import CHANGE_LABELS, ChangeKind, Priced
from infosoc.kernel.money import print_ore
from infosoc.kernel.words import N_
from infosoc.subscriptions.models import Agreement, AgreementLine, Product
from infosoc.subscriptions.queries.charges import Charge, charges_of, usage
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.queries.pricing import prices
from infosoc.subscriptions.rules import periods
from infosoc.subscriptions.rules.words import Billing, DeedKind

ROWS = 50
Told = tuple[str, dict[str, Any]]

EARLIER = N_("A period before the month has not been invoiced: from %(day)s.")
SUPPLEMENT = N_(
    "Usage of %(name)s was reported after its period from %(day)s had been invoiced: %(ore)s kr more is invoiced now. "
    "If it has been invoiced by hand, credit one of them."
)
TOO_MUCH = N_("%(name)s was invoiced with %(was)s kr from %(day)s, and is %(now)s kr by now. Credit the difference.")
TOO_LITTLE = N_("%(name)s was invoiced with %(was)s kr from %(day)s, and is %(now)s kr by now. Invoice the difference.")


@dataclass(frozen=True)
class Shown:
    """A bill with what is to be said of it. One without record and problem invoices nothing, but is to be looked at."""

    bill: Bill
    changes: tuple[Told, ...] = ()
    warnings: tuple[Told, ...] = ()


@dataclass
class Sums:
    """The bills added up, in öre."""

    invoices: int = 0
    problems: int = 0
    changed: int = 0
    warnings: int = 0
    net_ore: int = 0
    vat_ore: int = 0
    payable_ore: int = 0

    def add(self, shown: Shown) -> None:
        record = shown.bill.record
        self.warnings += bool(shown.warnings)
        self.problems += shown.bill.problem is not None
        if record is None:
            return
        self.invoices += 1
        self.changed += bool(shown.changes)
        self.net_ore += record.net_ore
        self.vat_ore += record.vat_ore
        self.payable_ore += record.payable_ore


@dataclass(frozen=True)
class Page:
    """Bills in the order of the agreements' numbers; `after` is where the next page begins."""

    rows: list[Shown]
    after: int | None


def page(session: Session, frame: Frame, *, after: int = 0) -> Page:
    """One page of bills, from the agreement after a number on."""
    rows = list(islice(everything(session, frame, after=after), ROWS + 1))
    last = rows[ROWS - 1].bill.agreement.number if len(rows) > ROWS else None
    return Page(rows[:ROWS], last)


def everything(session: Session, frame: Frame, *, after: int = 0) -> Iterator[Shown]:
    """All bills, a chunk of agreements at a time: memory does not grow with them."""
    while True:
        query = select(Agreement.id, Agreement.number).where(Agreement.number > after)
        found = session.execute(query.order_by(Agreement.number).limit(CHUNK)).all()
        if not found:
            return
        yield from _shown(session, [row.id for row in found], frame)
        after = found[-1].number
        session.expunge_all()


def _shown(session: Session, agreement_ids: list[int], frame: Frame) -> list[Shown]:
    agreements = billing.loaded(session, agreement_ids)
    bills = billing.bills_of(session, agreements, frame)
    last = _last_charges(session, [one.agreement.id for one in bills])
    wrong = _differences(session, agreements, bills, frame)
    by_agreement = {one.agreement.id: one for one in bills}
    by_agreement |= {one.id: Bill(one, ()) for one in agreements if one.id in wrong and one.id not in by_agreement}
    return [
        Shown(
            one, _changes(one, last.get(one.agreement.id, [])) if one.record else (),
            (*_warnings(one, frame), *wrong.get(one.agreement.id, ())),
        )
        for one in sorted(by_agreement.values(), key=lambda bill: bill.agreement.number)
    ]  # fmt: skip


def _last_charges(session: Session, agreement_ids: Sequence[int]) -> dict[int, list[Priced]]:
    """What the last invoice of each agreement charged, line by line: the latest period of each."""
    newest = (
        select(func.max(Invoice.id))
        .where(Invoice.agreement_id.in_(agreement_ids), Invoice.run_id.is_not(None))
        .where(Invoice.source.not_like(f"{rules.SUPPLEMENT}:%"))
        .group_by(Invoice.agreement_id)
    )
    query = (
        select(AgreementLine, Product, InvoicedCharge.net_ore)
        .join(InvoicedCharge, InvoicedCharge.agreement_line_id == AgreementLine.id)
        .join(Product, Product.id == AgreementLine.product_id)
        .where(InvoicedCharge.invoice_id.in_(newest))
        .order_by(InvoicedCharge.period_on)
    )
    found: dict[int, list[Priced]] = {}
    for line, product, net in session.execute(query):
        found.setdefault(line.agreement_id, []).append(Priced(line.id, product.name_sv, net, line.replaces_id))
    return found


def _changes(bill: Bill, before: list[Priced]) -> tuple[Told, ...]:
    regular = [one for one in bill.charges if not one.is_supplement]
    if not regular:
        return ()
    now = [Priced(one.line.id, one.product.name_sv, one.net_ore, one.line.replaces_id) for one in regular]
    return tuple((CHANGE_LABELS[one.kind], _facts(one)) for one in rules.changes(before, now))


def _facts(change: rules.Change) -> dict[str, Any]:
    facts: dict[str, Any] = {} if change.kind is ChangeKind.FIRST else {"name": change.name}
    if change.kind is ChangeKind.CHANGED:
        facts |= {"before": print_ore(change.before_ore), "after": print_ore(change.after_ore)}
    return facts


def _warnings(bill: Bill, frame: Frame) -> list[Told]:
    month = frame.days.through_on.replace(day=1)
    late = [one.part.starts_on for one in bill.charges if one.due_on < month and not one.is_supplement]
    told: list[Told] = [(EARLIER, {"day": min(late).isoformat()})] if late else []
    for one in bill.charges:
        if one.is_supplement and not one.problem:
            facts = {"name": one.product.name_sv, "day": one.part.starts_on.isoformat(), "ore": print_ore(one.net_ore)}
            told.append((SUPPLEMENT, facts))
    return told


def _differences(
    session: Session, agreements: Sequence[Agreement], bills: Sequence[Bill], frame: Frame
) -> dict[int, list[Told]]:
    """Periods that were invoiced and have become something else: a price that was changed, usage that was corrected.

    What the bills make good is not told. The rest the run does not touch: what was issued is corrected by a credit note
    or an invoice by hand.
    """
    asked = [one for one in agreements if _may_differ(one)]
    lines = {line.id: line for one in asked for line in one.lines}
    year_ago = periods.add_months(frame.days.through_on, -12)
    done = {
        key: net for key, net in _by_period(asked, billing.invoiced(session, list(lines))).items() if key[1] > year_ago
    }
    if not done:
        return {}
    first, through = min(day for _, day in done), periods.add_months(frame.days.through_on, 12)
    known, used = prices(session, asked), usage(session, list(lines.values()))
    now = {
        (charge.line.id, charge.period.starts_on): charge
        for one in asked
        for charge in charges_of(one, known, used, first=first, through=through)
    }
    good = {_period_of(bill.agreement, one) for bill in bills for one in bill.charges if one.is_supplement}
    found: dict[int, list[Told]] = {}
    for (line_id, day), was in sorted(done.items()):
        charge, line = now.get((line_id, day)), lines[line_id]
        if (line_id, day) in good:
            continue
        if told := _difference(line.product.name_sv, day, was, charge):
            found.setdefault(line.agreement_id, []).append(told)
    return found


def _by_period(agreements: Sequence[Agreement], done: billing.Invoiced) -> billing.Invoiced:
    """What each period of a line has been invoiced with in all, supplements and what was given back included."""
    schedules = ((course_of(one).schedule, one) for one in agreements)
    of = {line.id: schedule for schedule, one in schedules for line in one.lines}
    sums: billing.Invoiced = {}
    for (line_id, day), net in done.items():
        period = of[line_id].at(day).period
        sums[line_id, period.starts_on] = sums.get((line_id, period.starts_on), 0) + net
    return sums


def _period_of(agreement: Agreement, charge: Charge) -> tuple[int, date]:
    """The line and the first day of the whole period that a supplement is for."""
    return charge.line.id, course_of(agreement).schedule.at(charge.period.starts_on).period.starts_on


def _may_differ(agreement: Agreement) -> bool:
    """Whether something of it ended, was paused or is counted afterwards; else what was invoiced still holds."""
    return (
        agreement.ends_on is not None
        or any(one.kind == DeedKind.PAUSE for one in agreement.deeds)
        or any(line.ends_on is not None or line.product.billing == Billing.USAGE for line in agreement.lines)
    )


def _difference(name: str, day: date, was: int, charge: Charge | None) -> Told | None:
    if charge is not None and charge.problem:
        return None
    now = charge.net_ore if charge else 0
    if now == was:
        return None
    facts = {"name": name, "day": day.isoformat(), "was": print_ore(was), "now": print_ore(now)}
    return (TOO_MUCH if now < was else TOO_LITTLE), facts
