"""From lines to amounts: each line, VAT by rate, totals, and the rounding to whole kronor. Exact integers throughout.

Rounding (specification 2.5; EN 16931 BR-CO-10, 13, 15, 17): a line's net is quantity times price less discount, half up
(away from zero) to whole öre, once; VAT is counted once for each rate on the sum of its lines' nets, half up; the total
may then be rounded to whole kronor, half up, without touching VAT. All of it is symmetrical: the same lines with their
quantities turned come to exactly the negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from infosoc.invoicing.rules.vat import Treatment, check_together, treatment
from infosoc.kernel.errors import Invalid
from infosoc.kernel.money import LARGEST_ORE, LARGEST_THOUSANDTHS, THOUSANDTHS, part_of, to_whole_kronor
from infosoc.kernel.words import N_

E4 = 10_000  # a unit price is whole ten-thousandths of a krona: four decimals, for what is charged by the call
E4_PER_ORE = 100
LARGEST_PRICE_E4 = LARGEST_ORE * E4_PER_ORE
WHOLE = 10_000  # discounts are hundredths of a per cent
MOST_LINES = 2000
CURRENCY = "SEK"


class OtherCurrency(Invalid):
    code = "currency"
    message = N_("Invoices are made in Swedish kronor only; %(currency)s cannot be used.")


class DiscountTooLarge(Invalid):
    message = N_("The discount on “%(text)s” is larger than the amount.")


class BadNumbers(Invalid):
    message = N_("Quantity, price or discount of “%(text)s” cannot be used.")


class PeriodBackwards(Invalid):
    message = N_("The period of “%(text)s” ends before it begins.")


class TooManyLines(Invalid):
    message = N_("An invoice has at least one line with an amount, and %(most)s lines at most.")


class TextMissing(Invalid):
    message = N_("Each line needs a text.")


@dataclass(frozen=True)
class Line:
    """What is charged: so many units at a price without VAT. The discount is either a share or an amount."""

    text: str
    quantity_thousandths: int
    unit_price_e4: int
    vat_code: str
    discount_hundredths: int = 0  # of a per cent
    discount_ore: int = 0
    unit: str = "C62"  # UN/ECE recommendation 20; C62 is "one"
    description: str = ""
    period_start: date | None = None
    period_end: date | None = None  # the last day
    account: int | None = None
    deferral_account: int | None = None


@dataclass(frozen=True)
class TextRow:
    """A row that says something and costs nothing."""

    text: str


@dataclass(frozen=True)
class LineAmounts:
    """A line counted: before the discount, what the discount took, and what is left; whole öre, without VAT."""

    gross_ore: int
    discount_ore: int
    net_ore: int


@dataclass(frozen=True)
class VatGroup:
    """All lines of one treatment."""

    treatment: Treatment
    base_ore: int
    vat_ore: int


@dataclass(frozen=True)
class Totals:
    """An invoice counted. `payable_ore` is net, VAT and rounding together."""

    lines: tuple[LineAmounts | None, ...]  # None where a text row stands
    groups: tuple[VatGroup, ...]
    net_ore: int
    vat_ore: int
    rounding_ore: int
    payable_ore: int


def count(rows: Sequence[Line | TextRow], *, to_kronor: bool = False, currency: str = CURRENCY) -> Totals:
    """Count an invoice. `to_kronor` rounds what is to be paid to whole kronor."""
    if currency != CURRENCY:
        raise OtherCurrency(field="currency", currency=currency)
    check_rows(rows)
    counted = tuple(line_amounts(row) if isinstance(row, Line) else None for row in rows)
    check_together({row.vat_code: row.text for row in rows if isinstance(row, Line)})
    groups = vat_groups([(row.vat_code, one.net_ore) for row, one in _pairs(rows, counted)])
    net = sum(group.base_ore for group in groups)
    vat = sum(group.vat_ore for group in groups)
    payable, rounding = to_whole_kronor(net + vat) if to_kronor else (net + vat, 0)
    return Totals(counted, groups, net, vat, rounding, payable)


def _pairs(rows: Sequence[Line | TextRow], counted: Sequence[LineAmounts | None]) -> list[tuple[Line, LineAmounts]]:
    return [(row, one) for row, one in zip(rows, counted, strict=True) if isinstance(row, Line) and one is not None]


def line_amounts(line: Line) -> LineAmounts:
    """Quantity times price less discount, rounded once. The discount is what is missing, so it adds up."""
    exact = line.quantity_thousandths * line.unit_price_e4  # in 1 / (THOUSANDTHS * E4_PER_ORE) of an öre
    scale = THOUSANDTHS * E4_PER_ORE
    gross = part_of(exact, 1, scale)
    if line.discount_ore:
        if line.discount_ore > gross:
            raise DiscountTooLarge(text=line.text)
        return LineAmounts(gross, line.discount_ore, gross - line.discount_ore)
    net = part_of(exact, WHOLE - line.discount_hundredths, scale * WHOLE)
    return LineAmounts(gross, gross - net, net)


def vat_groups(nets: Sequence[tuple[str, int]]) -> tuple[VatGroup, ...]:
    """The sums of VAT by treatment, highest rate first: base times rate, half up to whole öre (BR-CO-17)."""
    bases: dict[str, int] = {}
    for code, net_ore in nets:
        bases[code] = bases.get(code, 0) + net_ore
    ways = sorted((treatment(code) for code in bases), key=lambda way: (-way.rate, way.code))
    return tuple(VatGroup(way, bases[way.code], part_of(bases[way.code], way.rate, 100)) for way in ways)


def turned(rows: Sequence[Line | TextRow]) -> list[Line | TextRow]:
    """The same rows with their quantities turned: what a credit note of all of it counts to is the exact negative.

    A discount given as an amount goes with its line, so it cannot be told apart any longer: it becomes the price.
    """
    return [_turned(row) if isinstance(row, Line) else row for row in rows]


def _turned(line: Line) -> Line:
    if not line.discount_ore:
        return replace(line, quantity_thousandths=-line.quantity_thousandths)
    net = line_amounts(line).net_ore
    return replace(line, quantity_thousandths=-THOUSANDTHS, unit_price_e4=net * E4_PER_ORE, discount_ore=0)


def check_rows(rows: Sequence[Line | TextRow]) -> None:
    """Refuse what can never be an invoice, and name the line."""
    lines = [row for row in rows if isinstance(row, Line)]
    if not lines or len(rows) > MOST_LINES:
        raise TooManyLines(most=MOST_LINES)
    for row in rows:
        if not row.text.strip():
            raise TextMissing(field="text")
    for line in lines:
        _check_line(line)


def _check_line(line: Line) -> None:
    numbers = (line.quantity_thousandths, line.unit_price_e4, line.discount_hundredths, line.discount_ore)
    is_whole = all(type(number) is int for number in numbers)
    if (
        not is_whole
        or not 0 <= line.unit_price_e4 <= LARGEST_PRICE_E4  # a price is never negative (BR-27): the quantity is
        or abs(line.quantity_thousandths) > LARGEST_THOUSANDTHS
        or not 0 <= line.discount_hundredths <= WHOLE
        or line.discount_ore < 0
        or (line.discount_ore and line.discount_hundredths)
    ):
        raise BadNumbers(text=line.text)
    if abs(line.quantity_thousandths * line.unit_price_e4) > LARGEST_ORE * THOUSANDTHS * E4_PER_ORE:
        raise BadNumbers(text=line.text)
    if line.period_start and line.period_end and line.period_end < line.period_start:
        raise PeriodBackwards(text=line.text)
    treatment(line.vat_code)
