"""Lines, VAT by rate and totals, against a recount in plain fractions that shares nothing with the code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.invoicing.rules import totals
from infosoc.invoicing.rules.totals import Line, TextRow, count
from infosoc.invoicing.rules.vat import TREATMENTS, MixedTreatments, NoSuchTreatment
from infosoc.kernel.errors import DomainError

TOGETHER = ["S25", "S12", "S6", "Z0", "S0"]
RATES = {"S25": 25, "S12": 12, "S6": 6}


def away(value: Fraction) -> int:
    """Half away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(-value + Fraction(1, 2))


def recount(rows, to_kronor):
    """Naively: every amount as a fraction of a krona."""
    groups: dict[str, Fraction] = {}
    for row in rows:
        if isinstance(row, TextRow):
            continue
        kronor = Fraction(row.quantity_thousandths, 1000) * Fraction(row.unit_price_e4, 10_000)
        kronor = kronor * (1 - Fraction(row.discount_hundredths, 10_000)) - Fraction(row.discount_ore, 100)
        net = Fraction(away(kronor * 100), 100)
        groups[row.vat_code] = groups.get(row.vat_code, Fraction(0)) + net
    vat = {code: Fraction(away(base * RATES.get(code, 0)), 100) for code, base in groups.items()}
    total = sum(groups.values()) + sum(vat.values())
    paid = Fraction(away(total)) if to_kronor else total
    return sum(groups.values()), vat, paid - total, paid


LINES = st.builds(
    Line, text=st.just("Journal"), quantity_thousandths=st.integers(-10_000_000, 10_000_000),
    unit_price_e4=st.integers(0, 10**9), vat_code=st.sampled_from(TOGETHER),
    discount_hundredths=st.one_of(st.just(0), st.integers(0, 10_000)),
)  # fmt: skip
ROWS = st.lists(st.one_of(LINES, LINES, st.just(TextRow("Enligt avtal"))), max_size=12).filter(
    lambda rows: any(isinstance(row, Line) for row in rows)
)


@given(ROWS, st.booleans())
def test_it_counts_as_a_recount_in_fractions_does(rows, to_kronor):
    found = count(rows, to_kronor=to_kronor)
    net, vat, rounding, paid = recount(rows, to_kronor)
    assert Fraction(found.net_ore, 100) == net
    assert {group.treatment.code: Fraction(group.vat_ore, 100) for group in found.groups} == vat
    assert (Fraction(found.rounding_ore, 100), Fraction(found.payable_ore, 100)) == (rounding, paid)


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.integers(0, 10**7))
def test_a_discount_in_kronor_counts_alike(price, quantity, discount):
    line = Line("Journal", quantity, price, "S25", discount_ore=discount)
    if discount > count([replace(line, discount_ore=0)]).net_ore:
        with pytest.raises(totals.DiscountTooLarge):
            count([line])
    else:
        assert Fraction(count([line]).payable_ore, 100) == recount([line], False)[3]


@given(ROWS, st.booleans())
def test_what_is_printed_adds_up(rows, to_kronor):
    found = count(rows, to_kronor=to_kronor)
    lines = [line for line in found.lines if line]
    assert all(line.gross_ore - line.discount_ore == line.net_ore for line in lines)
    assert sum(line.net_ore for line in lines) == found.net_ore == sum(group.base_ore for group in found.groups)
    assert found.net_ore + found.vat_ore + found.rounding_ore == found.payable_ore
    assert abs(found.rounding_ore) <= 50
    assert to_kronor or found.rounding_ore == 0


@given(ROWS, st.booleans())
def test_a_credit_note_is_the_exact_negative(rows, to_kronor):
    there, back = count(rows, to_kronor=to_kronor), count(totals.turned(rows), to_kronor=to_kronor)
    assert back.payable_ore == -there.payable_ore
    assert [-group.vat_ore for group in back.groups] == [group.vat_ore for group in there.groups]


@pytest.mark.parametrize(
    ("quantity", "price_e4", "share", "net"),
    [
        (1000, 1_250_000, 0, 12_500),
        (1, 50_000, 0, 1),  # 0,005 kr is half an öre: up
        (-1, 50_000, 0, -1),  # and alike below zero
        (1500, 333_333, 0, 5000),  # 1,5 x 33,3333 = 49,99995
        (1_000_000, 125, 0, 1250),  # a thousand calls at 0,0125
        (1000, 1_000_000, 3333, 6667),
    ],
)  # fmt: skip
def test_lines_worked_by_hand(quantity, price_e4, share, net):
    line = Line("Anrop", quantity, price_e4, "S25", discount_hundredths=share)
    assert totals.line_amounts(line).net_ore == net


def test_vat_is_rounded_once_for_each_rate_and_not_for_each_line():
    three = [Line("Nyhetsbrev", 1000, 3_300, "S6")] * 3  # 33 öre each: 1,98 öre VAT a line, 5,94 together
    assert [group.vat_ore for group in count(three).groups] == [6]


def test_rounding_to_kronor_leaves_vat_alone():
    found = count([Line("Journal", 1000, 999_900, "S25")], to_kronor=True)
    assert (found.net_ore, found.vat_ore, found.rounding_ore, found.payable_ore) == (9999, 2500, 1, 12500)


@pytest.mark.parametrize("codes", [("S41", "T39"), ("T40", "S25"), ("G35", "S41"), ("T40", "G36")])
def test_what_one_buyer_cannot_have_is_refused(codes):
    with pytest.raises(MixedTreatments) as refused:
        count([Line(f"Rad {code}", 1000, 10_000, code) for code in codes])
    assert all(f"“Rad {code}”" in str(refused.value) for code in codes)


@pytest.mark.parametrize("code", sorted(TREATMENTS))
def test_every_treatment_can_stand_alone_and_says_why_it_has_no_vat(code):
    (group,) = count([Line("Rad", 1000, 1_000_000, code)]).groups
    assert group.vat_ore == group.treatment.rate * 100
    assert group.treatment.rate or (group.treatment.statement("sv") and group.treatment.statement("en"))


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([], totals.TooManyLines),
        ([TextRow("Bara text")], totals.TooManyLines),
        ([Line("Rad", 1000, -1, "S25")], totals.BadNumbers),
        ([Line("Rad", 1000, 1.5, "S25")], totals.BadNumbers),
        ([Line("Rad", 1000, 1, "S25", discount_hundredths=10_001)], totals.BadNumbers),
        ([Line("Rad", 1000, 1, "S25", discount_hundredths=1, discount_ore=1)], totals.BadNumbers),
        ([Line("Rad", 1000, 100, "S25", discount_ore=2)], totals.DiscountTooLarge),
        ([Line(" ", 1000, 1, "S25")], totals.TextMissing),
        ([Line("Rad", 1000, 1, "S20")], NoSuchTreatment),
        ([Line("Rad", 1000, 1, "S25", period_start=date(2026, 2, 1), period_end=date(2026, 1, 31))],
         totals.PeriodBackwards),
    ],
)  # fmt: skip
def test_what_can_never_be_an_invoice_is_refused(rows, error):
    with pytest.raises(error):
        count(rows)


@pytest.mark.parametrize("currency", ["EUR", "sek", ""])
def test_another_currency_is_refused_by_name(currency):
    with pytest.raises(totals.OtherCurrency) as refused:
        count([Line("Rad", 1000, 1, "S25")], currency=currency)
    assert isinstance(refused.value, DomainError)
    assert f"; {currency} cannot be used" in str(refused.value)
