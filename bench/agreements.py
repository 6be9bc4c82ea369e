"""A tenant with books and very many agreements of three lines, each with a company of its own, for the billing goal."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Address, Company, CompanyRelation
from infosoc.db import bulk
from infosoc.db.tenancy import current_scope
from infosoc.invoicing.models import InvoicingSettings
from infosoc.kernel.public_id import new_public_ids
from infosoc.kernel.text import sort_key
from infosoc.ledger.commands import years
from infosoc.subscriptions.commands import agreements, products
from infosoc.subscriptions.commands.agreements import InvoiceDetails, NewAgreement, NewLine, Terms
from infosoc.subscriptions.commands.products import ProductFacts
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.support.agreements import copy_agreements

NOW = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)
MONTH = date(2024, 1, 1)
USER = 1


def write(session: Session, count: int) -> None:
    """Everything that a run needs, in the tenant of the scope: half of it monthly, half by the quarter."""
    write_books(session)
    session.add(
        InvoicingSettings(
            seller_name="Infosoc Exempel AB", org_number="5599999991", street="Vasagatan 12", postal_code="111 20",
            city="Stockholm", bankgiro="9912346", endpoint="0007:5599999991", bills_from=MONTH,
        )
    )  # fmt: skip
    company_ids = _companies(session, count)
    made = [products.add_product(session, _facts(name), by=USER, now=NOW).public_id for name in ("A", "B", "C")]
    for months in (1, 3):
        lines = [NewLine(public_id, 1000, 120_000 + 50_000 * at) for at, public_id in enumerate(made)]
        terms = Terms(starts_on=MONTH, billing_months=months)
        details = InvoiceDetails(recipient_name="Ekonomi", recipient_email="faktura@kund.example", reference="4711")
        first = session.get_one(Company, company_ids[months // 2]).public_id
        agreements.sign(session, NewAgreement(first, terms, details, lines), by=USER, now=NOW)
    copy_agreements(session, count - 2, company_ids[2:])


def write_books(session: Session) -> None:
    """The chart, which comes with the bookkeeping, and the fiscal year."""
    set_flag(session, current_scope().tenant_id, Flag.MODULE_FINANCE, True)
    years.add_year(session, MONTH, date(2024, 12, 31), by=USER, now=NOW)


def _facts(name: str) -> ProductFacts:
    return ProductFacts(name, f"Product {name}", deferral_account="2979")


def _companies(session: Session, count: int) -> list[int]:
    ids = bulk.new_ids(session, Company, count)
    names = [f"Kund {number} AB" for number in range(count)]
    bulk.add(
        session, Company, ("id", "public_id", "name"), list(zip(ids, new_public_ids(count), names, strict=True)),
        version=1, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    relations = [(at, sort_key(name)) for at, name in zip(ids, names, strict=True)]
    bulk.add(session, CompanyRelation, ("company_id", "name_sort"), relations, **_RELATION)
    bulk.add(
        session, Address, ("company_id",), [(at,) for at in ids], kind="postal", street="Storgatan 1",
        postcode="903 26", town="Umeå", country="SE",
    )  # fmt: skip
    return ids


_RELATION = {
    "status": "customer", "notes": "", "custom": {}, "source": "", "contacts": 0, "version": 1, "created_at": NOW,
}  # fmt: skip
