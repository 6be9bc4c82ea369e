"""What a late claim costs beside its interest: reminder fee, collection demand, compensation for late payment."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from infosoc.rates.book import RateBook, RateName


class Debtor(StrEnum):
    COMPANY = "company"
    AUTHORITY = "authority"
    CONSUMER = "consumer"


class Costs(NamedTuple):
    """In öre, none of it with VAT. Fees are owed only where they exceed the compensation, and then by the excess."""

    compensation_ore: int = 0
    fees_ore: int = 0

    @property
    def total_ore(self) -> int:
        return self.compensation_ore + self.fees_ore


def costs(
    debtor: Debtor, rates: RateBook, *, late_from: date | None, asks_compensation: bool, is_fee_agreed: bool,
    reminded_on: date | None, demanded_on: date | None,
) -> Costs:  # fmt: skip
    """What is owed on a claim by what has been done about it, however many letters there were.

    The compensation falls due with the first interest (`late_from`, none while there is none) and needs no agreement;
    consumers never owe it. The reminder fee needs one no later than the debt, the collection demand does not.
    Source: lagen (1981:739) 2–4 a §§.
    """
    fees = 0
    if reminded_on and is_fee_agreed:
        fees += rates.ore_on(RateName.REMINDER_FEE, reminded_on)
    if demanded_on:
        fees += rates.ore_on(RateName.COLLECTION_DEMAND_FEE, demanded_on)
    if debtor is Debtor.CONSUMER or not asks_compensation or late_from is None:
        return Costs(0, fees)
    compensation = rates.ore_on(RateName.LATE_COMPENSATION, late_from)
    return Costs(compensation, max(fees - compensation, 0))
