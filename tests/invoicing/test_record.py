"""The final record: what it must hold, and that it comes back from its archive as it was."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from infosoc.invoicing.rules import record
from infosoc.invoicing.rules.accounts import format_bankgiro, format_plusgiro, is_bankgiro, is_plusgiro
from infosoc.invoicing.rules.archive import from_json, to_json
from infosoc.invoicing.rules.record import Address, Credited, Kind, Terms
from infosoc.invoicing.rules.totals import Line
from infosoc.rates.vat import NotInForce
from tests.invoicing import samples


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_a_record_comes_back_from_its_archive_as_it_was(name):
    made = samples.ALL[name]()
    assert from_json(to_json(made)) == made
    assert to_json(from_json(to_json(made))) == to_json(made)


def test_a_record_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        samples.invoice().net_ore = 0


def test_an_archive_with_something_unknown_is_not_read():
    with pytest.raises(KeyError):
        from_json(to_json(samples.invoice()).replace('"vat_ore":', '"vatt_ore":', 1))


NOWHERE = Address((), "", "")
SELLER, BUYER = samples.SELLER, samples.BUYER


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"number": " "}, "its number"),
        ({"seller": replace(SELLER, party=replace(SELLER.party, vat_number=""))}, "the seller's VAT number"),
        ({"seller": replace(SELLER, party=replace(SELLER.party, address=NOWHERE))}, "the seller's name and address"),
        ({"buyer": replace(BUYER, name=" ")}, "the buyer's name and address"),
        ({"buyer": replace(BUYER, address=replace(BUYER.address, postal_code=""))}, "the buyer's name and address"),
    ],
)
def test_what_the_law_asks_for_must_be_there(changes, fact):
    with pytest.raises(record.FactMissing, match=fact):
        samples.invoice(**changes)


@pytest.mark.parametrize("code", ["S41", "T39", "G35"])
def test_who_pays_the_vat_must_be_named_by_number(code):
    with pytest.raises(record.FactMissing, match="the buyer's VAT number"):
        samples.invoice([Line("Rad", 1000, 10_000, code)], buyer=replace(samples.BUYER, vat_number=""))


def test_an_invoice_of_less_than_nothing_is_refused():
    with pytest.raises(record.LessThanNothing):
        samples.invoice([replace(samples.NEWSLETTER, quantity_thousandths=-1_000)])


def test_a_credit_note_names_its_invoice_and_an_invoice_names_none():
    with pytest.raises(record.NothingCredited):
        samples.invoice(kind=Kind.CREDIT_NOTE)
    with pytest.raises(record.NothingCredited):
        samples.invoice(credited=Credited("1", date(2026, 1, 1)))


@pytest.mark.parametrize("reference", ["1000174", "10001a"])
def test_a_payment_reference_adds_up(reference):
    with pytest.raises(record.BadReference):
        samples.invoice(terms=Terms(date(2026, 2, 14), 30, reference))


def test_statements_are_in_the_language_of_the_invoice():
    swedish = samples.invoice([Line("Rad", 1000, 10_000, "S41")])
    english = samples.invoice([Line("Rad", 1000, 10_000, "S41")], language="en")
    assert swedish.groups[0].statement.startswith("Omvänd betalningsskyldighet")
    assert english.groups[0].statement.startswith("Reverse charge")


@pytest.mark.parametrize(("digits", "printed"), [("9912346", "991-2346"), ("54029681", "5402-9681")])
def test_bankgiro_numbers_are_printed_as_banks_do(digits, printed):
    assert is_bankgiro(digits)
    assert format_bankgiro(digits) == printed


@pytest.mark.parametrize(("digits", "printed"), [("2865534", "28 65 53-4"), ("286534", "2 86 53-4"), ("18", "1-8")])
def test_plusgiro_numbers_are_printed_in_pairs(digits, printed):
    assert format_plusgiro(digits) == printed


@pytest.mark.parametrize("digits", ["9912347", "991-2346", "12", "", "99123460000"])
def test_what_is_no_bankgiro_number_is_told(digits):
    assert not is_bankgiro(digits)


def test_a_plusgiro_number_adds_up():
    assert is_plusgiro("2865533")
    assert not is_plusgiro("2865534")


def test_a_rate_must_hold_on_the_day_of_supply():
    early = Line("Journal", 1_000, 1_000_000, "S25", period_start=date(1995, 12, 1), period_end=date(1996, 3, 31))
    with pytest.raises(NotInForce) as refused:
        samples.invoice([early])
    assert refused.value.values["day"] == "1995-12-01"
    samples.invoice([replace(early, period_start=date(1996, 1, 1))])
