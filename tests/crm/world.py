"""Small worlds for the register's tests: two tenants, their people, a few companies; two records of one company."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from infosoc.accounts.models import User
from infosoc.accounts.roles import Role
from infosoc.crm.commands import bulk, copies
from infosoc.crm.models.companies import Company, CompanyRelation, CompanyTag, Tag
from infosoc.crm.rules import EntryKind, Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import (
    make_company,
    make_contact,
    make_entry,
    make_follow_up,
    make_member,
    make_tenant,
    make_user,
    sign_in,
)

HTMX = {"HX-Request": "true"}


@dataclass
class World:
    """Ids and public ids only: rows do not outlive their session."""

    app: Flask
    ours: int
    theirs: int
    users: dict[str, User]
    companies: dict[str, str]
    ids: dict[str, int]
    contacts: dict[str, str]

    def client(self, name: str = "karin") -> FlaskClient:
        """A browser in which this person is signed in."""
        client = self.app.test_client()
        sign_in(client, self.users[name])
        return client

    @contextmanager
    def writing(self, tenant_id: int | None = None) -> Iterator[Any]:
        with self.app.app_context(), tenant_scope(Scope.alone(tenant_id or self.ours)), transaction() as session:
            yield session

    @contextmanager
    def reading(self, tenant_id: int | None = None) -> Iterator[Any]:
        with self.app.app_context():
            session = db.session()
            with tenant_scope(scope_numbered(session, tenant_id or self.ours)):
                yield session

    def plan(self, company: str = "akeri", *, who: str = "karin", due: int = 0, note: str = "") -> str:
        """A follow-up so many days from today; returns its public id."""
        with self.writing() as session:
            row = session.scalar(select(Company).where(Company.id == self.ids[company]))
            public_id = make_follow_up(session, row, self.users[who], due_on=days(due), note=note).public_id
            copies.refresh_next_follow_up(session, row.id)
        return public_id

    def log(self, company: str = "akeri", *, who: str = "karin", kind: EntryKind = EntryKind.CALL, **more: Any) -> str:
        """An entry of our log; returns its public id."""
        with self.writing() as session:
            row = session.scalar(select(Company).where(Company.id == self.ids[company]))
            public_id = make_entry(session, row, self.users[who], kind=kind, **more).public_id
            copies.refresh_activity(session, row.id)
        return public_id

    def share(self, tenant_id: int, *flags: Flag) -> None:
        with self.app.app_context(), transaction() as session:
            for flag in flags:
                set_flag(session, tenant_id, flag, True)


def make_world(app: Flask) -> World:
    """Karin and Per sell for us, Anna leads, Rut reads; Sven sells for the others, who know Gnosjö alone."""
    with app.app_context(), transaction() as session:
        ours, theirs = make_tenant(session, "infosoc"), make_tenant(session, "rattsdata")
        users = {
            name: make_member(session, tenant, make_user(session, full), role)
            for name, full, tenant, role in (
                ("karin", "Karin Ek", ours, Role.SELLER),
                ("per", "Per Alm", ours, Role.SELLER),
                ("anna", "Anna Berg", ours, Role.ADMINISTRATOR),
                ("rut", "Rut Lind", ours, Role.READER),
                ("emil", "Emil Hed", ours, Role.EMPLOYEE),
                ("sven", "Sven Dahl", theirs, Role.SELLER),
            )
        }
        companies, contacts, ids = {}, {}, {}
        with tenant_scope(Scope.alone(ours.id)):
            for key, name in (("akeri", "Åkeri AB"), ("lonn", "Lönns Bygg")):
                made = make_company(session, name, phone="+46701740610")
                companies[key], ids[key] = made.public_id, made.id
                if key == "akeri":
                    contacts["bo"] = make_contact(session, made, "Bo Lönn").public_id
        with tenant_scope(Scope.alone(theirs.id)):
            made = make_company(session, "Gnosjö kommun")
            companies["gnosjo"], ids["gnosjo"] = made.public_id, made.id
            contacts["maj"] = make_contact(session, made, "Maj Holm").public_id
        for user in users.values():
            session.expunge(user)
        return World(app, ours.id, theirs.id, users, companies, ids, contacts)


def days(number: int) -> date:
    return clock.today() + timedelta(days=number)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The SQL statements sent while the body runs, transaction control and row security left out."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "select set_config")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def two_records(s, user):
    """Åkeri twice, each with its own things."""
    first = make_company(s, "Åkeri AB", phone="+4681111111", status=Status.CUSTOMER)
    second = make_company(s, "Åkeriet i Umeå AB", phone="+4682222222", municipality="Umeå")
    person = make_contact(s, second, "Bo Lönn")
    make_entry(s, second, user, text="ringde om offerten", contact=person)
    make_follow_up(s, second, user, due_on=date(2027, 1, 1))
    tag = Tag(name="julkort")
    s.add(tag)
    s.flush()
    relation = s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == second.id))
    s.add(CompanyTag(relation_id=relation.id, tag_id=tag.id))
    relation.notes = "Bra kaffe"
    s.flush()
    for company in (first, second):
        copies.refresh_activity(s, company.id)
        copies.refresh_people(s, company.id)
    return first, second


def begin_edit(s, edit, ids, user, owner_id=None):
    undo = bulk.begin(s, edit, ids, owner_id=owner_id, by=user.id, now=clock.now())
    bulk.apply(s, undo.id, ids)
    return undo
