"""The demo's invoices: this year's billing runs, by the commands that people use, and what has become income since."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Address, Company
from infosoc.demo.words import PLACES
from infosoc.invoicing.commands import billing, deferral, receiving
from infosoc.invoicing.models import CustomerAccount, Delivery, Invoice, InvoicingSettings
from infosoc.invoicing.rules.delivery import Channel, State
from infosoc.jobs.rules import JobState
from infosoc.kernel import clock
from infosoc.ledger.rules import add_months
from infosoc.subscriptions.models import Agreement

SELLERS = {
    "infosoc": {
        "seller_name": "Infosoc Exempel AB", "org_number": "5599999991", "street": "Vasagatan 12",
        "postal_code": "111 20", "city": "Stockholm", "seat": "Stockholm", "bankgiro": "9912346",
        "email": "ekonomi@infosoc.example", "phone": "08-123 45 67", "website": "infosoc.example",
    },
    "rattsdata": {
        "seller_name": "Infosoc Rättsdata Exempel AB", "org_number": "5599998886", "street": "Stora Nygatan 3",
        "postal_code": "211 37", "city": "Malmö", "seat": "Malmö", "bankgiro": "9915554",
        "email": "ekonomi@rattsdata.example", "phone": "040-123 45 67", "website": "rattsdata.example",
    },
}  # fmt: skip
FIRST_CUSTOMER = 1001
CHUNK = 200


def write(session: Session, slug: str, *, by: int, now: datetime) -> None:
    """Settings, customer numbers and the invoices of each month of the year so far, released as far as months ended."""
    today = clock.local(now).date()
    first = date(today.year, 1, 1)
    seller = SELLERS[slug]
    own = InvoicingSettings(
        **seller, endpoint=f"0007:{seller['org_number']}", contact="Ekonomi", bills_from=first, least_deferred_ore=0
    )
    session.add(own)
    receiving.keep_printed(session, own, by=by, now=now)
    _customers(session, by_number=FIRST_CUSTOMER, now=now)
    for month in (add_months(first, number) for number in range(today.month)):
        _run(session, slug, month, by=by)
        if month > first:
            deferral.release(session, add_months(month, -1), by=None, now=_morning(month))
    arrived = select(Invoice.id).where(Invoice.issued_on < today.replace(day=1))
    gone = update(Delivery).where(Delivery.invoice_id.in_(arrived))  # the state of each invoice follows
    for channel in Channel:
        state = State.DELIVERED if channel is Channel.PEPPOL else State.HANDED_OVER
        session.execute(gone.where(Delivery.channel == channel).values(state=state, prepared_at=now))


def _customers(session: Session, *, by_number: int, now: datetime) -> None:
    """Whoever has an agreement has a number, and an address; but one has moved, and nobody knows where."""
    buyers = select(Agreement.company_id).distinct()
    companies = list(session.scalars(select(Company).where(Company.id.in_(buyers)).order_by(Company.id)))
    known = set(session.scalars(select(Address.company_id).where(Address.company_id.in_(buyers))))
    homeless = [one for one in companies if one.id not in known]
    for number, company in enumerate(homeless[1:]):
        street = f"{PLACES[number % len(PLACES)]}gatan {number % 40 + 1}"
        town = company.town or company.municipality or "Stockholm"
        session.add(
            Address(company_id=company.id, kind="postal", street=street, postcode=f"{100 + number} 20", town=town)
        )
    for number, company in enumerate(companies, by_number):
        session.add(CustomerAccount(number=number, company_id=company.id, has_agreed_fee=True, created_at=now))
    session.flush()


def _run(session: Session, slug: str, month: date, *, by: int) -> None:
    """The run of a month, issued on its first day: what the job does, in the demo's one transaction."""
    at = _morning(month)
    run = billing.start(session, month, month, page=f"/{slug}/billing-runs", by=by, now=at)
    ids = list(session.scalars(select(Agreement.id).order_by(Agreement.number)))
    for first in range(0, len(ids), CHUNK):
        billing.bill(session, run.id, ids[first : first + CHUNK], by=by, now=at)
    billing.finish(session, run.id, now=at)
    job = billing.job_of(session, run)
    if job is not None:
        job.state, job.done, job.started_at, job.ended_at = JobState.DONE, job.total, at, at
    session.flush()


def _morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, tzinfo=clock.STOCKHOLM)
