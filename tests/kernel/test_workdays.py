"""Swedish public holidays and working days."""

from __future__ import annotations

from datetime import date

import pytest

from infosoc.kernel import workdays

# Easter Sundays as the church calendars print them.
EASTERS = {2000: (4, 23), 2008: (3, 23), 2011: (4, 24), 2019: (4, 21), 2026: (4, 5), 2027: (3, 28), 2038: (4, 25)}


@pytest.mark.parametrize(("year", "day"), EASTERS.items())
def test_easter(year, day):
    assert workdays.easter_sunday(year) == date(year, *day)


def test_the_holidays_of_a_year_that_move():
    days = workdays.public_holidays(2026)
    good_friday, easter_monday, ascension = date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 14)
    midsummer, all_saints = date(2026, 6, 20), date(2026, 10, 31)
    assert {good_friday, easter_monday, ascension, midsummer, all_saints} <= days


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2026, 12, 24), date(2026, 12, 24)),  # an eve is no public holiday: the earlier day is the safe one
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2026, 1, 6), date(2026, 1, 7)),
        (date(2026, 4, 3), date(2026, 4, 7)),
        (date(2026, 11, 22), date(2026, 11, 23)),
    ],
)
def test_a_day_off_is_moved_to_the_next_working_day(day, moved):
    assert workdays.working_day_from(day) == moved


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_later(day, months, later):
    assert workdays.months_later(day, months) == later
