"""The record as a Peppol BIS Billing 3 file. The order of the elements is the schema's; the bytes are always the same.

Source: specification 3.7; the amounts are those of the record, nothing is counted here. Text rows become the note of
the line that follows them, for UBL has no rows without amounts.
"""

from __future__ import annotations

import re
from datetime import date

from lxml import etree

from infosoc.invoicing.peppol import names
from infosoc.invoicing.peppol.parties import buyer, seller
from infosoc.invoicing.peppol.tree import Tree, amount, decimal
from infosoc.invoicing.rules.record import Group, Invoice, Row
from infosoc.invoicing.rules.totals import E4, THOUSANDTHS, WHOLE
from infosoc.invoicing.rules.vat import treatment

DISCOUNT = {"sv": "Rabatt", "en": "Discount"}
_CREDIT_TERMS = {"sv": "Avräknas mot faktura %s", "en": "To be set off against invoice %s"}


def to_ubl(invoice: Invoice) -> bytes:
    """The file. It is not said here that it is valid: see `validate`."""
    is_credit = invoice.is_credit_note
    root = Tree.root("CreditNote" if is_credit else "Invoice", names.CREDIT_NOTE if is_credit else names.INVOICE)
    _heading(root, invoice)
    _references(root, invoice)
    seller(root, invoice.seller, is_taxed=not _is_outside(invoice))
    buyer(root, invoice.buyer, is_taxed=not _is_outside(invoice))
    _delivery(root, invoice)
    _payment(root, invoice)
    _vat(root, invoice)
    _total(root, invoice)
    _lines(root, invoice)
    etree.indent(root.element)
    return etree.tostring(root.element, xml_declaration=True, encoding="UTF-8")


def _is_outside(invoice: Invoice) -> bool:
    """Not subject to VAT: then no VAT number may be named (BR-O-02)."""
    return any(treatment(group.vat_code).category == "O" for group in invoice.groups)


def _heading(root: Tree, invoice: Invoice) -> None:
    heading = invoice.heading
    root.text("CustomizationID", names.CUSTOMIZATION)
    root.text("ProfileID", names.PROFILE)
    root.text("ID", heading.number)
    root.text("IssueDate", heading.issued_on)
    if invoice.is_credit_note:
        root.text("CreditNoteTypeCode", names.CREDIT_NOTE_TYPE)
    else:
        root.text("DueDate", invoice.terms.due_on)
        root.text("InvoiceTypeCode", names.INVOICE_TYPE)
    root.text("Note", " ".join(filter(None, [heading.note, _reason(invoice), *_trailing(invoice)])))
    root.text("DocumentCurrencyCode", invoice.currency)
    root.text("AccountingCost", invoice.references.cost_centre)
    root.text("BuyerReference", invoice.references.buyer)
    _period(root, *_whole_period(invoice))


def _reason(invoice: Invoice) -> str:
    return invoice.credited.reason if invoice.credited else ""


def _trailing(invoice: Invoice) -> list[str]:
    """Text rows after the last line."""
    texts: list[str] = []
    for row in invoice.rows:
        texts = [*texts, row.text] if row.is_text else []
    return texts


def _whole_period(invoice: Invoice) -> tuple[date | None, date | None]:
    """The period of the invoice, wide enough for its lines' (R110, R111)."""
    starts = [row.period_start for row in invoice.lines] + [invoice.heading.period_start]
    ends = [row.period_end for row in invoice.lines] + [invoice.heading.period_end]
    return min(filter(None, starts), default=None), max(filter(None, ends), default=None)


def _period(tree: Tree, start: date | None, end: date | None) -> None:
    if start or end:
        period = tree.child("InvoicePeriod")
        period.text("StartDate", start)
        period.text("EndDate", end)


def _references(root: Tree, invoice: Invoice) -> None:
    if invoice.references.order:
        root.child("OrderReference").text("ID", invoice.references.order)
    if invoice.credited:
        original = root.child("BillingReference").child("InvoiceDocumentReference")
        original.text("ID", invoice.credited.number)
        original.text("IssueDate", invoice.credited.issued_on)
    if invoice.references.contract:
        root.child("ContractDocumentReference").text("ID", invoice.references.contract)


def _delivery(root: Tree, invoice: Invoice) -> None:
    """When, and where for goods to the EU (BR-IC-11, BR-IC-12)."""
    is_goods = any(treatment(group.vat_code).category == "K" for group in invoice.groups)
    if not (invoice.heading.supplied_on or invoice.delivered_to or is_goods):
        return
    delivery = root.child("Delivery")
    delivery.text(
        "ActualDeliveryDate", invoice.heading.supplied_on or (invoice.heading.issued_on if is_goods else None)
    )
    place = invoice.delivered_to or (invoice.buyer.address if is_goods else None)
    if place:
        delivery.child("DeliveryLocation").address("Address", place)


def _payment(root: Tree, invoice: Invoice) -> None:
    language = invoice.heading.language
    if invoice.credited:
        root.child("PaymentTerms").text("Note", _CREDIT_TERMS[language] % invoice.credited.number)
        return
    reference = invoice.terms.ocr or invoice.heading.number
    for account, branch in _accounts(invoice):
        means = root.child("PaymentMeans")
        means.text("PaymentMeansCode", "30")
        means.text("PaymentID", reference)
        payee = means.child("PayeeFinancialAccount")
        payee.text("ID", account)
        if branch:
            payee.child("FinancialInstitutionBranch").text("ID", branch)
    if invoice.terms.late:
        root.child("PaymentTerms").text("Note", invoice.terms.late)


def _accounts(invoice: Invoice) -> list[tuple[str, str]]:
    seller_ = invoice.seller
    known = [
        (re.sub(r"\D", "", seller_.bankgiro), "SE:BANKGIRO"),
        (re.sub(r"\D", "", seller_.plusgiro), "SE:PLUSGIRO"),
        (re.sub(r"\s", "", seller_.iban), seller_.bic),
    ]
    return [(account, branch) for account, branch in known if account]


def _vat(root: Tree, invoice: Invoice) -> None:
    total = root.child("TaxTotal")
    amount(total, "TaxAmount", invoice.vat_ore)
    for group in invoice.groups:
        part = total.child("TaxSubtotal")
        amount(part, "TaxableAmount", group.base_ore)
        amount(part, "TaxAmount", group.vat_ore)
        _category(part.child("TaxCategory"), group)


def _category(category: Tree, group: Group | Row) -> None:
    way = treatment(group.vat_code)
    category.text("ID", way.category)
    if way.category != "O":
        category.text("Percent", str(way.rate))
    if isinstance(group, Group) and way.category not in ("S", "Z"):
        category.text("TaxExemptionReasonCode", way.reason_code)
        category.text("TaxExemptionReason", group.statement)
    category.child("TaxScheme").text("ID", "VAT")


def _total(root: Tree, invoice: Invoice) -> None:
    total = root.child("LegalMonetaryTotal")
    amount(total, "LineExtensionAmount", invoice.net_ore)
    amount(total, "TaxExclusiveAmount", invoice.net_ore)
    amount(total, "TaxInclusiveAmount", invoice.net_ore + invoice.vat_ore)
    if invoice.rounding_ore:
        amount(total, "PayableRoundingAmount", invoice.rounding_ore)
    amount(total, "PayableAmount", invoice.payable_ore)


def _lines(root: Tree, invoice: Invoice) -> None:
    notes: list[str] = []
    number = 0
    for row in invoice.rows:
        if row.is_text:
            notes.append(row.text)
            continue
        number += 1
        _line(root, invoice, row, number, " ".join(notes))
        notes = []


def _line(root: Tree, invoice: Invoice, row: Row, number: int, note: str) -> None:
    is_credit = invoice.is_credit_note
    line = root.child("CreditNoteLine" if is_credit else "InvoiceLine")
    line.text("ID", str(number))
    line.text("Note", note)
    quantity = decimal(row.quantity_thousandths, THOUSANDTHS)
    line.text("CreditedQuantity" if is_credit else "InvoicedQuantity", quantity, unitCode=row.unit)
    amount(line, "LineExtensionAmount", row.net_ore)
    _period(line, row.period_start, row.period_end)
    if row.discount_ore:
        _discount(line, row, invoice.heading.language)
    item = line.child("Item")
    item.text("Description", row.description)
    item.text("Name", row.text)
    _category(item.child("ClassifiedTaxCategory"), row)
    line.child("Price").text("PriceAmount", decimal(row.unit_price_e4, E4), currencyID=invoice.currency)


def _discount(line: Tree, row: Row, language: str) -> None:
    """What the line is less by; share and base stand together or not at all (R041, R042)."""
    discount = line.child("AllowanceCharge")
    discount.text("ChargeIndicator", "false")
    discount.text("AllowanceChargeReason", DISCOUNT[language])
    if row.discount_hundredths:
        discount.text("MultiplierFactorNumeric", decimal(row.discount_hundredths, WHOLE // 100))
    amount(discount, "Amount", row.discount_ore)
    if row.discount_hundredths:
        amount(discount, "BaseAmount", row.gross_ore)
