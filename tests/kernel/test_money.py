"""Whole öre: reading, printing, rounding, and sharing without losing any."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.kernel import money
from infosoc.kernel.money import NotAnAmount, NotAQuantity, Rounding

AMOUNTS = st.integers(-money.LARGEST_ORE, money.LARGEST_ORE)


@pytest.mark.parametrize(
    ("text", "ore"),
    [
        ("1 234,50", 123450), ("1\u00a0234,50", 123450), ("1234.5", 123450), ("1234:50", 123450), ("1234", 123400),
        ("-20", -2000), ("\u221220,00", -2000), ("0,05", 5), ("1.234,50", 123450), ("1,234.50", 123450),
        ("12 kr", 1200), ("12:-", 1200), ("12,-", 1200), ("1 234 567", 123456700), ("+7", 700), ("1.234", 123400),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text, ore):
    assert money.parse_ore(text) == ore


@pytest.mark.parametrize(
    "text", ["", "tolv", "1,234,5", "12,345,6", "1 23", "--2", "1e5", "1,2,3", "9" * 20, "12,3456"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(NotAnAmount):
        money.parse_ore(text)


@given(AMOUNTS)
def test_what_is_printed_is_read_back(ore):
    assert money.parse_ore(money.print_ore(ore)) == ore
    assert money.parse_ore(money.print_ore(ore, locale="en")) == ore
    assert money.parse_ore(money.print_input(ore)) == ore


@given(st.integers(-money.LARGEST_THOUSANDTHS, money.LARGEST_THOUSANDTHS))
def test_quantities_are_read_back(quantity):
    assert money.parse_thousandths(money.print_thousandths(quantity)) == quantity


@pytest.mark.parametrize("text", ["", "1,2345", "två", "1.2.3"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(NotAQuantity):
        money.parse_thousandths(text)


@pytest.mark.parametrize(
    ("rule", "up", "even"), [(Rounding.HALF_UP, 3, 2), (Rounding.HALF_EVEN, 2, 2), (Rounding.DOWN, 2, 1)]
)
def test_halves_go_where_the_rule_says_and_alike_below_zero(rule, up, even):
    assert (money.part_of(5, 1, 2, rule), money.part_of(3, 1, 2, rule)) == (up, even)
    assert (money.part_of(-5, 1, 2, rule), money.part_of(-3, 1, 2, rule)) == (-up, -even)
    assert money.rounded(Decimal("-2.5"), rule) == -up


@given(AMOUNTS, st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_a_part_is_the_nearest_whole_number(amount, numerator, denominator):
    exact = Fraction(amount * numerator, denominator)
    assert abs(money.part_of(amount, numerator, denominator) - exact) <= Fraction(1, 2)
    assert money.part_of(-amount, numerator, denominator) == -money.part_of(amount, numerator, denominator)


@given(AMOUNTS, st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any))
def test_a_split_loses_nothing(amount, weights):
    parts = money.split(amount, weights)
    assert sum(parts) == amount
    assert len(parts) == len(weights)


@given(AMOUNTS)
def test_whole_kronor_differ_by_half_a_krona_at_most(amount):
    whole, added = money.to_whole_kronor(amount)
    assert whole % 100 == 0
    assert whole - added == amount
    assert abs(added) <= 50


def test_per_cent_and_prices_are_rounded_once():
    assert money.percent_of(1999, 25) == 500
    assert money.percent_of(10, Decimal("12.5")) == 1
    assert money.price_times_quantity(9_99, 1_500) == 1499
    assert money.times(1_00, Decimal("0.125")) == 13
