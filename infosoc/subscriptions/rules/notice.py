"""Binding time, notice and renewal. Pure; an end is the first day that the agreement is no longer in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from infosoc.subscriptions.rules.periods import add_months


@dataclass(frozen=True)
class Terms:
    """What was agreed about time, in months. `renewal` 0: until further notice once the binding time is over."""

    starts_on: date
    binding: int = 0
    notice: int = 0
    renewal: int = 0

    @property
    def binding_end(self) -> date:
        """The first day after the binding time."""
        return add_months(self.starts_on, self.binding)


def earliest_end(terms: Terms, notice_on: date) -> date:
    """When the agreement can end at the earliest, for notice given on a day.

    Until further notice: when the notice time is over, but not before the binding time is. With renewal: when the
    first term ends for which the notice comes in time.
    """
    over = max(add_months(notice_on, terms.notice), terms.starts_on)
    if not terms.renewal:
        return max(over, terms.binding_end)
    return term_end(terms, over)


def term_end(terms: Terms, day: date) -> date:
    """The first end of a term on a day or later: the end of the binding time, then each renewal from it."""
    if day <= terms.binding_end and terms.binding:
        return terms.binding_end
    if not terms.renewal:
        return max(day, terms.binding_end)
    number = max(0, ((day.year - terms.binding_end.year) * 12 + day.month - terms.binding_end.month) // terms.renewal)
    number = max(number - 1, 0 if terms.binding else 1)
    while add_months(terms.binding_end, number * terms.renewal) < day:
        number += 1
    return add_months(terms.binding_end, number * terms.renewal)


def last_notice_day(terms: Terms, end: date) -> date:
    """The last day on which notice still comes in time for an end."""
    day = add_months(end, -terms.notice) + timedelta(days=3)
    while add_months(day, terms.notice) > end:
        day -= timedelta(days=1)
    return day
