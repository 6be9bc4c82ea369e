"""What of a line belongs to which month, and what is still unearned after one (specification 4.3, rule 10).

A period of whole calendar months is shared in equal months, any other by days. Each month is half up to whole öre, and
the last one takes what remains, so that nothing is lost.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from infosoc.kernel.money import split


def spread(net_ore: int, start: date, end: date) -> list[tuple[date, int]]:
    """The months of a period, by their first days, with what each earns; they sum to the net. `end` is the last day."""
    months = _months(start, end)
    weights = [1] * len(months) if _is_whole(start, end) else [_days(month, start, end) for month in months]
    return list(zip(months, split(net_ore, weights), strict=True))


def unearned(net_ore: int, start: date, end: date, *, on: date) -> int:
    """What belongs to the months after that of a day, in öre."""
    return sum(ore for month, ore in spread(net_ore, start, end) if month > on.replace(day=1))


def released(net_ore: int, start: date, end: date, *, issued_on: date) -> list[tuple[date, int]]:
    """The months in which what was unearned on the day of issue becomes income, with how much."""
    return [(month, ore) for month, ore in spread(net_ore, start, end) if month > issued_on.replace(day=1)]


def month_end(month: date) -> date:
    """The last day of a month: the day of its release."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def _months(start: date, end: date) -> list[date]:
    months = [start.replace(day=1)]
    while (following := (months[-1] + timedelta(days=31)).replace(day=1)) <= end:
        months.append(following)
    return months


def _is_whole(start: date, end: date) -> bool:
    return start.day == 1 and end.day == monthrange(end.year, end.month)[1]


def _days(month: date, start: date, end: date) -> int:
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return (min(last, end) - max(month, start)).days + 1
