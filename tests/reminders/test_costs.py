"""What a late claim costs: either fees or the compensation, never both in full."""

from __future__ import annotations

from datetime import date

import pytest

from infosoc.rates.book import shipped_book
from infosoc.reminders.rules.costs import Costs, Debtor, costs

BOOK, LATE = shipped_book(), date(2024, 3, 2)


def owed(debtor: Debtor = Debtor.COMPANY, **told) -> Costs:
    facts = {
        "late_from": LATE, "asks_compensation": True, "is_fee_agreed": True, "reminded_on": LATE, "demanded_on": LATE
    }  # fmt: skip
    return costs(debtor, BOOK, **{**facts, **told})


@pytest.mark.parametrize("debtor", [Debtor.COMPANY, Debtor.AUTHORITY])
def test_companies_and_authorities_owe_the_compensation_instead_of_fees_below_it(debtor):
    assert owed(debtor) == Costs(45_000, 0)


def test_consumers_never_owe_the_compensation():
    assert owed(Debtor.CONSUMER) == Costs(0, 24_000)


def test_a_reminder_fee_that_was_not_agreed_is_not_owed_but_the_demand_is():
    assert owed(asks_compensation=False, is_fee_agreed=False) == Costs(0, 18_000)
    assert owed(asks_compensation=False, is_fee_agreed=False, demanded_on=None) == Costs(0, 0)
    assert owed(asks_compensation=False, demanded_on=None) == Costs(0, 6_000)


def test_no_compensation_before_interest_runs():
    assert owed(late_from=None) == Costs(0, 24_000)


def test_only_what_exceeds_the_compensation_is_owed_in_fees():
    from decimal import Decimal

    from infosoc.rates.book import DatedValue, RateName

    dear = BOOK.with_values(
        RateName.COLLECTION_DEMAND_FEE, [DatedValue(date(2023, 1, 1), None, Decimal(500), "invented")],
        reviewed_through=date(2024, 12, 31),
    )  # fmt: skip
    found = costs(
        Debtor.COMPANY, dear, late_from=LATE, asks_compensation=True, is_fee_agreed=True, reminded_on=LATE,
        demanded_on=LATE,
    )  # fmt: skip
    assert found == Costs(45_000, 11_000)
    assert found.total_ore == 56_000
