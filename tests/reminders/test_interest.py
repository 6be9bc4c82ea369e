"""Late interest, against a recount day by day in fractions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.rates.book import MissingRate, NotReviewed, RateName, shipped_book
from infosoc.reminders.rules.interest import Settled, interest_runs_after, late_interest

BOOK = shipped_book()
DAYS = st.dates(date(2022, 12, 31), date(2024, 12, 31))


def by_day(principal: int, after: date, until: date, settled: list[Settled]) -> int:
    """The same by adding up single days."""
    total, day = Fraction(0), after + timedelta(days=1)
    while day <= until:
        left = principal - sum(one.amount_ore for one in settled if one.on < day)
        percent = BOOK.on(RateName.REFERENCE_RATE, day) + 8
        total += Fraction(max(left, 0)) * Fraction(percent) / 100 / 365
        day += timedelta(days=1)
    return int(total + Fraction(1, 2))


@given(
    st.integers(0, 10**10), DAYS, DAYS, st.lists(st.builds(Settled, DAYS, st.integers(1, 10**9)), max_size=4)
)  # fmt: skip
def test_interest_is_the_sum_of_its_days(principal, after, until, settled):
    found = late_interest(principal, runs_after=after, until=until, rates=BOOK, settled=settled)
    assert found.total_ore == by_day(principal, after, until, settled)
    assert sum(span.amount_ore for span in found.spans) == found.total_ore
    if not settled and principal and until > after:
        assert sum(span.days for span in found.spans) == (until - after).days


def test_ten_days_late_at_twelve_per_cent():
    found = late_interest(1_000_000, runs_after=date(2024, 3, 1), until=date(2024, 3, 11), rates=BOOK)
    assert found.total_ore == 3_288  # 10 000 kr x 12 % x 10 / 365 = 32,876...
    (span,) = found.spans
    assert (span.first, span.last, span.days, span.percent) == (date(2024, 3, 2), date(2024, 3, 11), 10, 12)


def test_the_days_are_split_at_the_half_year_and_rounded_once():
    found = late_interest(1_000_000, runs_after=date(2023, 12, 21), until=date(2024, 1, 10), rates=BOOK)
    assert [(span.first, span.last, span.percent) for span in found.spans] == [
        (date(2023, 12, 22), date(2023, 12, 31), Decimal("11.50")), (date(2024, 1, 1), date(2024, 1, 10), 12)
    ]  # fmt: skip
    assert found.total_ore == 6_438  # 31,5068... + 32,8767... = 64,3835...


def test_the_year_has_365_days_in_a_leap_year_too():
    found = late_interest(36_500, runs_after=date(2023, 12, 31), until=date(2024, 12, 31), rates=BOOK)
    assert found.total_ore == 366 * 12


def test_a_part_payment_bears_interest_on_its_day_and_lessens_the_days_after():
    settled = [Settled(date(2024, 3, 6), 400_000)]
    found = late_interest(1_000_000, runs_after=date(2024, 3, 1), until=date(2024, 3, 11), rates=BOOK, settled=settled)
    assert [(span.last, span.days, span.principal_ore) for span in found.spans] == [
        (date(2024, 3, 6), 5, 1_000_000), (date(2024, 3, 11), 5, 600_000)
    ]  # fmt: skip


def test_who_pays_in_time_owes_nothing():
    for until in (date(2024, 3, 1), date(2024, 2, 1)):
        assert late_interest(1_000_000, runs_after=date(2024, 3, 1), until=until, rates=BOOK).total_ore == 0


def test_a_missing_half_year_stops_the_calculation_and_is_named():
    with pytest.raises(MissingRate) as caught:
        late_interest(100, runs_after=date(2022, 12, 1), until=date(2023, 2, 1), rates=BOOK)
    assert caught.value.values["period"] == "2022-07-01–2022-12-31"
    with pytest.raises(NotReviewed):
        late_interest(100, runs_after=date(2024, 12, 1), until=date(2025, 1, 1), rates=BOOK)


def test_an_agreed_rate_needs_no_reference_rate():
    found = late_interest(
        36_500, runs_after=date(2030, 1, 1), until=date(2030, 1, 11), rates=BOOK, agreed_percent=Decimal(10)
    )  # fmt: skip
    assert found.total_ore == 100


def test_without_an_agreed_due_day_interest_waits_for_thirty_days_after_a_demand():
    due = date(2024, 3, 1)
    assert interest_runs_after(due, is_agreed=True, demanded_on=None) == due
    assert interest_runs_after(due, is_agreed=False, demanded_on=None) is None
    assert interest_runs_after(due, is_agreed=False, demanded_on=date(2024, 3, 10)) == date(2024, 4, 9)
