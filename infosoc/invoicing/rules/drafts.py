"""The rows of a draft as they are kept, and what people write in their fields. Pure.

A kept row is a plain mapping, so that it goes into a JSON column: quantities in thousandths, prices in ten-thousandths
of a krona, discounts in hundredths of a per cent or in öre, days as ISO text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from infosoc.invoicing.rules.record import Invoice, Row
from infosoc.invoicing.rules.totals import E4_PER_ORE, LARGEST_PRICE_E4, Line, TextRow
from infosoc.kernel.errors import Invalid
from infosoc.kernel.money import ORE, NotAnAmount, parse_ore, print_input
from infosoc.kernel.words import N_

KINDS = ("line", "text")
PERCENT = 100  # hundredths to the per cent
_FINE = re.compile(r"(\d+)[.,](\d{3,4})")


class NotAPrice(Invalid):
    message = N_("This is not a price. Enter it as 1 234,50, or with four decimals as 0,1250.")


class NotADiscount(Invalid):
    message = N_("Enter the discount in percent, such as 10 %, or in kronor, such as 50 kr.")


def parse_price(text: str) -> int:
    """A price in ten-thousandths of a krona: `1 234,50`, `0,1250`; raises `NotAPrice`.

    Three decimals could be thousands as well: they are understood after a nought alone.
    """
    plain = re.sub(r"\s+", "", text.replace("\u00a0", ""))
    found = _FINE.fullmatch(plain)
    if found and (len(found[2]) == 4 or found[1] == "0"):
        price = int(found[1]) * ORE * E4_PER_ORE + int(found[2].ljust(4, "0"))
    elif found:
        raise NotAPrice
    else:
        price = _ore(text) * E4_PER_ORE
    if not 0 <= price <= LARGEST_PRICE_E4:
        raise NotAPrice
    return price


def _ore(text: str) -> int:
    try:
        return parse_ore(text)
    except NotAnAmount:
        raise NotAPrice from None


def print_price(price_e4: int) -> str:
    """The price as a field holds it, understood by `parse_price`."""
    kronor, rest = divmod(price_e4, ORE * E4_PER_ORE)
    return f"{kronor},{rest:04d}" if rest % E4_PER_ORE else print_input(price_e4 // E4_PER_ORE)


def parse_discount(text: str) -> tuple[int, int]:
    """A discount as hundredths of a per cent and öre, one of them nothing: `10 %`, `10`, `50 kr`; `NotADiscount`."""
    plain = text.strip().lower()
    try:
        number = parse_ore(plain.removesuffix("%").strip()) if plain else 0
    except NotAnAmount:
        raise NotADiscount from None
    if re.search(r"(kr|sek|:-|,-)\.?$", plain) and number >= 0:
        return 0, number
    if not 0 <= number <= 100 * PERCENT:
        raise NotADiscount
    return number, 0


def print_discount(hundredths: int, ore: int) -> str:
    """The discount as a field holds it, understood by `parse_discount`."""
    if ore:
        return f"{print_input(ore)} kr"
    return f"{print_input(hundredths).removesuffix(',00')} %" if hundredths else ""


def line_of(kept: Mapping[str, Any]) -> Line | TextRow:
    """A kept row as the calculation takes it."""
    if kept["kind"] == "text":
        return TextRow(kept["text"])
    return Line(
        kept["text"], kept["quantity"], kept["price_e4"], kept["vat"], kept["discount"], kept["discount_ore"],
        kept["unit"], "", _day(kept["from"]), _day(kept["to"]), kept["account"], kept["deferral"],
    )  # fmt: skip


def lines_of(rows: Sequence[Mapping[str, Any]]) -> list[Line | TextRow]:
    return [line_of(row) for row in rows]


def kept_line(line: Line, *, product: str = "") -> dict[str, Any]:
    """A line as it is kept."""
    return {
        "kind": "line", "text": line.text, "quantity": line.quantity_thousandths, "price_e4": line.unit_price_e4,
        "vat": line.vat_code, "discount": line.discount_hundredths, "discount_ore": line.discount_ore,
        "unit": line.unit, "from": _iso(line.period_start), "to": _iso(line.period_end), "account": line.account,
        "deferral": line.deferral_account, "product": product,
    }  # fmt: skip


def kept_text(text: str) -> dict[str, Any]:
    """A text row as it is kept."""
    return {"kind": "text", "text": text}


def kept_rows(original: Invoice) -> list[dict[str, Any]]:
    """The rows of an issued invoice, to be changed into those of a credit note of a part of it."""
    return [kept_text(row.text) if row.is_text else kept_line(_line(row)) for row in original.rows]


def _line(row: Row) -> Line:
    share = row.discount_hundredths
    return Line(
        row.text, row.quantity_thousandths, row.unit_price_e4, row.vat_code, share, 0 if share else row.discount_ore,
        row.unit, row.description, row.period_start, row.period_end, row.account, row.deferral_account,
    )  # fmt: skip


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
