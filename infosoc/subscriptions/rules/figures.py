"""Recurring revenue month by month: what it was, what came, grew, shrank and went. Pure; amounts in öre.

The revenue of a month is what is in force on its last day, a month's worth of each line. A customer who comes back is
new. For every month: before + new + expansion - contraction - churn = after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from infosoc.kernel.words import N_
from infosoc.subscriptions.rules.periods import Period, add_months, month_end


class Move(StrEnum):
    """What became of a customer's revenue in a month."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"


MOVE_LABELS = {
    Move.NEW: N_("New business"),
    Move.EXPANSION: N_("Expansion"),
    Move.CONTRACTION: N_("Contraction"),
    Move.CHURN: N_("Churn"),
}


@dataclass(frozen=True)
class Stretch:
    """A line at one price: whose, when, and what it is worth a month."""

    customer: int
    line: int
    days: Period
    monthly_ore: int


@dataclass(frozen=True)
class Change:
    """One customer's revenue before and after a month."""

    customer: int
    before_ore: int
    after_ore: int

    @property
    def difference_ore(self) -> int:
        return self.after_ore - self.before_ore

    @property
    def move(self) -> Move | None:
        if self.before_ore == self.after_ore:
            return None
        if not self.before_ore:
            return Move.NEW
        if not self.after_ore:
            return Move.CHURN
        return Move.EXPANSION if self.after_ore > self.before_ore else Move.CONTRACTION


@dataclass(frozen=True)
class Month:
    """The figures of one month, and the changes behind them."""

    first: date
    changes: tuple[Change, ...] = field(repr=False)

    @property
    def before_ore(self) -> int:
        return sum(one.before_ore for one in self.changes)

    @property
    def mrr_ore(self) -> int:
        return sum(one.after_ore for one in self.changes)

    @property
    def arr_ore(self) -> int:
        return 12 * self.mrr_ore

    @property
    def customers(self) -> int:
        return sum(1 for one in self.changes if one.after_ore)

    def moved_ore(self, move: Move) -> int:
        """What this kind of change came to, as a positive amount."""
        return sum(abs(one.difference_ore) for one in self.changes if one.move == move)

    def behind(self, move: Move) -> list[Change]:
        """The customers behind a figure, the largest change first."""
        found = [one for one in self.changes if one.move == move]
        return sorted(found, key=lambda one: (-abs(one.difference_ore), one.customer))


def revenue_on(stretches: Iterable[Stretch], day: date) -> dict[int, int]:
    """What each customer's lines in force on a day are worth a month."""
    worth: dict[int, int] = defaultdict(int)
    for one in stretches:
        if one.days.starts_on <= day < one.days.end:
            worth[one.customer] += one.monthly_ore
    return {customer: ore for customer, ore in worth.items() if ore}


def months(stretches: Sequence[Stretch], first: date, count: int) -> list[Month]:
    """The figures of so many months, beginning with the month of `first`."""
    found = []
    start = first.replace(day=1)
    before = revenue_on(stretches, month_end(add_months(start, -1)))
    for number in range(count):
        month = add_months(start, number)
        after = revenue_on(stretches, month_end(month))
        changes = (Change(one, before.get(one, 0), after.get(one, 0)) for one in sorted({*before, *after}))
        found.append(Month(month, tuple(changes)))
        before = after
    return found
