"""Index clauses: how the agreed price of a line follows the years. Pure.

The price is adjusted on a day each year. A percentage is applied year by year, each time to whole öre; an index once,
from the value of the month that belongs to the price to that of the month that belongs to the adjustment, and never
downwards. Prices of a price list follow the list and no clause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from infosoc.kernel.errors import Invalid
from infosoc.kernel.money import part_of
from infosoc.kernel.words import N_
from infosoc.subscriptions.rules.amounts import raised
from infosoc.subscriptions.rules.periods import add_months, month_of
from infosoc.subscriptions.rules.words import IndexKind

Values = Mapping[date, int]
NO_VALUES: Values = {}


class IndexMissing(Invalid):
    message = N_("The index %(series)s has no value for %(month)s.")


@dataclass(frozen=True)
class Clause:
    """`from_on` is the first day of adjustment; `base_on` the month whose index value the first price belongs to."""

    kind: IndexKind
    from_on: date
    percent: int = 0
    series: str = ""
    base_on: date | None = None


def adjustments(clause: Clause, day: date) -> int:
    """How many days of adjustment there have been up to and with a day."""
    if day < clause.from_on:
        return 0
    years = day.year - clause.from_on.year
    return years + (1 if add_months(clause.from_on, 12 * years) <= day else 0)


def indexed(ore: int, clause: Clause | None, *, agreed_on: date, day: date, values: Values) -> int:
    """The price on a day of what was agreed at `ore` from `agreed_on`."""
    if clause is None or clause.kind is IndexKind.NONE:
        return ore
    before, now = adjustments(clause, agreed_on), adjustments(clause, day)
    if now <= before:
        return ore
    if clause.kind is IndexKind.PERCENT:
        for _ in range(now - before):
            ore = raised(ore, clause.percent)
        return ore
    was, is_now = _value(clause, before, values), _value(clause, now, values)
    return max(ore, part_of(ore, is_now, was))


def _value(clause: Clause, number: int, values: Values) -> int:
    base = month_of(clause.base_on or add_months(clause.from_on, -12))
    month = add_months(base, 12 * number)
    if month not in values:
        raise IndexMissing(series=clause.series, month=month.strftime("%Y-%m"))
    return values[month]


Dated = Sequence[tuple[date, "Clause | None"]]
NO_CLAUSE: Dated = ((date.min, None),)


def followed(ore: int, clauses: Dated, *, agreed_on: date, day: date, values: Mapping[str, Values]) -> int:
    """The price on a day where the clause has been changed: each goes on from what the one before it has come to.

    The first of `clauses` has been there for ever. A day of adjustment on which a clause begins to hold counts.
    """
    ends = [from_on for from_on, _ in clauses[1:]] + [date.max]
    for (from_on, clause), end in zip(clauses, ends, strict=True):
        last = min(day, end - timedelta(days=1))
        since = agreed_on if from_on <= agreed_on else from_on - timedelta(days=1)
        if clause is not None and since < last:
            known = values.get(clause.series, NO_VALUES)
            ore = indexed(ore, clause, agreed_on=since, day=last, values=known)
    return ore


def followed_days(clauses: Dated, first: date, last: date) -> list[date]:
    """The days of adjustment within these by the clauses that hold on them."""
    ends = [from_on - timedelta(days=1) for from_on, _ in clauses[1:]] + [date.max]
    return [
        day
        for (from_on, clause), end in zip(clauses, ends, strict=True)
        for day in adjustment_days(clause, max(first, from_on), min(last, end))
    ]


def adjustment_days(clause: Clause | None, first: date, last: date) -> list[date]:
    """The days of adjustment within these, the last included."""
    if clause is None or clause.kind is IndexKind.NONE:
        return []
    days = (add_months(clause.from_on, 12 * number) for number in range(max(0, last.year - clause.from_on.year) + 1))
    return [day for day in days if first <= day <= last]
