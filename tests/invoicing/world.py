"""A tenant that invoices: products, agreements, customers with addresses, a chart and the years 2024 to 2026."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from infosoc.accounts.roles import Role
from infosoc.crm.models.companies import Address
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.invoicing.commands import issue
from infosoc.invoicing.commands.issue import Issued, NewInvoice
from infosoc.invoicing.models import InvoicingSettings
from infosoc.invoicing.queries import parties
from infosoc.invoicing.rules import record
from infosoc.invoicing.rules.record import Heading, Kind, References, Terms
from infosoc.invoicing.rules.totals import Line
from infosoc.ledger.commands import years
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.builders import make_member
from tests.subscriptions.world import World, make_world

NOW = datetime(2024, 2, 1, 9, 0, tzinfo=UTC)
DAY = date(2024, 2, 1)
JOURNAL = Line("Journal", 1000, 10_000_000, "S25", account=3010)


def make_house(app: Flask) -> World:
    """The world of agreements, with books and settings; Ekman keeps the books."""
    world = make_world(app)
    with app.app_context(), transaction() as session:
        set_flag(session, world.ours, Flag.MODULE_FINANCE, True)
        with tenant_scope(Scope.alone(world.ours)):
            keeper = make_member(session, session.get(_tenant(), world.ours), None, Role.ACCOUNTANT)
            for year in (2024, 2025, 2026):
                years.add_year(session, date(year, 1, 1), date(year, 12, 31), by=keeper.id, now=NOW)
            for name, street, postcode, town in (
                ("akeri", "Storgatan 4", "903 26", "Umeå"), ("bygg", "Backen 1", "331 30", "Värnamo"),
                ("kommun", "Torget 1", "335 80", "Gnosjö"),
            ):  # fmt: skip
                session.add(Address(company_id=world.ids[name], kind="postal", street=street, postcode=postcode,
                                    town=town))  # fmt: skip
            session.add(InvoicingSettings(
                seller_name="Infosoc Exempel AB", org_number="5599999991", street="Vasagatan 12",
                postal_code="111 20", city="Stockholm", seat="Stockholm", bankgiro="9912346",
                endpoint="0007:5599999991", contact="Ekonomi", email="ekonomi@infosoc.example", phone="08-123 45 67",
                bills_from=date(2024, 1, 1),
            ))  # fmt: skip
            session.flush()
        session.expunge(keeper)
    world.users["ekman"] = keeper
    return world


def _tenant() -> Any:
    from infosoc.tenancy.models import Tenant

    return Tenant


def new_invoice(
    session: Session, world: World, source: str, *lines: Line, company: str = "akeri", on: date = DAY, **more: Any
) -> NewInvoice:
    """One of 1 000 kr and VAT to Åkeri AB, unless said."""
    own = parties.settings(session)
    assert own is not None
    customer = parties.customers(session, [world.ids[company]])[world.ids[company]]
    written = record.made(
        Heading(Kind.INVOICE, record.UNNUMBERED, on), lines or (JOURNAL,), seller=parties.seller_of(own, brand="green"),
        buyer=customer.party, references=References(), terms=Terms(date(on.year, on.month, 28), 30),
        unit_names={"C62": "st"},
    )  # fmt: skip
    accounts = parties.accounts_of(own, is_group=customer.is_group)
    return replace(NewInvoice(source, world.ids[company], written, accounts, "email", "bo@aker.example"), **more)


def issued(world: World, *sources: str, **more: Any) -> list[Issued]:
    with world.writing() as session:
        new = [new_invoice(session, world, source, **more) for source in sources]
        return issue.issue_many(session, new, by=world.users["ekman"].id, now=NOW)


@contextmanager
def raising_at_the_end(world: World) -> Iterator[Session]:
    """A transaction that is rolled back, as when the process is killed before it commits."""
    try:
        with world.writing() as session:
            yield session
            raise Killed
    except Killed:
        pass


class Killed(Exception):
    pass
