"""The statement of one customer's open items on paper, in the invoices' design and in Swedish or English."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale, gettext

from infosoc.documents.archival import Drawing, draw_archival
from infosoc.invoicing import paper
from infosoc.invoicing.queries.parties import Customer
from infosoc.invoicing.rules.accounts import format_bankgiro, format_iban, format_plusgiro
from infosoc.invoicing.rules.record import Seller
from infosoc.kernel.identity import format_org_number
from infosoc.kernel.money import print_ore
from infosoc.payments.queries.customer_ledger import AGE_LABELS, CustomerLedger, CustomerRow, Item
from infosoc.web.filters import translate

LANGUAGES = ("sv", "en")
Fact = tuple[str, str]


@dataclass(frozen=True)
class ItemRow:
    """An open item, as text."""

    number: str
    issued: str
    due: str
    ocr: str
    days_late: str
    amount: str
    left: str
    below: str = ""


@dataclass(frozen=True)
class Sheet:
    """All that the template prints, as text."""

    title: str
    facts: list[Fact]
    recipient: list[str]
    intro: str
    rows: list[ItemRow]
    ages: list[Fact]
    sums: list[Fact]
    total: Fact
    payment: list[Fact]
    advice: str
    closing: str
    footer: list[list[str]]


def pdf(ledger: CustomerLedger, row: CustomerRow, customer: Customer, seller: Seller, *, language: str) -> bytes:
    """The statement as PDF/A: the same items give the same bytes. Needs an application context."""
    with force_locale(language):
        sheet = _sheet(ledger, row, customer, seller, language)
        template = current_app.jinja_env.get_template("pdf/statement.html")
        html = template.render(sheet=sheet, seller=seller, on=ledger.on, language=language)
    return draw_archival(Drawing(html, paper.SHEET.read_text(), ledger.on))


def _sheet(ledger: CustomerLedger, row: CustomerRow, customer: Customer, seller: Seller, language: str) -> Sheet:
    def kr(ore: int) -> str:
        return print_ore(ore, locale=language)

    left = row.open_ore - row.credit_ore
    label = gettext("Left to pay") if left >= 0 else gettext("To your credit")
    sums = [(gettext("Open items"), kr(row.open_ore)), (gettext("Paid beyond the invoices"), kr(-row.credit_ore))]
    return Sheet(
        gettext("Statement of account"), _facts(ledger, customer), paper.recipient(customer.party),
        gettext("Open items on %(day)s.", day=ledger.on) if row.items else gettext("Nothing was open on that day."),
        [_row(item, ledger, kr(item.payable_ore), kr(item.open_ore)) for item in row.items],
        [(translate(age), kr(ore)) for age, ore in zip(AGE_LABELS, row.ages, strict=True)] if row.items else [],
        sums if row.credit_ore else [], (label, gettext("SEK %(amount)s", amount=kr(abs(left)))),
        _payment(seller) if left > 0 else [], gettext("Please state the OCR number of each invoice when you pay."),
        gettext("Payments that we have not received yet are not in the statement."), paper.footer(seller),
    )  # fmt: skip


def _facts(ledger: CustomerLedger, customer: Customer) -> list[Fact]:
    number = customer.party.org_number
    facts = [
        (gettext("Date"), ledger.on.isoformat()),
        (gettext("Customer number"), str(customer.number or "")),
        (gettext("Org. no."), format_org_number(number) if len(number) == 10 else number),
    ]
    return [(label, value) for label, value in facts if value]


def _row(item: Item, ledger: CustomerLedger, amount: str, left: str) -> ItemRow:
    late = item.days_late(ledger.on)
    return ItemRow(
        str(item.number), item.issued_on.isoformat(), item.due_on.isoformat(), item.ocr, str(late or ""), amount, left,
        gettext("credit note") if item.payable_ore < 0 else "",
    )  # fmt: skip


def _payment(seller: Seller) -> list[Fact]:
    facts = [
        (gettext("Bankgiro"), format_bankgiro(seller.bankgiro) if seller.bankgiro else ""),
        (gettext("Plusgiro"), format_plusgiro(seller.plusgiro) if seller.plusgiro else ""),
        ("IBAN", format_iban(seller.iban) if seller.iban else ""), ("BIC", seller.bic),
    ]  # fmt: skip
    return [(label, value) for label, value in facts if value]
