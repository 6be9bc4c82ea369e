"""Invoices to print, send and spoil. All names and numbers are invented; the numbers add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from infosoc.invoicing.rules.record import (
    Address,
    Credited,
    Heading,
    Invoice,
    Kind,
    Party,
    References,
    Seller,
    Terms,
    made,
)
from infosoc.invoicing.rules.totals import Line, TextRow

UNITS = {"MON": "mån", "C62": "st", "HUR": "tim"}
SELLER = Seller(
    Party(
        "Infosoc Exempel AB", Address(("Vasagatan 12",), "111 20", "Stockholm"), "5599999991", "SE559999999101",
        "0007", "5599999991", "Ekonomi", "ekonomi@infosoc.example", "08-123 45 67",
    ),
    seat="Stockholm", bankgiro="9912346", website="infosoc.example",
)  # fmt: skip
SISTER = replace(
    SELLER, party=replace(SELLER.party, name="Rättsdata Exempel AB", email="ekonomi@rattsdata.example"),
    website="rattsdata.example", brand="blue",
)  # fmt: skip
BUYER = Party(
    "Hagströms Hemtjänst AB", Address(("Storgatan 4",), "903 26", "Umeå"), "5566778899", "SE556677889901",
    "0007", "5566778899", "Karin Hagström", "karin@hagstroms.example",
)  # fmt: skip
MUNICIPALITY = Party(
    "Exempelköpings kommun", Address(("Fakturaenheten", "Box 100"), "123 45", "Exempelköping"), "2120000001", "",
    "0088", "7300010000001",
)  # fmt: skip
FOREIGNER = Party(
    "Nordpleje ApS", Address(("Vestergade 1",), "1456", "København K", "DK"), "12345674", "DK12345674", "0088",
    "7300010000001",
)  # fmt: skip
AMERICAN = Party("Care Inc.", Address(("1 Main Street",), "10001", "New York", "US"), "", "", "0088", "7300010000001")
JOURNAL = Line(
    "Journal", 12_000, 12_500_000, "S25", unit="MON", description="Upp till 40 användare",
    period_start=date(2026, 1, 1), period_end=date(2026, 12, 31), account=3010, deferral_account=2979,
)  # fmt: skip
DISCOUNTED = Line(
    "Avvikelserapportering", 12_000, 4_900_000, "S25", discount_hundredths=1_050, unit="MON", account=3010
)
NEWSLETTER = Line("Nyhetsbrev om vårdens regler", 1_000, 2_995_000, "S6", unit="C62", account=3003)
HOURS = Line("Utbildning på plats", 3_500, 11_000_000, "S25", unit="HUR", discount_ore=50_000, account=3040)
LATE = "Efter förfallodagen debiteras dröjsmålsränta enligt räntelagen."
REFERENCES = References("Ref 4711", "IO-2026-17", "4100", "A-1042", "1042", "Sara Lind")


def invoice(rows: list[Line | TextRow] | None = None, **changes: Any) -> Invoice:
    """An invoice of two rates, with a discount, an hour and a half, and text."""
    rows = rows or [TextRow("Enligt avtal A-1042, årsavgift 2026"), JOURNAL, DISCOUNTED, HOURS, NEWSLETTER]
    facts: dict[str, Any] = {
        "seller": SELLER, "buyer": BUYER, "references": REFERENCES, "unit_names": UNITS,
        "terms": Terms(date(2026, 2, 14), 30, "1000173", LATE),
    }  # fmt: skip
    heading = {"kind": Kind.INVOICE, "number": "10001", "issued_on": date(2026, 1, 15)}
    heading |= {name: changes.pop(name) for name in ("language", "note", "number", "kind") if name in changes}
    return made(Heading(**heading), rows, **(facts | changes))


def credit_note(**changes: Any) -> Invoice:
    return invoice(
        [JOURNAL, NEWSLETTER], kind=Kind.CREDIT_NOTE, number="10002",
        credited=Credited("10001", date(2026, 1, 15), "Avtalet upphörde den 31 december."),
        terms=Terms(date(2026, 1, 20), 0), **changes,
    )  # fmt: skip


def long(lines: int, **changes: Any) -> Invoice:
    """An invoice with so many lines."""
    names = ("Journal", "Avvikelserapportering", "Kvalitetsmätning", "Organisationskalender")
    rows: list[Line | TextRow] = [
        replace(JOURNAL, text=f"{names[at % 4]}, enhet {at + 1}", unit_price_e4=JOURNAL.unit_price_e4 + 170_000 * at)
        for at in range(lines)
    ]
    return invoice(rows, **changes)


ALL = {
    "plain": lambda: invoice(),
    "english": lambda: invoice(language="en"),
    "municipality": lambda: invoice(buyer=MUNICIPALITY, note="Avser samtliga enheter."),
    "whole kronor": lambda: invoice(to_kronor=True),
    "credit note": credit_note,
    "exempt": lambda: invoice([Line("Vårdutbildning", 1_000, 5_000_000, "S0"), JOURNAL]),
    "zero": lambda: invoice([Line("Läkemedel", 1_000, 5_000_000, "Z0")]),
    "reverse charge": lambda: invoice([Line("Byggarbete", 8_000, 5_000_000, "S41", unit="HUR")]),
    "service to the EU": lambda: invoice([Line("Licens", 1_000, 5_000_000, "T39")], buyer=FOREIGNER, language="en"),
    "goods to the EU": lambda: invoice([Line("Handbok", 2_000, 5_000_000, "G35")], buyer=FOREIGNER, language="en"),
    "export": lambda: invoice([Line("Handbok", 2_000, 5_000_000, "G36")], buyer=AMERICAN, language="en"),
    "service abroad": lambda: invoice([Line("Licens", 1_000, 5_000_000, "T40")], buyer=AMERICAN, language="en"),
    "returned": lambda: invoice([JOURNAL, replace(NEWSLETTER, quantity_thousandths=-1_000)]),
    "long": lambda: long(40),
}
