"""On which days a percentage is a rate of VAT."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from infosoc.rates.book import DatedValue
from infosoc.rates.vat import NotInForce, check_in_force, shipped

FOR_A_WHILE = (DatedValue(date(2026, 4, 1), date(2027, 12, 31), Decimal(6), "a law"),)


@pytest.mark.parametrize("day", [date(2026, 4, 1), date(2027, 12, 31)])
def test_a_rate_holds_from_its_first_day_through_its_last(day):
    check_in_force(6, day, "Bröd", FOR_A_WHILE)


@pytest.mark.parametrize(("percent", "day"), [(6, date(2026, 3, 31)), (6, date(2028, 1, 1)), (7, date(2026, 4, 1))])
def test_what_is_no_rate_that_day_is_refused_by_the_row(percent, day):
    with pytest.raises(NotInForce) as refused:
        check_in_force(percent, day, "Bröd", FOR_A_WHILE)
    assert refused.value.values == {"text": "Bröd", "rate": percent, "day": day.isoformat()}


def test_every_rate_that_comes_with_the_program_has_a_source():
    assert {int(one.value) for one in shipped()} == {6, 12, 25}
    assert all(one.source for one in shipped())
