"""The file that a collection company gets: CSV with a row a claim (docs/reminders.md says what stands where). Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from infosoc.invoicing.rules.record import Invoice, Party
from infosoc.reminders.rules.steps import Letter, StepKind

# English names, for machines; amounts in kronor with a decimal point, days as 2024-12-31.
COLUMNS = (
    "creditor", "creditor_org_number", "customer_number", "debtor", "debtor_kind", "debtor_org_number", "address",
    "postal_code", "city", "country", "email", "invoice_number", "ocr", "invoice_date", "due_date", "principal",
    "paid_or_credited", "open_principal", "interest_from", "interest_to", "interest_rate_percent", "interest",
    "compensation", "fees", "costs_paid", "total", "reminded_on", "demanded_on",
)  # fmt: skip
# A cell that begins so may be run as a formula by the program that opens the file.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class HandedOver:
    """A claim as it is handed over."""

    letter: Letter
    invoice: Invoice
    buyer: Party
    email: str
    paid_ore: int
    to_pay_ore: int


def csv_text(claims: Iterable[HandedOver], *, on: date) -> str:
    """The whole file: semicolons between the columns, a line of names first, CRLF at the end of lines."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_safe(value) for value in _row(one, on)] for one in claims)
    return out.getvalue()


def _row(one: HandedOver, on: date) -> list[str]:
    letter, claim, invoice, party = one.letter, one.letter.claim, one.invoice, one.buyer
    spans = letter.interest.spans
    return [
        invoice.seller.party.name, invoice.seller.party.org_number, invoice.references.customer_number, party.name,
        claim.debtor.value, party.org_number, ", ".join(party.address.lines), party.address.postal_code,
        party.address.city, party.address.country, one.email, invoice.heading.number, invoice.terms.ocr,
        str(invoice.heading.issued_on), str(claim.due_on), _kr(claim.principal_ore),
        _kr(claim.principal_ore - claim.open_ore), _kr(claim.open_ore), str(spans[0].first) if spans else "",
        str(on) if spans else "", str(spans[-1].percent) if spans else "", _kr(letter.interest.total_ore),
        _kr(letter.costs.compensation_ore), _kr(letter.costs.fees_ore), _kr(one.paid_ore), _kr(one.to_pay_ore),
        _first(letter, StepKind.REMINDER), _first(letter, StepKind.COLLECTION_DEMAND),
    ]  # fmt: skip


def _first(letter: Letter, kind: StepKind) -> str:
    return str(min((one.on for one in letter.claim.sent if one.kind is kind), default=""))


def _kr(ore: int) -> str:
    sign = "-" if ore < 0 else ""
    return f"{sign}{abs(ore) // 100}.{abs(ore) % 100:02d}"


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.replace("-", "", 1).replace(".", "", 1).isdigit()
