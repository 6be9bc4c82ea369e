"""The record that a draft would be issued as, with everything that issuing it needs; also for looking at it before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.invoicing.commands.issue import NewInvoice
from infosoc.invoicing.models import Invoice, InvoiceDraft, InvoicingSettings
from infosoc.invoicing.queries import parties
from infosoc.invoicing.queries.drafts import original_of
from infosoc.invoicing.queries.parties import Customer, NotSetUp
from infosoc.invoicing.rules import archive, credit, drafts, record, wording
from infosoc.invoicing.rules.posting import Accounts
from infosoc.invoicing.rules.record import Heading, Kind, Party, References, Terms
from infosoc.invoicing.rules.record import Invoice as Record
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_
from infosoc.subscriptions.rules import invoicing
from infosoc.subscriptions.rules.words import Delivery


class BeforeItsInvoice(Refused):
    message = N_("A credit note cannot be dated before its invoice, which was issued on %(day)s.")


def new_invoice(session: Session, draft: InvoiceDraft, *, brand: str, today: date) -> NewInvoice:
    """What the draft is to be issued as, today unless it says another day; raises what is missing or wrong."""
    original = original_of(session, draft)
    on = draft.issued_on or today
    if original is not None:
        return _credit_note(session, draft, original, on)
    customer = parties.customers(session, [draft.company_id])[draft.company_id]
    own = parties.settings(session)
    if own is None or not own.org_number:
        raise NotSetUp
    written = _invoice(own, draft, customer, brand=brand, on=on)
    invoicing.check_delivery(
        draft.company.legal_form, draft.delivery, reference=draft.reference, order=draft.order_number,
        address=draft.einvoice_address, email=draft.recipient_email,
    )  # fmt: skip
    return NewInvoice(
        f"draft:{draft.public_id}", draft.company_id, written, parties.accounts_of(own, is_group=customer.is_group),
        draft.delivery, recipient_of(draft), draft.agreement_id,
    )  # fmt: skip


def recipient_of(draft: InvoiceDraft) -> str:
    """Where it goes, by the way it goes."""
    ways = {Delivery.EMAIL.value: draft.recipient_email, Delivery.PEPPOL.value: draft.einvoice_address}
    return ways.get(draft.delivery, "")


def _invoice(own: InvoicingSettings, draft: InvoiceDraft, customer: Customer, *, brand: str, on: date) -> Record:
    late = wording.late_sentence(draft.language, has_agreed_fee=customer.has_agreed_fee)
    return record.made(
        Heading(Kind.INVOICE, record.UNNUMBERED, on, draft.language, note=draft.note),
        drafts.lines_of(draft.rows), seller=parties.seller_of(own, brand=brand), buyer=_buyer(customer.party, draft),
        references=_references(draft, str(customer.number or "")),
        terms=Terms(on + timedelta(days=draft.payment_days), draft.payment_days, late=late),
        unit_names=wording.unit_names(draft.language), to_kronor=draft.to_kronor,
    )  # fmt: skip


def _buyer(party: Party, draft: InvoiceDraft) -> Party:
    scheme, _, endpoint = draft.einvoice_address.partition(":")
    return replace(
        party, endpoint_scheme=scheme, endpoint=endpoint, contact=draft.recipient_name, email=draft.recipient_email
    )


def _references(draft: InvoiceDraft, customer_number: str) -> References:
    return References(draft.reference, draft.order_number, draft.cost_centre, customer_number=customer_number)


def _credit_note(session: Session, draft: InvoiceDraft, original: Invoice, on: date) -> NewInvoice:
    """The credit note of a whole invoice (a draft without rows) or of a part of it; never of more than is left."""
    if on < original.issued_on:
        raise BeforeItsInvoice(field="issued_on", day=original.issued_on.isoformat())
    first, earlier = archive.from_json(original.record), _earlier(session, original)
    if draft.rows:
        written = record.made(
            replace(credit.heading(first, number=record.UNNUMBERED, issued_on=on), note=draft.note),
            drafts.lines_of(draft.rows), seller=first.seller, buyer=_buyer(first.buyer, draft),
            references=_references(draft, first.references.customer_number), terms=Terms(on, 0),
            unit_names=wording.unit_names(first.heading.language), credited=credit.credited(first, draft.reason),
            to_kronor=draft.to_kronor,
        )  # fmt: skip
        written = credit.evened(first, earlier, written)
    else:
        written = credit.whole(first, number=record.UNNUMBERED, issued_on=on, reason=draft.reason)
    credit.check_left(first, earlier, written)
    own = parties.settings(session)
    accounts = Accounts(original.claim_account, least_deferred_ore=own.least_deferred_ore if own else 0)
    return NewInvoice(
        f"draft:{draft.public_id}", draft.company_id, written, accounts, draft.delivery, recipient_of(draft),
        original.agreement_id, credits_id=original.id,
    )  # fmt: skip


def _earlier(session: Session, original: Invoice) -> list[Record]:
    """The credit notes that an invoice has already."""
    query = select(Invoice.record).where(Invoice.credits_id == original.id)
    return [archive.from_json(text) for text in session.scalars(query)]
