"""Builders that fill in all but what matters, for use inside `transaction()`; a tenant's things in its scope."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from infosoc.accounts import sessions
from infosoc.accounts.models import Membership, User
from infosoc.accounts.roles import Role
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import EntryKind, Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock, text
from infosoc.tenancy import commands as tenancy
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_numbered

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PASSWORD = "gröna kullar om hösten"
_numbers = itertools.count(1)


def make_tenant(session: Session, slug: str = "infosoc", *, name: str | None = None) -> Tenant:
    return tenancy.add_tenant(session, slug, name or slug.title(), now=NOW)


def make_user(session: Session, name: str = "Karin Ek", *, email: str | None = None) -> User:
    user = User(
        name=name, email=email or f"user{next(_numbers)}@infosoc.example", created_at=NOW,
        password_hash=current_app.extensions["hasher"].hash(PASSWORD),
    )  # fmt: skip
    session.add(user)
    session.flush()
    return user


def make_member(
    session: Session, tenant: Tenant, user: User | None = None, *roles: Role, ends_on: date | None = None
) -> User:
    """A user with these roles (seller unless said) in the tenant."""
    user = user or make_user(session)
    with tenant_scope(scope_numbered(session, tenant.id)):
        names = [role.value for role in roles or (Role.SELLER,)]
        session.add(Membership(user_id=user.id, roles=names, ends_on=ends_on, created_at=NOW))
        session.flush()
    return user


def make_company(
    session: Session,
    name: str = "Åkeri AB",
    *,
    org_number: str | None = None,
    status: Status = Status.PROSPECT,
    municipality: str | None = None,
    owner_id: int | None = None,
    phone: str | None = None,
    **facts,
) -> Company:
    """A company with a relation of the tenant in whose scope this runs."""
    company = Company(
        name=name, org_number=org_number, municipality=municipality, created_at=NOW, changed_at=NOW, **facts
    )
    session.add(company)
    session.flush()
    session.add(
        CompanyRelation(
            company_id=company.id, status=status, owner_id=owner_id, name_sort=text.sort_key(name),
            municipality=municipality, source="test", source_on=NOW.date(), created_at=NOW,
        )
    )  # fmt: skip
    if phone:
        session.add(ContactPoint(company_id=company.id, kind="phone", value=phone, normalised=phone, is_main=True))
    session.flush()
    return company


def make_contact(
    session: Session, company: Company, name: str = "Bo Lönn", *, title: str = "Chef", email: str | None = None
) -> Contact:
    """A contact person at the company."""
    contact = Contact(name=name, created_at=NOW, changed_at=NOW)
    session.add(contact)
    session.flush()
    session.add(Post(contact_id=contact.id, company_id=company.id, title=title))
    session.add(
        ContactRelation(
            contact_id=contact.id, name_sort=text.sort_key(name), company_sort=text.sort_key(company.name),
            source="test", source_on=NOW.date(), created_at=NOW,
        )
    )  # fmt: skip
    if email:
        session.add(ContactPoint(contact_id=contact.id, kind="email", value=email, normalised=email, is_main=True))
    session.flush()
    return contact


def make_entry(
    session: Session,
    company: Company,
    by: User,
    *,
    kind: EntryKind = EntryKind.CALL,
    happened_at: datetime = NOW,
    text: str = "",
    contact: Contact | None = None,
) -> LogEntry:
    """A row of the contact log."""
    entry = LogEntry(
        company_id=company.id, contact_id=contact.id if contact else None, kind=kind, by_id=by.id,
        happened_at=happened_at, text=text, created_at=NOW,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    return entry


def make_follow_up(
    session: Session, company: Company, assignee: User, *, due_on: date, note: str = "", done_at: datetime | None = None
) -> FollowUp:
    follow_up = FollowUp(
        company_id=company.id, assignee_id=assignee.id, due_on=due_on, note=note, done_at=done_at,
        created_at=NOW, created_by=assignee.id,
    )  # fmt: skip
    session.add(follow_up)
    session.flush()
    return follow_up


def sign_in(client: FlaskClient, user: User) -> None:
    """Put the user in the client's cookie by the one function that makes sessions."""
    with client.application.app_context(), transaction() as session:
        token = sessions.create_session(session, user.id, now=clock.now(), address="127.0.0.1", browser="test")
    with client.session_transaction() as cookie:
        cookie["token"] = token


def csrf_token(client: FlaskClient, page: str) -> str:
    """The token of the page's meta tag, for forms sent by tests."""
    html = client.get(page).get_data(as_text=True)
    return html.partition('name="csrf-token" content="')[2].partition('"')[0]
