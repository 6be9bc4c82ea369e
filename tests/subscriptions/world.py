"""A tenant with a catalogue, a price list, customers and people who may do different things; and another tenant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.accounts.roles import Role
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.subscriptions.commands import agreements, prices, products
from infosoc.subscriptions.commands.agreements import InvoiceDetails, NewAgreement, NewLine, Terms
from infosoc.subscriptions.commands.prices import NewPrice
from infosoc.subscriptions.commands.products import ProductFacts
from infosoc.subscriptions.models import Agreement
from infosoc.subscriptions.rules.amounts import Tier
from infosoc.subscriptions.rules.words import Billing
from infosoc.tenancy.queries import scope_numbered
from tests.builders import csrf_token, make_company, make_contact, make_member, make_tenant, make_user, sign_in

NOW = datetime(2024, 1, 2, 9, 0, tzinfo=UTC)
FIRST = date(2024, 1, 1)
BY_MAIL = InvoiceDetails(recipient_name="Bo Lönn", recipient_email="faktura@aker.example")


@dataclass
class World:
    """Ids and public ids only: rows do not outlive their session."""

    app: Flask
    ours: int
    theirs: int
    users: dict[str, User]
    companies: dict[str, str]
    ids: dict[str, int]
    contact: str
    products: dict[str, str]
    price_list: str

    @contextmanager
    def writing(self, tenant_id: int | None = None) -> Iterator[Session]:
        with self.app.app_context(), tenant_scope(Scope.alone(tenant_id or self.ours)), transaction() as session:
            yield session

    @contextmanager
    def reading(self, tenant_id: int | None = None) -> Iterator[Session]:
        with self.app.app_context():
            session = db.session()
            with tenant_scope(scope_numbered(session, tenant_id or self.ours)):
                yield session

    def client(self, name: str = "anna") -> FlaskClient:
        client = self.app.test_client()
        sign_in(client, self.users[name])
        return client

    def sign(self, *lines: NewLine, company: str = "akeri", **terms: Any) -> str:
        """An agreement in force since the first of January 2024; returns its public id."""
        lines = lines or (self.line(),)
        terms = {"starts_on": FIRST, "billing_months": 12, "notice_months": 3, **terms}
        details = terms.pop("details", BY_MAIL)
        listed = terms.pop("price_list_id", self.price_list)
        new = NewAgreement(self.companies[company], Terms(**terms), details, list(lines), listed)
        with self.writing() as session:
            return agreements.sign(session, new, by=self.users["anna"].id, now=NOW).public_id

    def line(self, product: str = "journal", ore: int | None = 120_000, **more: Any) -> NewLine:
        """A line, at 1 200 kr a month unless said."""
        return NewLine(self.products[product], price_ore=ore, **more)


def make_world(app: Flask) -> World:
    """Anna administers, Karin sells, Rut reads, Emil is employed; Sven works for the others."""
    with app.app_context(), transaction() as session:
        ours, theirs = make_tenant(session, "infosoc"), make_tenant(session, "rattsdata")
        users = {
            name: make_member(session, tenant, make_user(session, full), role)
            for name, full, tenant, role in (
                ("anna", "Anna Berg", ours, Role.ADMINISTRATOR),
                ("karin", "Karin Ek", ours, Role.SELLER),
                ("rut", "Rut Lind", ours, Role.READER),
                ("emil", "Emil Hed", ours, Role.EMPLOYEE),
                ("sven", "Sven Dahl", theirs, Role.SELLER),
            )
        }
        with tenant_scope(Scope.alone(ours.id)):
            aker = make_company(session, "Åkeri AB", org_number="5560160680")
            bygg = make_company(session, "Lönns Bygg", status=Status.PROSPECT)
            town = make_company(session, "Gnosjö kommun", legal_form="municipality")
            contact = make_contact(session, aker, "Bo Lönn", email="bo@aker.example")
            by = users["anna"].id
            made = {
                "journal": _product(session, "JOURNAL", "Journal", by=by),
                "avvik": _product(session, "AVVIK", "Avvikelserapportering", by=by),
                "sms": _product(session, "SMS", "Sms", Billing.USAGE, by=by),
            }
            of_list = prices.add_list(session, "Normalpris", by=by, now=NOW)
            for product, price in (
                ("journal", NewPrice(FIRST, 100_000)),
                ("avvik", NewPrice(FIRST, 600_000, 12)),
                ("sms", NewPrice(FIRST, 0, tiers=(Tier(0, 100), Tier(1_000_000, 50)))),
            ):
                prices.set_price(session, of_list.public_id, made[product], price, by=by, now=NOW)
            world = World(
                app, ours.id, theirs.id, users,
                {"akeri": aker.public_id, "bygg": bygg.public_id, "kommun": town.public_id},
                {"akeri": aker.id, "bygg": bygg.id, "kommun": town.id}, contact.public_id, made, of_list.public_id,
            )  # fmt: skip
        for user in users.values():
            session.expunge(user)
    return world


def _product(session: Session, code: str, name: str, billing: Billing = Billing.FIXED, *, by: int) -> str:
    facts = ProductFacts(code, name, billing=billing.value, deferral_account="2979")
    return products.add_product(session, facts, by=by, now=NOW).public_id


def stored(session: Session, public_id: str) -> Agreement:
    from infosoc.subscriptions.queries.agreements import card

    return card(session, public_id, on=clock.today()).agreement


def post(client: FlaskClient, path: str, page: str = "/infosoc/agreements", **fields: Any) -> Any:
    token = csrf_token(client, page)
    return client.post(path, data={"csrf_token": token, "submission": str(clock.now().timestamp()), **fields})
