"""Drafts: the list, one of them, and what a new one begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.accounts.models import User
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.invoicing.models import CustomerAccount, Invoice, InvoiceDraft
from infosoc.invoicing.queries import parties
from infosoc.invoicing.rules.record import Kind
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound
from infosoc.subscriptions.models import Agreement, ListPrice, Product
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.rules import invoicing
from infosoc.subscriptions.rules.words import Billing, Delivery

PAGE = 100
DETAILS = (
    "language", "delivery", "recipient_name", "recipient_email", "reference", "order_number", "cost_centre",
    "einvoice_address",
)  # fmt: skip


@dataclass(frozen=True)
class DraftRow:
    """One draft in the list."""

    draft: InvoiceDraft
    company: Company
    by: str


def page(session: Session, number: int) -> tuple[list[DraftRow], bool]:
    """A page of the drafts, the one last changed first, and whether there are more: one statement."""
    query = (
        select(InvoiceDraft, User.name)
        .outerjoin(User, User.id == InvoiceDraft.made_by)
        .options(joinedload(InvoiceDraft.company))
        .order_by(InvoiceDraft.changed_at.desc(), InvoiceDraft.id.desc())
        .limit(PAGE + 1)
        .offset((number - 1) * PAGE)
    )
    rows = [DraftRow(draft, draft.company, by or "") for draft, by in session.execute(query)]
    return rows[:PAGE], len(rows) > PAGE


def draft_at(session: Session, public_id: str) -> InvoiceDraft:
    """The draft at an address with its company; raises NotFound."""
    query = select(InvoiceDraft).where(InvoiceDraft.public_id == public_id).options(joinedload(InvoiceDraft.company))
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def account_of(session: Session, company_id: int) -> CustomerAccount | None:
    """The customer account of a company; after a merge there may be two, and the older one counts."""
    query = select(CustomerAccount).where(CustomerAccount.company_id == company_id).order_by(CustomerAccount.id)
    return session.scalar(query.limit(1))


def our_company(session: Session, public_id: str) -> Company:
    """The company at an address, when it is ours and not in the trash; raises NotFound."""
    query = (
        select(Company)
        .join(CompanyRelation, CompanyRelation.company_id == Company.id)
        .where(Company.public_id == public_id, CompanyRelation.trashed_at.is_(None))
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def beginning(session: Session, company: Company) -> InvoiceDraft:
    """A draft that is not kept yet: to be delivered as the company's newest agreement says."""
    own = parties.settings(session)
    draft = InvoiceDraft(
        kind=Kind.INVOICE.value, company_id=company.id, payment_days=own.payment_days if own else 30,
        to_kronor=own.to_kronor if own else False, rows=[], language="sv",
        delivery=Delivery.PEPPOL.value if invoicing.is_public(company.legal_form) else Delivery.EMAIL.value,
    )  # fmt: skip
    if agreement := _newest_agreement(session, company.id):
        for name in DETAILS:
            setattr(draft, name, getattr(agreement, name))
        draft.payment_days = course_of(agreement).on(clock.today()).payment_days
    return draft


def _newest_agreement(session: Session, company_id: int) -> Agreement | None:
    query = select(Agreement).where(Agreement.company_id == company_id).options(selectinload(Agreement.deeds))
    return session.scalar(query.order_by(Agreement.number.desc()).limit(1))


def products(session: Session) -> list[Product]:
    """What may be put on an invoice by hand."""
    query = select(Product).where(Product.retired_at.is_(None), Product.billing != Billing.USAGE.value)
    return list(session.scalars(query.order_by(Product.name_sv)))


def price_of(session: Session, product: Product, company_id: int, on: date) -> int | None:
    """What a product costs on a day, in öre: by the price list of the customer's newest agreement, else by any."""
    agreement = _newest_agreement(session, company_id)
    own_list = agreement.price_list_id if agreement and agreement.price_list_id else 0
    query = (
        select(ListPrice.price_ore)
        .where(
            ListPrice.product_id == product.id, ListPrice.replaced_at.is_(None), ListPrice.valid_from <= on,
            or_(ListPrice.valid_until.is_(None), ListPrice.valid_until > on),
        )
        .order_by((ListPrice.price_list_id == own_list).desc(), ListPrice.price_list_id)
    )  # fmt: skip
    return session.scalar(query.limit(1))


def original_of(session: Session, draft: InvoiceDraft) -> Invoice | None:
    """The invoice that a credit note changes."""
    return session.scalar(select(Invoice).where(Invoice.id == draft.credits_id)) if draft.credits_id else None
