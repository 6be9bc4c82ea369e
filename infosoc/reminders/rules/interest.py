"""Late interest on an invoice, split where the rate or the principal changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from infosoc.kernel.money import Rounding, part_of
from infosoc.rates.book import RateBook, RateName, half_year_ends

DAYS_A_YEAR = 365  # in leap years as well
DAYS_AFTER_DEMAND = 30
_DAY = timedelta(days=1)


class Settled(NamedTuple):
    """What has taken from the principal on a day: a part payment or a credit note."""

    on: date
    amount_ore: int


class Span(NamedTuple):
    """Days, both included, with one principal and one rate. Its amount is its share of the rounded total."""

    first: date
    last: date
    days: int
    principal_ore: int
    percent: Decimal
    amount_ore: int


class LateInterest(NamedTuple):
    spans: tuple[Span, ...]
    total_ore: int


NO_INTEREST = LateInterest((), 0)


def late_interest(
    principal_ore: int, *, runs_after: date, until: date, rates: RateBook, settled: Sequence[Settled] = (),
    agreed_percent: Decimal | None = None,
) -> LateInterest:  # fmt: skip
    """The interest for the days after `runs_after` up to and including `until`, the day of payment or of the letter.

    Rate: the reference rate in force at each time plus the addition of the act, per year, or what is agreed instead.
    Source: räntelagen 6 §. Days: actual / 365. What is settled on a day bears interest on that day too.
    Rounding: half up to whole öre, once, on the total; each span gets what the total grows by.
    """
    cuts = {one.on for one in settled if runs_after < one.on < until}
    ends = sorted({*cuts, *half_year_ends(runs_after, until), until})
    spans: list[Span] = []
    exact, rounded_ore, after = 0, 0, runs_after
    for end in ends if until > runs_after else ():
        principal = max(principal_ore - sum(one.amount_ore for one in settled if one.on <= after), 0)
        first, days, after = after + _DAY, (end - after).days, end
        if principal == 0:
            continue
        percent = agreed_percent if agreed_percent is not None else statutory_percent(first, rates)
        # In hundredths of a per cent of an öre and day: whole numbers up to the one rounding.
        exact += principal * _hundredths(percent) * days
        total = part_of(exact, 1, 10_000 * DAYS_A_YEAR, Rounding.HALF_UP)
        spans.append(Span(first, end, days, principal, percent, total - rounded_ore))
        rounded_ore = total
    return LateInterest(tuple(spans), rounded_ore)


def statutory_percent(day: date, rates: RateBook) -> Decimal:
    """The rate of the act on a day, in per cent a year."""
    return rates.on(RateName.REFERENCE_RATE, day) + rates.on(RateName.LATE_INTEREST_ADDITION, day)


def interest_runs_after(due_on: date, *, is_agreed: bool, demanded_on: date | None) -> date | None:
    """The day after which interest runs; None while there has been no demand where one is needed.

    It is the due day if that was agreed beforehand (räntelagen 3 §), else the thirtieth after a demand for it (4 §).
    """
    if is_agreed:
        return due_on
    return None if demanded_on is None else max(due_on, demanded_on + DAYS_AFTER_DEMAND * _DAY)


def _hundredths(percent: Decimal) -> int:
    whole = percent * 100
    if whole != int(whole) or whole < 0:
        raise ValueError(f"a rate has two decimals at most and is not below zero, not {percent}")
    return int(whole)
