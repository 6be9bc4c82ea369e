"""Months, billing periods and what part of one is charged. Pure; the end of a period is the first day after it."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache


@dataclass(frozen=True, order=True)
class Period:
    """Days from `starts_on` up to, not including, `end`."""

    starts_on: date
    end: date

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.starts_on).days

    def cut(self, starts_on: date, end: date | None) -> Period | None:
        """The part of it within these days; None when there is none."""
        first, last = max(self.starts_on, starts_on), self.end if end is None else min(self.end, end)
        return Period(first, last) if first < last else None


@lru_cache(maxsize=20_000)  # a billing run asks for the same few days over and over
def add_months(day: date, months: int) -> date:
    """The same day so many months later or earlier; the last of the month where there is no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=20_000)
def period_at(anchor: date, months: int, day: date) -> Period:
    """The billing period that a day falls in: periods of so many months, counted from the anchor both ways.

    Each is counted from the anchor itself, so a period that begins on the 31st does not slide to the 28th.
    """
    number = ((day.year - anchor.year) * 12 + day.month - anchor.month) // months
    while add_months(anchor, number * months) > day:
        number -= 1
    while add_months(anchor, (number + 1) * months) <= day:
        number += 1
    return Period(add_months(anchor, number * months), add_months(anchor, (number + 1) * months))


def is_due(period: Period, *, in_advance: bool, through: date) -> bool:
    """Whether a run for the days up to and with `through` charges the period: at its beginning, or when it is over."""
    return period.starts_on <= through if in_advance else period.last_day <= through


def share(period: Period, charged: Iterable[Period]) -> Fraction:
    """The part of a period that is charged: its charged days out of all its days, exactly."""
    parts = (part.cut(period.starts_on, period.end) for part in charged)
    return Fraction(sum(part.days for part in parts if part), period.days)


def month_of(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month."""
    return add_months(month_of(day), 1) - timedelta(days=1)
