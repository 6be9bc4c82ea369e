"""What the audit log may say of invoices, drafts and customer accounts: their names and addresses, and fields."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import Select, String, cast, select

from infosoc.audit.subjects import name_subjects
from infosoc.audit.words import name_fields
from infosoc.crm.models.companies import Company
from infosoc.invoicing.models import CustomerAccount, Invoice, InvoiceDraft
from infosoc.kernel.words import N_

_FIELDS = {
    "seller_name": N_("Name of the company"), "org_number": N_("Organisation number"), "street": N_("Street or box"),
    "postal_code": N_("Postcode"), "city": N_("Town"), "seat": N_("Registered seat"),
    "has_f_tax": N_("Approved for F-tax"), "bankgiro": N_("Bankgiro"), "plusgiro": N_("Plusgiro"),
    "iban": N_("IBAN"), "bic": N_("BIC"), "endpoint": N_("E-invoice address (Peppol)"),
    "contact": N_("Contact for questions"), "email": N_("E-mail"), "phone": N_("Telephone"), "website": N_("Website"),
    "payment_days": N_("Days to pay"), "to_kronor": N_("Round the amount to pay to whole kronor"),
    "least_deferred_ore": N_("Smallest amount to accrue"),
    "access_point": N_("Access point"), "ledger account": N_("General ledger account"),
    "first day": N_("First day"), "last day": N_("Last day"),
    "bills_from": N_("Agreements are billed from"), "first number": N_("First invoice number"), "logo": N_("Logo"),
    "number": N_("Customer number"), "vat_number": N_("EU VAT number"), "is_group": N_("A company of our own group"),
    "has_agreed_fee": N_("Reminder fees have been agreed"), "amount": N_("Amount"), "issued_on": N_("Invoice date"),
    "note": N_("Text on the invoice"), "reason": N_("Why it is credited"), "language": N_("Language"),
}  # fmt: skip


def register() -> None:
    """Answer for this part of the log."""
    name_fields(_FIELDS)
    name_subjects("invoice", _invoices, lambda public_id: url_for("invoices.show", public_id=public_id))
    name_subjects("invoice_draft", _drafts, lambda public_id: url_for("invoice_drafts.show", public_id=public_id))
    name_subjects("customer_account", _accounts, lambda public_id: url_for("companies.show", public_id=public_id))


def _invoices(ids: set[int]) -> Select[Any]:
    query: Any = select(Invoice.id, cast(Invoice.number, String), Invoice.public_id)
    return query.where(Invoice.id.in_(ids))


def _drafts(ids: set[int]) -> Select[Any]:
    query: Any = select(InvoiceDraft.id, Company.name, InvoiceDraft.public_id)
    return query.join(Company, Company.id == InvoiceDraft.company_id).where(InvoiceDraft.id.in_(ids))


def _accounts(ids: set[int]) -> Select[Any]:
    query: Any = select(CustomerAccount.id, cast(CustomerAccount.number, String), Company.public_id)
    return query.join(Company, Company.id == CustomerAccount.company_id).where(CustomerAccount.id.in_(ids))
