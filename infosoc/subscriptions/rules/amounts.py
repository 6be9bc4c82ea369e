"""Prices, quantities and discounts as exact numbers. Pure; no float anywhere.

Amounts are whole öre, quantities thousandths, discounts hundredths of a percent. Rounding is half away from zero, to
whole öre, once for each unit price and once for each line (bookkeeping rules: a line's net is quantity times price less
discount, rounded half up).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from infosoc.kernel.errors import Invalid
from infosoc.kernel.money import THOUSANDTHS, part_of
from infosoc.kernel.words import N_
from infosoc.subscriptions.rules.words import Tiers

FULL = 10_000  # hundredths of a percent of everything
MOST_PRICE_ORE = 10**11  # a billion kronor for one: beyond it is a slip of the finger
MOST_LINE_ORE = 10**13  # and a hundred for a line in a year: an invoice can hold it, whatever the index makes of it


class PriceMissing(Invalid):
    message = N_("%(product)s has no price on %(day)s.")


class BadPrice(Invalid):
    message = N_("A price is from 0 to 1 000 000 000 kronor.")


class TooMuch(Invalid):
    message = N_("Quantity times price is more than an invoice can hold.")


class BadTiers(Invalid):
    message = N_("The tiers must begin at 0 and increase.")


@dataclass(frozen=True)
class Tier:
    """A step of a price table: from which quantity, and the price of one."""

    from_thousandths: int
    price_ore: int


@dataclass(frozen=True)
class Price:
    """What one unit costs: `ore` for so many months, or by steps of usage."""

    ore: int
    per_months: int = 1
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True)
class DatedPrice:
    """A price of a list, from a day, to a last day or until another begins."""

    price: Price
    valid_from: date
    valid_until: date | None = None


def price_on(rows: Sequence[DatedPrice], day: date, *, product: str = "") -> Price:
    """The price that holds on a day: the latest begun; raises `PriceMissing` where there is none or it is over."""
    begun = [row for row in rows if row.valid_from <= day]
    latest = max(begun, key=lambda row: row.valid_from, default=None)
    if latest is None or (latest.valid_until is not None and latest.valid_until < day):
        raise PriceMissing(product=product, day=day.isoformat())
    return latest.price


def unit_price(price: Price, months: int, share: Fraction = Fraction(1)) -> int:
    """What one unit costs for a period of so many months of which this share is charged, in öre."""
    return part_of(price.ore, months * share.numerator, price.per_months * share.denominator)


def net(unit_ore: int, thousandths: int, discount: int = 0) -> int:
    """Quantity times price less discount, in öre."""
    return part_of(unit_ore, thousandths * (FULL - discount), THOUSANDTHS * FULL)


def check_price(ore: int, *, field: str = "price") -> None:
    """Refuse what can be no price, on the day it is written and not on the day of the run."""
    if not 0 <= ore <= MOST_PRICE_ORE:
        raise BadPrice(field=field)


def check_line(ore: int, per_months: int, thousandths: int) -> None:
    """Refuse a line that comes to more in a year than an invoice can hold."""
    check_price(ore)
    if part_of(ore, thousandths * 12, THOUSANDTHS * per_months) > MOST_LINE_ORE:
        raise TooMuch(field="quantity")


def monthly(price: Price, thousandths: int, discount: int = 0) -> int:
    """What a line is worth a month, in öre: for figures, never charged."""
    return part_of(price.ore, thousandths * (FULL - discount), price.per_months * THOUSANDTHS * FULL)


def check_tiers(tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """The steps in order; refused when they do not begin at nothing or two begin alike."""
    ordered = tuple(sorted(tiers, key=lambda tier: tier.from_thousandths))
    starts = [tier.from_thousandths for tier in ordered]
    if not starts or starts[0] != 0 or len(set(starts)) != len(starts):
        raise BadTiers(field="tiers")
    for tier in ordered:
        check_price(tier.price_ore, field="tiers")
    return ordered


def rated(thousandths: int, tiers: Sequence[Tier], kind: Tiers) -> list[tuple[int, int]]:
    """Reported usage as rows of quantity and unit price; empty when nothing was used."""
    if thousandths <= 0:
        return []
    if kind is Tiers.VOLUME:
        reached = max(
            (tier for tier in tiers if tier.from_thousandths <= thousandths), key=lambda tier: tier.from_thousandths
        )
        return [(thousandths, reached.price_ore)]
    rows = []
    ends = [*(tier.from_thousandths for tier in tiers[1:]), thousandths]
    for tier, end in zip(tiers, ends, strict=True):
        part = min(end, thousandths) - tier.from_thousandths
        if part > 0:
            rows.append((part, tier.price_ore))
    return rows


def raised(ore: int, percent: int) -> int:
    """An amount raised by hundredths of a percent, in whole öre."""
    return part_of(ore, FULL + percent, FULL)
