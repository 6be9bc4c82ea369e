"""What agreements come to as invoices: read for a chunk at once, counted without writing anything.

A run and its preview ask the same thing here, so that what is issued is what was shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.crm.models.companies import CompanyRelation
from infosoc.invoicing.models import Invoice, InvoicedCharge, InvoicingSettings
from infosoc.invoicing.queries import parties
from infosoc.invoicing.queries.parties import Customer, NotSetUp
from infosoc.invoicing.rules import billing, record, wording
from infosoc.invoicing.rules.billing import Days
from infosoc.invoicing.rules.posting import Accounts
from infosoc.invoicing.rules.record import Heading, Kind, Party, References, Seller, Terms
from infosoc.invoicing.rules.record import Invoice as Record
from infosoc.invoicing.rules.totals import Line
from infosoc.kernel.errors import DomainError, Refused
from infosoc.kernel.words import N_
from infosoc.ledger.models import Account
from infosoc.subscriptions.models import Agreement, AgreementLine
from infosoc.subscriptions.queries import invoiced as invoiced_queries
from infosoc.subscriptions.queries.charges import Charge, charges_of, given_back, supplements, usage
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.queries.pricing import prices
from infosoc.subscriptions.rules.invoicing import check_delivery
from infosoc.subscriptions.rules.words import Billing, Delivery

CHUNK = 200
Invoiced = dict[tuple[int, date], int]


class NoFirstDay(Refused):
    message = N_("Choose in the invoicing settings from which day agreements are invoiced here.")


class InTheTrash(Refused):
    message = N_("%(name)s is in the trash. Restore it, or end the agreement.")


class NotFoundAnyLonger(Refused):
    message = N_("The customer of the agreement is not in the register any longer.")


class AddressMissing(Refused):
    message = N_("%(name)s has no address. Write one on the company's page.")


class NoAccount(Refused):
    message = N_("%(name)s has no account, or one that is closed. Choose another on the product.")


@dataclass(frozen=True)
class Frame:
    """What all invoices of a run have in common."""

    days: Days
    issued_on: date
    seller: Seller
    accounts: Accounts
    group_accounts: Accounts
    to_kronor: bool
    open_accounts: frozenset[int]


@dataclass(frozen=True)
class Bill:
    """What one agreement comes to: an invoice that could be issued, or why there can be none."""

    agreement: Agreement
    charges: tuple[Charge, ...]
    record: Record | None = None
    accounts: Accounts = field(default_factory=Accounts)
    recipient: str = ""
    problem: DomainError | None = None

    @property
    def name(self) -> str:
        company = self.agreement.company
        return company.name if company else ""


def settings(session: Session) -> InvoicingSettings:
    """The settings of a tenant that may bill by agreements; raises what is missing."""
    own = parties.settings(session)
    if own is None or not own.org_number:
        raise NotSetUp
    if own.bills_from is None:
        raise NoFirstDay
    return own


def frame(session: Session, days: Days, issued_on: date, *, brand: str) -> Frame:
    """What the invoices of a run have in common, by the settings of today."""
    own = settings(session)
    return Frame(
        days, issued_on, parties.seller_of(own, brand=brand), parties.accounts_of(own, is_group=False),
        parties.accounts_of(own, is_group=True), own.to_kronor,
        frozenset(session.scalars(select(Account.number).where(Account.closed_at.is_(None)))),
    )  # fmt: skip


def bills(session: Session, agreement_ids: Collection[int], frame: Frame) -> list[Bill]:
    """The bills of these agreements in the order of their numbers; those with nothing to invoice are left out."""
    return bills_of(session, loaded(session, agreement_ids), frame)


def bills_of(session: Session, found: Sequence[Agreement], frame: Frame) -> list[Bill]:
    """The bills of agreements that are loaded with all that charging needs."""
    charged = _charged(session, found, frame)
    due = [(one, charges) for one, charges in charged if charges]
    company_ids = {one.company_id for one, _ in due}
    buyers = parties.customers(session, company_ids) if due else {}
    trashed = _trashed(session, company_ids) if due else set()
    made = (_bill(one, charges, buyers.get(one.company_id), trashed, frame) for one, charges in due)
    return [one for one in made if one is not None]


def loaded(session: Session, agreement_ids: Collection[int]) -> list[Agreement]:
    """Agreements by number with company, deeds, lines and products."""
    query = (
        select(Agreement)
        .where(Agreement.id.in_(agreement_ids))
        .options(
            joinedload(Agreement.company), selectinload(Agreement.deeds),
            selectinload(Agreement.lines).joinedload(AgreementLine.product),
        )
        .order_by(Agreement.number)
    )  # fmt: skip
    return list(session.scalars(query))


def _charged(session: Session, found: Sequence[Agreement], frame: Frame) -> list[tuple[Agreement, list[Charge]]]:
    lines = [line for one in found for line in one.lines]
    known, used = prices(session, found), usage(session, lines)
    done, first, through = invoiced(session, [line.id for line in lines]), frame.days.first_on, frame.days.through_on
    asked = _invoiced_at(session, [line for line in used if line in {at for at, _ in done}])
    charged = []
    for one in found:
        new = charges_of(one, known, used, first=first, through=through, left_out=done, ended_by=frame.issued_on)
        back = given_back(one, known, done, first=first, through=through) if done else ()
        more = supplements(one, known, used, done, asked, first=first, through=through) if asked else ()
        charged.append((one, _sorted([*new, *back, *more])))
    return charged


def invoiced(session: Session, line_ids: Sequence[int]) -> Invoiced:
    """The periods of lines that have been invoiced, and for how much."""
    if not line_ids:
        return {}
    query = select(InvoicedCharge.agreement_line_id, InvoicedCharge.period_on, InvoicedCharge.net_ore)
    query = query.where(InvoicedCharge.agreement_line_id.in_(line_ids))
    return {(line, day): net for line, day, net in session.execute(query)}


@invoiced_queries.answers
def _known_of(session: Session, line_ids: Sequence[int]) -> invoiced_queries.Invoiced:
    """For agreements whose terms are changed: what is invoiced is not invoiced again, and nothing is skipped."""
    ours = InvoicedCharge.agreement_line_id.in_(line_ids)
    query = select(InvoicingSettings.bills_from, InvoicedCharge.agreement_line_id, InvoicedCharge.period_on)
    rows = session.execute(query.outerjoin(InvoicedCharge, ours)).all()
    charges = frozenset((line, day) for _, line, day in rows if line is not None)
    return invoiced_queries.Invoiced(charges, rows[0][0] if rows else None)


def _invoiced_at(session: Session, line_ids: Sequence[int]) -> dict[int, dict[date, datetime]]:
    """When each period of these lines was invoiced: usage that was reported after it is not on the invoice."""
    if not line_ids:
        return {}
    query = (
        select(InvoicedCharge.agreement_line_id, InvoicedCharge.period_on, Invoice.issued_at)
        .join(Invoice, Invoice.id == InvoicedCharge.invoice_id)
        .where(InvoicedCharge.agreement_line_id.in_(line_ids))
    )
    found: dict[int, dict[date, datetime]] = {}
    for line, day, at in session.execute(query):
        found.setdefault(line, {})[day] = at
    return found


def _sorted(charges: Iterable[Charge]) -> list[Charge]:
    """By the order of the agreement's lines, each line's periods in turn; nothing reported is nothing to invoice."""
    made = [one for one in charges if one.rows or one.problem]
    return sorted(made, key=lambda one: (one.line.position, one.line.id, one.period.starts_on))


def _trashed(session: Session, company_ids: Collection[int]) -> set[int]:
    query = select(CompanyRelation.company_id).where(
        CompanyRelation.company_id.in_(company_ids), CompanyRelation.trashed_at.is_not(None)
    )
    return set(session.scalars(query))


def _bill(
    agreement: Agreement, charges: list[Charge], customer: Customer | None, trashed: Collection[int], frame: Frame
) -> Bill | None:
    """The bill of one agreement. What comes to nothing at all is no invoice; it is looked at again the next time."""
    whole = Bill(agreement, tuple(charges))
    try:
        for one in charges:
            if one.problem:
                raise one.problem
        if not sum(one.net_ore for one in charges):
            return None
        buyer = _buyer(agreement, customer, trashed, frame)
        written = _record(agreement, charges, buyer, frame)
    except DomainError as problem:
        return replace(whole, problem=problem)
    return replace(
        whole, record=written, accounts=buyer.accounts, recipient=_recipient(agreement)
    )  # fmt: skip


@dataclass(frozen=True)
class _Buyer:
    party: Party
    number: str
    accounts: Accounts
    late: str


def _buyer(agreement: Agreement, customer: Customer | None, trashed: Collection[int], frame: Frame) -> _Buyer:
    company = agreement.company
    if company is None or customer is None:
        raise NotFoundAnyLonger
    if agreement.company_id in trashed:
        raise InTheTrash(name=company.name)
    check_delivery(
        company.legal_form, agreement.delivery, reference=agreement.reference, order=agreement.order_number,
        address=agreement.einvoice_address, email=agreement.recipient_email,
    )  # fmt: skip
    address = customer.party.address
    if not address.city.strip() or (address.country == "SE" and not address.postal_code.strip()):
        raise AddressMissing(name=company.name)
    scheme, _, endpoint = agreement.einvoice_address.partition(":")
    party = replace(
        customer.party, endpoint_scheme=scheme, endpoint=endpoint, contact=agreement.recipient_name,
        email=agreement.recipient_email,
    )  # fmt: skip
    accounts = frame.group_accounts if customer.is_group else frame.accounts
    late = wording.late_sentence(agreement.language, has_agreed_fee=customer.has_agreed_fee)
    return _Buyer(party, str(customer.number) if customer.number else "", accounts, late)


def _record(agreement: Agreement, charges: list[Charge], buyer: _Buyer, frame: Frame) -> Record:
    language = billing.language_of(agreement.language)
    rows = [row for charge in charges for row in lines(charge, language)]
    for row in rows:
        if {row.account, row.deferral_account} - {None} - frame.open_accounts:
            raise NoAccount(name=row.text)
    start = min(one.part.starts_on for one in charges)
    end = max(one.part.last_day for one in charges)
    heading = Heading(Kind.INVOICE, record.UNNUMBERED, frame.issued_on, language, start, end)
    references = References(
        agreement.reference, agreement.order_number, agreement.cost_centre, str(agreement.number), buyer.number
    )
    days = course_of(agreement).on(frame.issued_on).payment_days
    terms = Terms(frame.issued_on + timedelta(days=days), days, late=buyer.late)
    return record.made(
        heading, rows, seller=frame.seller, buyer=buyer.party, references=references, terms=terms,
        unit_names=wording.unit_names(language), to_kronor=frame.to_kronor,
    )  # fmt: skip


def lines(charge: Charge, language: str) -> list[Line]:
    """A charge as lines of an invoice: one, but of usage by steps one for each step."""
    product, line = charge.product, charge.line
    if not product.revenue_account:
        raise NoAccount(name=product.name(language))
    is_sum = charge.is_given_back or charge.is_supplement
    is_counted = product.billing == Billing.USAGE and not is_sum
    unit = billing.unit_of(product.unit, is_usage=is_counted)
    return [
        Line(
            product.name(language), row.thousandths, row.unit_ore * 100, product.vat_code,
            discount_hundredths=0 if is_sum else line.discount, unit=unit, description=_said(charge, language),
            period_start=charge.part.starts_on, period_end=charge.part.last_day,
            account=int(product.revenue_account),
            deferral_account=int(product.deferral_account) if product.deferral_account else None,
        )
        for row in charge.rows
    ]  # fmt: skip


def _said(charge: Charge, language: str) -> str:
    """What stands below the product's name."""
    if charge.is_given_back:
        return wording.given_back(language)
    return wording.supplement(language) if charge.is_supplement else charge.line.text


def _recipient(agreement: Agreement) -> str:
    if agreement.delivery == Delivery.EMAIL:
        return agreement.recipient_email
    return agreement.einvoice_address if agreement.delivery == Delivery.PEPPOL else ""
