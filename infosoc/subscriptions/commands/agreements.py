"""Signing agreements, and changing what may be changed in them: lines from a day, and how they are invoiced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.audit import commands as audit
from infosoc.crm.commands import blocked
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import Contact
from infosoc.crm.rules import PointKind
from infosoc.db.tenancy import current_scope
from infosoc.kernel import clock, email, money, text
from infosoc.kernel.errors import Invalid, NotFound, Refused, Stale
from infosoc.kernel.words import N_
from infosoc.subscriptions.commands import copies
from infosoc.subscriptions.commands.prices import list_at
from infosoc.subscriptions.commands.products import product_at
from infosoc.subscriptions.models import Agreement, AgreementDeed, AgreementLine, Product
from infosoc.subscriptions.rules import invoicing
from infosoc.subscriptions.rules.agreed import Agreed, Conditions
from infosoc.subscriptions.rules.amounts import FULL, check_line
from infosoc.subscriptions.rules.words import Billing, DeedKind, IndexKind, State
from infosoc.tenancy.models import Tenant


class NoLines(Invalid):
    message = N_("Choose at least one product.")


class NoSuchCompany(Invalid):
    message = N_("Choose a company from the list.")


class PriceNeeded(Invalid):
    message = N_("%(product)s needs its own price, because the agreement has no price list.")


class UsageNeedsList(Invalid):
    message = N_("%(product)s is charged by usage: its steps stand in a price list. Choose a price list.")


class BadQuantity(Invalid):
    message = N_("The quantity must be more than zero.")


class BadDiscount(Invalid):
    message = N_("A discount is from 0 to 100 percent.")


class IndexIncomplete(Invalid):
    message = N_("Enter from which day prices are adjusted, and by which percentage or index.")


class BadIndexPercent(Invalid):
    message = N_("An increase is more than 0 and at most 100 percent.")


class TrialBackwards(Invalid):
    message = N_("The trial ends before the agreement begins.")


class BadEmail(Invalid):
    message = N_("This is not an e-mail address.")


class HasEnded(Refused):
    message = N_("The agreement has ended.")


class LineHasEnded(Refused):
    message = N_("The line has ended by then.")


class LineNotBegun(Refused):
    message = N_("The line begins on %(day)s. Choose that day or a later one.")


@dataclass(frozen=True)
class Terms(Conditions):
    """The terms as they are signed. Without `anchor_on` the billing periods begin with the agreement."""

    starts_on: date
    trial_until: date | None = None
    anchor_on: date | None = None
    billing_months: int = 12
    notice_months: int = field(default=3, kw_only=True)


@dataclass(frozen=True)
class InvoiceDetails:
    """Who gets the invoices and what must stand on them."""

    delivery: str = "email"
    language: str = "sv"
    contact_id: str = ""
    recipient_name: str = ""
    recipient_email: str = ""
    reference: str = ""
    order_number: str = ""
    cost_centre: str = ""
    einvoice_address: str = ""
    note: str = ""


@dataclass(frozen=True)
class NewLine:
    """A product in an agreement; without a price of its own the price list says what it costs."""

    product_id: str
    quantity_thousandths: int = 1000
    price_ore: int | None = None
    per_months: int = 1
    discount: int = 0
    text: str = ""


@dataclass(frozen=True)
class NewAgreement:
    """Everything that is signed."""

    company_id: str
    terms: Terms
    details: InvoiceDetails
    lines: Sequence[NewLine] = field(default_factory=list)
    price_list_id: str = ""


def sign(session: Session, new: NewAgreement, *, by: int | None, now: datetime) -> Agreement:
    """Write down an agreement with its lines and the deeds that begin it."""
    company = _company(session, new.company_id)
    if not new.lines:
        raise NoLines
    terms, of_list = _checked_terms(new.terms), list_at(session, new.price_list_id) if new.price_list_id else None
    values = asdict(terms) | _details(session, company, new.details)
    values.pop("trial_until")
    agreement = Agreement(
        **values, number=_next_number(session), company_id=company.id, price_list_id=of_list.id if of_list else None,
        state=State.COMING.value, state_from=terms.starts_on, created_at=now, made_by=by,
    )  # fmt: skip
    session.add(agreement)
    session.flush()
    for position, line in enumerate(new.lines):
        _add_line(session, agreement, line, terms.starts_on, position=position, by=by, now=now)
    _begin(session, agreement, terms, by=by, now=now)
    audit.record(
        session, "agreement signed", "agreement", agreement.id, by=by, changes={"company": (None, company.name)}
    )
    return copies.refresh(session, agreement.id, on=clock.local(now).date(), by=by)


def change_details(
    session: Session, public_id: str, details: InvoiceDetails, *, version: int | None, by: int
) -> Agreement:
    """Who gets the invoices from now on; those that are issued say what they said."""
    agreement = agreement_at(session, public_id)
    if version is not None and version != agreement.version:
        raise Stale
    changes = {}
    for name, value in _details(session, agreement.company, details).items():
        before = getattr(agreement, name)
        if before != value:
            setattr(agreement, name, value)
            if name != "contact_id":
                changes[name] = (before, value)
    if changes:
        audit.record(session, "invoice details changed", "agreement", agreement.id, by=by, changes=changes)
    return agreement


def add_line(session: Session, public_id: str, line: NewLine, *, on: date, by: int, now: datetime) -> AgreementLine:
    """Another product from a day on."""
    agreement = _in_force(session, public_id, on)
    made = _add_line(session, agreement, line, on, position=_next_position(session, agreement), by=by, now=now)
    _note_change(session, agreement, on, _told(session, made), by=by, now=now)
    return made


def change_line(
    session: Session, public_id: str, line_id: str, line: NewLine, *, on: date, by: int | None, now: datetime
) -> AgreementLine:
    """Another quantity, price or discount from a day on: the line ends, and one that replaces it begins."""
    agreement = _in_force(session, public_id, on)
    old = line_at(session, agreement.id, line_id)
    _check_open(old, on)
    made = _add_line(session, agreement, line, on, position=old.position, by=by, now=now, replaces=old.id)
    old.ends_on = on
    _note_change(session, agreement, on, f"{_told(session, old)} → {_told(session, made)}", by=by, now=now)
    return made


def end_line(session: Session, public_id: str, line_id: str, *, on: date, by: int, now: datetime) -> AgreementLine:
    """A product no more, from a day on."""
    agreement = _in_force(session, public_id, on)
    line = line_at(session, agreement.id, line_id)
    _check_open(line, on)
    line.ends_on = on
    _note_change(session, agreement, on, f"{_told(session, line)} → –", by=by, now=now)
    return line


def agreement_at(session: Session, public_id: str) -> Agreement:
    """The agreement at an address, with its company and deeds; others who want to change or invoice it wait."""
    audit.take_turn(session)
    query = select(Agreement).where(Agreement.public_id == public_id)
    query = query.options(joinedload(Agreement.company), selectinload(Agreement.deeds))
    found = session.scalar(query.with_for_update(of=Agreement).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def line_at(session: Session, agreement_id: int, public_id: str) -> AgreementLine:
    """The line of an agreement at an address, with its product."""
    query = (
        select(AgreementLine)
        .where(AgreementLine.public_id == public_id, AgreementLine.agreement_id == agreement_id)
        .options(joinedload(AgreementLine.product))
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


# ---- the parts -------------------------------------------------------------------------------------------------------


def _company(session: Session, public_id: str) -> Company:
    query = (
        select(Company)
        .join(CompanyRelation, CompanyRelation.company_id == Company.id)
        .where(Company.public_id == public_id, CompanyRelation.trashed_at.is_(None))
    )
    found = session.scalar(query)
    if found is None:
        raise NoSuchCompany(field="company")
    return found


def check_index(terms: Terms | Agreed) -> None:
    """Refuse an index clause that lacks something."""
    if terms.index_kind == IndexKind.PERCENT and not (terms.index_from and terms.index_percent > 0):
        raise IndexIncomplete(field="index_kind")
    if terms.index_kind == IndexKind.PERCENT and terms.index_percent > FULL:
        raise BadIndexPercent(field="index_percent")
    if terms.index_kind == IndexKind.SERIES and not (terms.index_from and terms.index_series and terms.index_base):
        raise IndexIncomplete(field="index_kind")


def _checked_terms(terms: Terms) -> Terms:
    check_index(terms)
    if terms.trial_until is not None and terms.trial_until < terms.starts_on:
        raise TrialBackwards(field="trial_until")
    return replace(terms, anchor_on=terms.anchor_on or terms.starts_on, index_series=terms.index_series.upper()[:20])


def _details(session: Session, company: Company, given: InvoiceDetails) -> dict[str, object]:
    """The details in the form they are kept in; refused when invoices could not be made or sent by them."""
    values: dict[str, object] = {name: text.clean(str(value)) for name, value in asdict(given).items()}
    values["einvoice_address"] = invoicing.einvoice_address(given.einvoice_address)
    contact = _contact(session, given.contact_id)
    written = given.recipient_email.strip() or _email_of(session, contact)
    values["recipient_name"] = values["recipient_name"] or (contact.name if contact else "")
    if written and not email.is_valid(written):
        raise BadEmail(field="recipient_email")
    address = email.canonical(written) if written else ""
    if address:
        blocked.refuse(session, [address], field="recipient_email")
    values |= {"recipient_email": address, "note": text.clean_multiline(given.note)}
    values["contact_id"] = contact.id if contact else None
    invoicing.check_delivery(
        company.legal_form, given.delivery, reference=str(values["reference"]), order=str(values["order_number"]),
        address=str(values["einvoice_address"]), email=address,
    )  # fmt: skip
    return values


def _contact(session: Session, public_id: str) -> Contact | None:
    return session.scalar(select(Contact).where(Contact.public_id == public_id)) if public_id else None


def _email_of(session: Session, contact: Contact | None) -> str:
    """A person's main e-mail address."""
    if contact is None:
        return ""
    query = select(ContactPoint.normalised).where(
        ContactPoint.contact_id == contact.id, ContactPoint.kind == PointKind.EMAIL.value
    )
    return session.scalar(query.order_by(ContactPoint.is_main.desc(), ContactPoint.id).limit(1)) or ""


def _add_line(
    session: Session, agreement: Agreement, line: NewLine, on: date, *, position: int, by: int | None, now: datetime,
    replaces: int | None = None,
) -> AgreementLine:  # fmt: skip
    product = product_at(session, line.product_id)
    _check_line(agreement, product, line)
    made = AgreementLine(
        agreement_id=agreement.id, product_id=product.id, position=position, starts_on=on,
        quantity_thousandths=line.quantity_thousandths, price_ore=line.price_ore, per_months=line.per_months,
        discount=line.discount, text=text.clean(line.text)[:200], replaces_id=replaces, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _check_line(agreement: Agreement, product: Product, line: NewLine) -> None:
    if line.quantity_thousandths <= 0:
        raise BadQuantity(field="quantity")
    if not 0 <= line.discount <= FULL:
        raise BadDiscount(field="discount")
    if product.billing == Billing.USAGE and agreement.price_list_id is None:
        raise UsageNeedsList(product=product.name_sv)
    if line.price_ore is None and agreement.price_list_id is None:
        raise PriceNeeded(field="price", product=product.name_sv)
    if line.price_ore is not None:
        check_line(line.price_ore, line.per_months, line.quantity_thousandths)


def _begin(session: Session, agreement: Agreement, terms: Terms, *, by: int | None, now: datetime) -> None:
    """The deeds of signing: a trial first where there is one, and the start when it is over."""
    kinds = [(DeedKind.START, terms.starts_on)]
    if terms.trial_until is not None:
        kinds = [(DeedKind.TRIAL, terms.starts_on), (DeedKind.START, terms.trial_until + timedelta(days=1))]
    for kind, on in kinds:
        session.add(AgreementDeed(agreement_id=agreement.id, kind=kind.value, effective_on=on, made_by=by, made_at=now))
        session.flush()


def _in_force(session: Session, public_id: str, on: date) -> Agreement:
    agreement = agreement_at(session, public_id)
    if agreement.ends_on is not None and on >= agreement.ends_on:
        raise HasEnded(field="on")
    return agreement


def _check_open(line: AgreementLine, on: date) -> None:
    if line.ends_on is not None and line.ends_on <= on:
        raise LineHasEnded(field="on")
    if on < line.starts_on:
        raise LineNotBegun(field="on", day=line.starts_on.isoformat())


def _note_change(session: Session, agreement: Agreement, on: date, what: str, *, by: int | None, now: datetime) -> None:
    session.add(
        AgreementDeed(
            agreement_id=agreement.id, kind=DeedKind.CHANGE.value, effective_on=on, reason=what[:300], made_by=by,
            made_at=now,
        )
    )  # fmt: skip
    audit.record(session, "agreement changed", "agreement", agreement.id, by=by, changes={"lines": (None, what)})
    copies.refresh(session, agreement.id, on=clock.local(now).date(), by=by)


def _told(session: Session, line: AgreementLine) -> str:
    """A line in a few words, for the history."""
    product = session.scalar(select(Product.name_sv).where(Product.id == line.product_id))
    price = "" if line.price_ore is None else f" {money.print_ore(line.price_ore)} kr"
    discount = f" −{money.print_ore(line.discount)} %" if line.discount else ""
    return f"{product} × {money.print_thousandths(line.quantity_thousandths)}{price}{discount}"


def _next_position(session: Session, agreement: Agreement) -> int:
    query = select(func.max(AgreementLine.position)).where(AgreementLine.agreement_id == agreement.id)
    return (session.scalar(query) or 0) + 1


def _next_number(session: Session) -> int:
    """One more than the last; taken under a lock on the tenant, so that two at once get two numbers."""
    session.scalar(select(Tenant.id).where(Tenant.id == current_scope().tenant_id).with_for_update())
    return (session.scalar(select(func.max(Agreement.number))) or 1000) + 1
