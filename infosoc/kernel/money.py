"""Money as whole öre, quantities as whole thousandths: plain integers, exact, never a float.

Names of amounts end in `_ore`, names of quantities in `_thousandths`. A factor (a rate, a share) is a `Decimal` or an
integer, and whoever multiplies says how it is rounded. All rounding is symmetrical: a credit note comes to exactly the
negative of its invoice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_

ORE = 100  # to the krona
THOUSANDTHS = 1000  # to the unit
LARGEST_ORE = 10**15  # ten thousand billion kronor: beyond it is a slip of the finger
LARGEST_THOUSANDTHS = 10**12
_EXACT = Context(prec=60)
_LONGEST = 60  # characters of a number that is written by hand, spaces included

_AMOUNT = re.compile(r"([+-]?)(\d+)(?:[,.:](\d{1,2}))?")
# Thousands are marked by one sign throughout, and decimals by another.
_GROUPED = re.compile(r"[+-]?\d{1,3}([ .,])\d{3}(?:\1\d{3})*(?:(?!\1)[,.:]\d{1,2})?|[+-]?\d+(?:[,.:]\d{1,2})?")
_QUANTITY = re.compile(r"([+-]?)(\d+)(?:[,.](\d{1,3}))?")


class NotAnAmount(Invalid):
    code = "amount_invalid"
    message = N_("This is not an amount. Enter it as 1 234,50.")


class NotAQuantity(Invalid):
    code = "quantity_invalid"
    message = N_("This is not a quantity. Enter it as 2 or 1,5, with at most three decimals.")


class Rounding(StrEnum):
    """The named rules. What a law or an agreement asks for is named where it is used."""

    HALF_UP = "half_up"  # halves away from zero: invoices, VAT, interest (the usual one in Swedish trade)
    HALF_EVEN = "half_even"  # halves to the even neighbour: statistics
    DOWN = "down"  # towards zero: what may never become more (VAT boxes, preliminary tax)


_RULES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
}


def rounded(value: Decimal, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The nearest whole number by the rule."""
    return int(value.quantize(Decimal(1), rounding=_RULES[rounding], context=_EXACT))


def times(amount_ore: int, factor: Decimal | int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The amount times a factor, in öre, rounded once."""
    return rounded(_EXACT.multiply(Decimal(amount_ore), Decimal(factor)), rounding)


def part_of(amount_ore: int, numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The share `numerator / denominator` of an amount, in öre: exact until it is rounded."""
    product = amount_ore * numerator
    if denominator < 0:
        product, denominator = -product, -denominator
    whole, rest = divmod(abs(product), denominator)
    is_up = rounding is not Rounding.DOWN and (
        2 * rest > denominator or (2 * rest == denominator and (rounding is Rounding.HALF_UP or whole % 2 == 1))
    )
    whole += is_up
    return -whole if product < 0 else whole


def percent_of(amount_ore: int, percent: Decimal | int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """So many per cent of an amount, in öre, rounded once."""
    return rounded(_EXACT.divide(_EXACT.multiply(Decimal(amount_ore), Decimal(percent)), Decimal(100)), rounding)


def price_times_quantity(price_ore: int, quantity_thousandths: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Price times quantity, in öre, rounded once (line of an invoice: half up, the specification's 2.5)."""
    return part_of(price_ore, quantity_thousandths, THOUSANDTHS, rounding)


def split(amount_ore: int, weights: Sequence[int]) -> list[int]:
    """The amount in parts by weight, none of it lost: each part is half up, and the last one takes the remainder."""
    total = sum(weights)
    if not weights or total <= 0 or min(weights) < 0:
        raise ValueError("weights must be positive")
    parts = [part_of(amount_ore, weight, total) for weight in weights[:-1]]
    return [*parts, amount_ore - sum(parts)]


def to_whole_kronor(amount_ore: int) -> tuple[int, int]:
    """The amount in whole kronor (half up), and what the rounding added to it; both in öre."""
    whole = part_of(amount_ore, 1, ORE) * ORE
    return whole, whole - amount_ore


def parse_ore(text: str) -> int:
    """The amount in öre that a person has written in kronor: `1 234,50`, `1234.5`, `1234:50`, `-20`; `NotAnAmount`."""
    plain = _plain(text)
    plain = re.sub(r"\s*(kr|sek|:-|,-)\.?$", "", plain, flags=re.IGNORECASE).strip()
    if len(plain) > _LONGEST or not _GROUPED.fullmatch(plain):
        raise NotAnAmount
    plain = re.sub(r"[ .,](?=\d{3}(?!\d))", "", plain)
    found = _AMOUNT.fullmatch(plain)
    if not found:
        raise NotAnAmount
    amount = int(found[2]) * ORE + int((found[3] or "0").ljust(2, "0"))
    if amount > LARGEST_ORE:
        raise NotAnAmount
    return -amount if found[1] == "-" else amount


def parse_thousandths(text: str) -> int:
    """The quantity in thousandths that a person has written: `2`, `1,5`, `0.125`; raises `NotAQuantity`."""
    plain = _plain(text).replace(" ", "")
    found = _QUANTITY.fullmatch(plain)
    if not found or len(plain) > _LONGEST:
        raise NotAQuantity
    amount = int(found[2]) * THOUSANDTHS + int((found[3] or "0").ljust(3, "0"))
    if amount > LARGEST_THOUSANDTHS:
        raise NotAQuantity
    return -amount if found[1] == "-" else amount


def print_ore(amount_ore: int, *, locale: str = "sv") -> str:
    """The amount in kronor with two decimals: `1 234,50` in Swedish, `1,234.50` in English; a real minus before it."""
    kronor, ore = divmod(abs(amount_ore), ORE)
    thousands, decimal = (",", ".") if locale.startswith("en") else ("\u00a0", ",")
    minus = "\u2212" if amount_ore < 0 else ""
    return f"{minus}{kronor:,}".replace(",", thousands) + f"{decimal}{ore:02d}"


def print_input(amount_ore: int) -> str:
    """The amount as a field of a form holds it: `-1234,50`, understood by `parse_ore` in every language."""
    kronor, ore = divmod(abs(amount_ore), ORE)
    return f"{'-' if amount_ore < 0 else ''}{kronor},{ore:02d}"


def print_thousandths(quantity_thousandths: int, *, locale: str = "sv", grouped: bool = False) -> str:
    """The quantity without needless decimals: `2`, `1,5`; grouped, as it is read and not typed: `1 455`."""
    whole, rest = divmod(abs(quantity_thousandths), THOUSANDTHS)
    decimals = f"{rest:03d}".rstrip("0")
    thousands, sign = (",", ".") if locale.startswith("en") else ("\u00a0", ",")
    number = f"{whole:,}".replace(",", thousands) if grouped else str(whole)
    return ("\u2212" if quantity_thousandths < 0 else "") + number + (f"{sign}{decimals}" if decimals else "")


def _plain(text: str) -> str:
    """One kind of space, one kind of minus."""
    return re.sub(r"[\s\u00a0\u2009\u202f]+", " ", text.replace("\u2212", "-").replace("\u2013", "-")).strip()
