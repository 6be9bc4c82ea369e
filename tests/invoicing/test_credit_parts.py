"""Credit notes of parts: together they are the invoice to the öre, however each of them rounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infosoc.invoicing.peppol.validate import validate
from infosoc.invoicing.peppol.write import to_ubl
from infosoc.invoicing.rules import credit
from infosoc.invoicing.rules.posting import Accounts, voucher
from infosoc.invoicing.rules.record import Invoice, Kind, Terms
from infosoc.invoicing.rules.totals import Line
from tests.invoicing import samples

ROW = Line("Journal", 1_000, 10_000_000, "S25", account=3010)
NOWHERE = Path("nothing-here")


def of_units(rows: list[Line], units: int) -> list[Line]:
    return [replace(row, quantity_thousandths=units * 1_000) for row in rows]


def credit_all(original: Invoice, rows: list[Line], parts: list[int], *, to_kronor: bool) -> list[Invoice]:
    """Part by part, until nothing is left."""
    notes: list[Invoice] = []
    for units in parts:
        if sum(note.payable_ore for note in notes) == original.payable_ore:
            break
        made = samples.invoice(
            of_units(rows, units), kind=Kind.CREDIT_NOTE, credited=credit.credited(original, "En del"),
            terms=Terms(date(2026, 2, 1), 0), to_kronor=to_kronor,
        )  # fmt: skip
        new = credit.evened(original, notes, made)
        credit.check_left(original, notes, new)
        notes.append(new)
    return notes


prices = st.lists(st.tuples(st.integers(1, 99_999), st.sampled_from(["S25", "S12", "S6"])), min_size=1, max_size=3)


@settings(max_examples=200)
@given(prices, st.lists(st.integers(1, 9), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_the_parts_of_an_invoice_come_to_all_of_it(chosen, parts, was_rounded, rounds):
    rows = [replace(ROW, unit_price_e4=ore * 100, vat_code=code) for ore, code in chosen]
    original = samples.invoice(of_units(rows, sum(parts)), to_kronor=was_rounded)
    notes = credit_all(original, rows, parts, to_kronor=rounds)
    assert sum(note.payable_ore for note in notes) == original.payable_ore
    for note in notes:
        assert note.net_ore + note.vat_ore + note.rounding_ore == note.payable_ore
        voucher(note, source="x", accounts=Accounts(1510), text="Kreditfaktura")


def test_the_last_of_three_thirds_takes_the_rounding_of_the_others_and_is_a_right_e_invoice():
    rows = [replace(ROW, unit_price_e4=270_400)]  # 27,04 and VAT 6,76: 33,80 a third, rounded to 34
    original = samples.invoice(of_units(rows, 3), to_kronor=True)
    notes = credit_all(original, rows, [1, 1, 1], to_kronor=True)
    assert (original.payable_ore, [note.payable_ore for note in notes]) == (10_100, [3_400, 3_400, 3_300])
    for note in notes:
        assert validate(to_ubl(note), rule_folder=NOWHERE).findings == []


def test_what_is_more_than_was_invoiced_is_refused_still():
    original = samples.invoice(of_units([ROW], 1))
    more = samples.invoice(of_units([ROW], 2), kind=Kind.CREDIT_NOTE, credited=credit.credited(original, "Fel"))
    with pytest.raises(credit.CreditsTooMuch):
        credit.check_left(original, [], credit.evened(original, [], more))
