"""The book of rates: it answers what it knows, and stops at the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from infosoc.rates.book import (
    BadRate,
    DatedValue,
    MissingRate,
    NotReviewed,
    Rate,
    RateBook,
    RateName,
    half_year_ends,
    shipped_book,
)

BOOK = shipped_book()
REFERENCE = RateName.REFERENCE_RATE


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2023, 1, 1), "2.50"), (date(2023, 6, 30), "2.50"), (date(2023, 7, 1), "3.50"),
        (date(2024, 1, 1), "4.00"), (date(2024, 12, 31), "4.00"),
    ],
)  # fmt: skip
def test_the_reference_rate_changes_with_the_half_year(day, percent):
    assert BOOK.on(REFERENCE, day) == Decimal(percent)


def test_amounts_of_the_law_are_ore():
    amounts = {name: BOOK.ore_on(name, date(2024, 5, 1)) for name in RateName if name is not REFERENCE}
    assert amounts == {
        RateName.LATE_INTEREST_ADDITION: 800, RateName.LATE_COMPENSATION: 45_000, RateName.REMINDER_FEE: 6_000,
        RateName.COLLECTION_DEMAND_FEE: 18_000,
    }  # fmt: skip


def test_a_missing_half_year_is_an_error_that_names_it():
    with pytest.raises(MissingRate) as caught:
        BOOK.on(REFERENCE, date(2022, 11, 5))
    assert caught.value.values["period"] == "2022-07-01–2022-12-31"
    with pytest.raises(MissingRate) as caught:
        BOOK.on(RateName.LATE_COMPENSATION, date(2013, 3, 15))
    assert caught.value.values["period"] == "2013-03-15"


def test_a_value_that_nobody_has_checked_is_not_used():
    with pytest.raises(NotReviewed) as caught:
        BOOK.on(REFERENCE, date(2025, 1, 1))
    assert caught.value.values["period"] == "2025-01-01–2025-06-30"


def test_a_company_may_enter_a_value_that_it_has_checked():
    own = DatedValue(date(2025, 1, 1), date(2025, 6, 30), Decimal("3.00"), "riksbank.se, 2025-01-02")
    book = BOOK.with_values(REFERENCE, [own], reviewed_through=date(2025, 6, 30))
    assert book.on(REFERENCE, date(2025, 6, 30)) == 3
    with pytest.raises(NotReviewed):
        book.on(REFERENCE, date(2025, 7, 1))
    with pytest.raises(NotReviewed):
        BOOK.on(REFERENCE, date(2025, 6, 30))


def test_an_unknown_rate_is_missing():
    with pytest.raises(MissingRate):
        RateBook({}).on(REFERENCE, date(2024, 1, 1))


@pytest.mark.parametrize(
    "spans",
    [
        [(date(2024, 1, 1), None), (date(2024, 7, 1), None)],
        [(date(2024, 1, 1), date(2024, 7, 1)), (date(2024, 7, 1), None)],
        [(date(2024, 7, 1), date(2024, 1, 1))],
    ],
)
def test_values_that_overlap_or_end_before_they_begin_are_refused(spans):
    values = tuple(DatedValue(*span, Decimal(1), "invented") for span in spans)
    with pytest.raises(BadRate):
        Rate("invented", "SEK", values, date(2030, 1, 1))


def test_the_ends_of_half_years_between_two_days():
    assert half_year_ends(date(2023, 6, 30), date(2024, 12, 31)) == [date(2023, 12, 31), date(2024, 6, 30)]
    assert half_year_ends(date(2024, 6, 29), date(2024, 6, 30)) == []
    assert half_year_ends(date(2024, 6, 29), date(2024, 7, 1)) == [date(2024, 6, 30)]


def test_every_value_has_a_source():
    assert all(value.source for rate in BOOK.rates.values() for value in rate.values)
