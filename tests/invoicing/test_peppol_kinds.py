"""Every kind of invoice that our rules can make passes the schema, EN 16931 and our Peppol and Swedish rules."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infosoc.invoicing.peppol.findings import OFFICIAL_PEPPOL
from infosoc.invoicing.peppol.validate import validate
from infosoc.invoicing.peppol.write import to_ubl
from infosoc.invoicing.rules import credit
from infosoc.invoicing.rules.record import Invoice, Kind, LessThanNothing, References, Terms, numbered
from infosoc.invoicing.rules.totals import Line, TextRow
from infosoc.invoicing.rules.vat import TREATMENTS
from tests.invoicing import samples

NOWHERE = Path("nothing-here")
BUYERS = {"T39": samples.FOREIGNER, "G35": samples.FOREIGNER, "G36": samples.AMERICAN, "T40": samples.AMERICAN}
ROW = Line("Journal", 2_500, 3_333_333, "S25", unit="C62", account=3010)
DISCOUNTS = {"none": {}, "share": {"discount_hundredths": 1_250}, "amount": {"discount_ore": 12_345},
             "all of it": {"discount_hundredths": 10_000}}  # fmt: skip
PERIODS = {"none": {}, "whole": {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}}
MIXES = [("S25", "S12"), ("S25", "S6"), ("S25", "S12", "S6"), ("S25", "S0"), ("S6", "Z0"), ("S12", "S0", "Z0")]


def faults(invoice: Invoice) -> list[str]:
    """What any layer finds, and any layer that was not asked beside the one that nobody has added."""
    verdict = validate(to_ubl(invoice), rule_folder=NOWHERE)
    unasked = [one.name for one in verdict.layers if one.not_checked and one.name != OFFICIAL_PEPPOL]
    return [f"{one.rule} {one.where}: {one.text}" for one in verdict.findings] + unasked


def of_codes(codes: tuple[str, ...], *, discount: str = "none", period: str = "none", **more: object) -> Invoice:
    rows: list[Line | TextRow] = [TextRow("Enligt avtal")]
    for code in codes:
        rows += [replace(ROW, vat_code=code, **DISCOUNTS[discount], **PERIODS[period]), TextRow("Till raden ovan")]
    buyer = next((BUYERS[code] for code in codes if code in BUYERS), samples.BUYER)
    return samples.invoice(rows, buyer=buyer, **more)


@pytest.mark.parametrize("code", sorted(TREATMENTS))
@pytest.mark.parametrize("discount", sorted(DISCOUNTS))
def test_each_treatment_with_each_discount_and_its_credit_note(code, discount):
    for period, to_kronor in itertools.product(PERIODS, (False, True)):
        made = numbered(of_codes((code,), discount=discount, period=period, to_kronor=to_kronor), 17)
        assert faults(made) == []
        back = credit.whole(made, number="0", issued_on=date(2026, 2, 1), reason="Fel antal")
        assert faults(numbered(back, 18)) == []


@pytest.mark.parametrize("codes", MIXES, ids="+".join)
def test_mixed_rates_and_a_credit_note_of_a_part(codes):
    for discount, to_kronor in itertools.product(DISCOUNTS, (False, True)):
        made = numbered(of_codes(codes, discount=discount, to_kronor=to_kronor), 17)
        assert faults(made) == []
    part = samples.invoice(
        [replace(ROW, vat_code=codes[0], quantity_thousandths=500)], kind=Kind.CREDIT_NOTE,
        credited=credit.credited(made, "En del"), terms=Terms(date(2026, 2, 1), 0),
    )  # fmt: skip
    assert faults(part) == []


@pytest.mark.parametrize("references", [
    References(order="IO-1"), References(buyer="REF4711"), References("REF4711", "IO-1", "4100", "A-1", "17", "Sara"),
], ids=["order", "buyer", "all"])  # fmt: skip
def test_either_reference_is_enough(references):
    assert faults(samples.invoice(references=references)) == []
    assert faults(samples.invoice(references=References())) != []


@pytest.mark.parametrize(("bankgiro", "plusgiro", "iban", "bic"), [
    ("9912346", "", "", ""), ("", "286534", "", ""), ("", "", "SE3550000000054910000003", "ESSESESS"),
    ("9912346", "286534", "SE3550000000054910000003", "ESSESESS"),
])  # fmt: skip
def test_each_way_to_be_paid(bankgiro, plusgiro, iban, bic):
    paid = replace(samples.SELLER, bankgiro=bankgiro, plusgiro=plusgiro, iban=iban, bic=bic)
    assert faults(samples.invoice(seller=paid)) == []


lines = st.lists(
    st.builds(
        Line, st.sampled_from(["Journal", "Åtgärd & <tecken>", "x" * 200]), st.integers(-5_000, 2_000_000),
        st.integers(0, 99_999_999), st.sampled_from(["S25", "S12", "S6", "S0", "Z0"]),
        discount_hundredths=st.sampled_from([0, 1, 3_333, 9_999]), unit=st.sampled_from(["C62", "HUR", "MON"]),
        account=st.just(3010),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=60)
@given(lines, st.booleans())
def test_whatever_the_rows_are(rows, to_kronor):
    try:
        made = samples.invoice(rows, to_kronor=to_kronor)
    except LessThanNothing:
        return
    assert faults(made) == []
