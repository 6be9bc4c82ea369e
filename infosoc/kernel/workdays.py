"""Swedish public holidays and working days, computed for any year. Pure.

Source: lagen (1989:253) om allmänna helgdagar. The eves (Midsummer, Christmas, New Year) are no public holidays in it:
a time that ends on one is not moved, which is the earlier and so the safe day.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6


def easter_sunday(year: int) -> date:
    """Easter by the Gregorian rule (the anonymous computus of 1876)."""
    golden, century, rest = year % 19, *divmod(year, 100)
    leaps, moon = century // 4, (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=200)
def public_holidays(year: int) -> frozenset[date]:
    """Every public holiday of the year, those that always fall on a Sunday left out: Sundays are days off anyway."""
    easter = easter_sunday(year)
    return frozenset({
        date(year, 1, 1), date(year, 1, 6), easter - 2 * DAY, easter + DAY, date(year, 5, 1), easter + 39 * DAY,
        date(year, 6, 6), _saturday_from(date(year, 6, 20)), _saturday_from(date(year, 10, 31)), date(year, 12, 25),
        date(year, 12, 26),
    })  # fmt: skip


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in public_holidays(day.year)


def working_day_from(day: date) -> date:
    """The day itself when it is a working day, else the next that is."""
    while not is_working_day(day):
        day += DAY
    return day


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last day of that month when it is shorter."""
    month = day.year * 12 + day.month - 1 + months
    first = date(month // 12, month % 12 + 1, 1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return min(first + (day.day - 1) * DAY, last)


def _saturday_from(day: date) -> date:
    return day + (SATURDAY - day.weekday()) % 7 * DAY
