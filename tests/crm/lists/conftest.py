"""A tenant with a register that is awkward to sort: å ä ö, equal names, missing values."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.accounts.roles import Role, permissions_of
from infosoc.crm.lists import state
from infosoc.crm.lists.registry import list_named
from infosoc.crm.lists.spec import Choices, Reader
from infosoc.crm.lists.state import Query
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.queries import lists, lists_walk
from infosoc.crm.queries.lists import Page
from infosoc.crm.queries.lists_choices import choices
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_numbered
from tests.builders import NOW, make_company, make_contact, make_member, make_tenant, make_user, sign_in

NAMES = ("Åkeri", "Ängs", "Örn", "Ål", "Älg", "Öl", "Zeta", "Bo", "bo", "Åkeri", "Éclair", "Ü-bolaget", "Angel")
TODAY = date(2026, 11, 22)


@dataclass
class Register:
    """One tenant's register, and how a test asks for pages of its lists.

    No application context is left open between requests: what a request keeps would be found by the next.
    """

    app: Flask
    tenant_id: int
    user_id: int

    @property
    def session(self) -> Session:
        return db.session()

    @contextmanager
    def scope(self) -> Iterator[Session]:
        """Read as this tenant."""
        with self.app.app_context(), tenant_scope(scope_numbered(db.session(), self.tenant_id)):
            yield db.session()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write as this tenant."""
        with self.app.app_context(), transaction() as s, tenant_scope(scope_numbered(s, self.tenant_id)):
            yield s

    def reader(self, *roles: Role) -> Reader:
        return Reader(self.user_id, TODAY, permissions_of([role.value for role in roles or (Role.SELLER,)]))

    def query(self, list_name: str, address: str = "", *roles: Role) -> tuple[Query, Choices]:
        who = self.reader(*roles)
        known = choices(self.session, list_name, who)
        return state.read_text(list_named(list_name), address, who, known), known

    def page(self, list_name: str, address: str = "", *roles: Role, other_id: int | None = None) -> Page:
        query, known = self.query(list_name, address, *roles)
        return lists.page(self.session, lists_walk.walk(self.session, query, other_id=other_id), known)

    def names(self, list_name: str, address: str = "", *roles: Role) -> list[str]:
        return [row[3] for row in self.page(list_name, address, *roles).rows]


@pytest.fixture
def ours(app) -> Register:
    """An empty register with one seller."""
    return make_register(app, "infosoc")


def make_register(app: Flask, slug: str) -> Register:
    with app.app_context(), transaction() as s:
        tenant = make_tenant(s, slug)
        return Register(app, tenant.id, make_member(s, tenant).id)


def add_member(register: Register, *roles: Role) -> User:
    """A colleague with these roles."""
    with register.app.app_context(), transaction() as s:
        return make_member(s, s.get(Tenant, register.tenant_id), make_user(s, "Rut"), *roles)


@pytest.fixture
def crowd(ours) -> Register:
    """137 companies, each with a contact person, with many ties and gaps."""
    luck = random.Random(7)
    with ours.writing() as s:
        for number in range(137):
            company = make_company(
                s, f"{luck.choice(NAMES)} {number % 9}", status=luck.choice(list(Status)),
                municipality=luck.choice(("Gnosjö", "Åre", None)), owner_id=luck.choice((ours.user_id, None)),
            )  # fmt: skip
            contact = make_contact(s, company, f"{luck.choice(NAMES)} Berg")
            touched = luck.choice((None, NOW - timedelta(days=luck.randrange(5) * 40)))
            due = luck.choice((None, None, TODAY + timedelta(days=luck.randrange(-2, 3))))
            set_activity(s, company.id, contacted=touched, due=due)
            s.execute(
                update(ContactRelation).where(ContactRelation.contact_id == contact.id).values(last_contact_at=touched)
            )
    return ours


def set_activity(session, company_id: int, *, contacted: datetime | None = None, due: date | None = None) -> None:
    """The copies that lists sort by, as the commands would keep them."""
    session.execute(
        update(CompanyRelation)
        .where(CompanyRelation.company_id == company_id)
        .values(last_contact_at=contacted, next_follow_up_on=due, contacts=1)
    )


@pytest.fixture
def seller(ours, client) -> FlaskClient:
    """A browser in which the seller is signed in."""
    sign_in(client, user_of(ours))
    return client


def user_of(register: Register) -> User:
    with register.app.app_context():
        return register.session.scalar(select(User).where(User.id == register.user_id))


def company_named(session, name: str) -> Company:
    return session.scalar(select(Company).where(Company.name == name))
