"""The billing periods of an agreement whose billing may change from a day. Pure.

The periods of each rhythm are counted from its own anchor. Where another takes over within a period, that period ends
there, and the first one of the new rhythm begins there: both are charged by the day. So every day is in one period.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from infosoc.subscriptions.rules.periods import Period, period_at

SHORTEST = 7  # days: nobody wants an invoice for less because periods were moved


@dataclass(frozen=True)
class Rhythm:
    """How often is billed and whether before or afterwards, from a day on."""

    from_on: date
    anchor_on: date
    months: int
    in_advance: bool

    def is_like(self, other: Rhythm) -> bool:
        """Whether it differs in nothing but the day it begins on."""
        return replace(self, from_on=other.from_on) == other


@dataclass(frozen=True)
class Turn:
    """One billing period; `whole` is what the price of a period is for, longer where a change has cut it short."""

    period: Period
    whole: Period
    rhythm: Rhythm

    @property
    def is_cut(self) -> bool:
        return self.period != self.whole


@dataclass(frozen=True)
class Schedule:
    """The rhythms in the order of their days; the first has been there for ever."""

    rhythms: tuple[Rhythm, ...]

    @classmethod
    def of(cls, rhythms: Iterable[Rhythm]) -> Schedule:
        """Of two from the same day the later one counts; one that changes nothing is left out."""
        kept: list[Rhythm] = []
        for one in rhythms:
            if kept and kept[-1].from_on == one.from_on:
                kept.pop()
            if not kept or not kept[-1].is_like(one):
                kept.append(one)
        return cls(tuple(kept))

    @property
    def longest(self) -> int:
        """The months of the longest period."""
        return max(one.months for one in self.rhythms)

    def at(self, day: date) -> Turn:
        """The billing period that a day falls in."""
        rhythm = self.rhythms[0]
        if len(self.rhythms) == 1:  # as nearly all have
            whole = period_at(rhythm.anchor_on, rhythm.months, day)
            return Turn(whole, whole, rhythm)
        number = bisect_right(self.rhythms, day, key=lambda one: one.from_on) - 1
        rhythm = self.rhythms[number]
        whole = period_at(rhythm.anchor_on, rhythm.months, day)
        end = self.rhythms[number + 1].from_on if number + 1 < len(self.rhythms) else None
        cut = whole.cut(rhythm.from_on, end)
        return Turn(cut or whole, whole, rhythm)

    def through(self, first: date, through: date) -> Iterator[Turn]:
        """The billing periods from the one that `first` falls in to the last that begins on `through` or earlier."""
        turn = self.at(first)
        while turn.period.starts_on <= through:
            yield turn
            turn = self.at(turn.period.end)

    def next_start(self, day: date) -> date:
        """The first billing period to begin on a day or later."""
        period = self.at(day).period
        return day if period.starts_on == day else period.end


def free_from(schedule: Schedule, invoiced: Collection[date]) -> date | None:
    """The first day that no invoice reaches; `invoiced` are days within the periods that have been invoiced."""
    return max((schedule.at(day).period.end for day in invoiced), default=None)


def too_short(schedule: Schedule, starts_on: date) -> Turn | None:
    """A period that a change of the rhythm leaves too short; `starts_on` is the agreement's first day."""
    for one in schedule.rhythms[1:]:
        sides = [one.from_on] if one.from_on <= starts_on else [one.from_on - date.resolution, one.from_on]
        for turn in map(schedule.at, sides):
            if turn.is_cut and turn.period.days < SHORTEST:
                return turn
    return None
