"""An id that has been given is never given again, and the migration that sees to it harms nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import flask_migrate
import pytest
from sqlalchemy import select

from infosoc.accounts.models import User
from infosoc.audit import commands as audit
from infosoc.audit.queries import history
from infosoc.crm.commands import merge, purge, trash, unmerge
from infosoc.crm.models.changes import Undo
from infosoc.crm.models.companies import Company, CompanyRelation, Tag
from infosoc.crm.models.contacts import Contact
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import Status
from infosoc.db import bulk, search
from infosoc.db.base import Base
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from tests.builders import NOW, make_company, make_contact, make_entry, make_follow_up, make_member, make_tenant
from tests.support.databases import MIGRATIONS, let_go

MODELS: dict[str, Any] = {"company": Company, "contact": Contact, "entry": LogEntry, "follow_up": FollowUp}


@dataclass(frozen=True)
class Ours:
    """A tenant's scope and one who works there."""

    scope: Scope
    by: int

    def make(self, session, name: str) -> dict[str, int]:
        """A company with a person, an entry and a follow-up, each with a deed in the log; their ids by kind."""
        with transaction() as s, tenant_scope(self.scope):
            user = s.get_one(User, self.by)
            company = make_company(s, name)
            person = make_contact(s, company)
            entry = make_entry(s, company, user, contact=person)
            plan = make_follow_up(s, company, user, due_on=NOW.date())
            ids = {"company": company.id, "contact": person.id, "entry": entry.id, "follow_up": plan.id}
            for kind, one in ids.items():
                audit.record(s, "company changed", kind, one, by=self.by)
        return ids

    def purge(self, session, company_id: int) -> None:
        with transaction() as s, tenant_scope(self.scope):
            purge.company(s, s.scalars(select(CompanyRelation).where(CompanyRelation.company_id == company_id)).one())

    def deeds(self, session, kind: str, subject_id: int) -> list[str]:
        with tenant_scope(self.scope):
            return [item.event.deed for item in history(session, [(kind, subject_id)])]


@pytest.fixture
def ours(session) -> Ours:
    with transaction() as s:
        tenant = make_tenant(s)
        return Ours(Scope.alone(tenant.id), make_member(s, tenant).id)


def test_what_is_made_after_a_purge_has_ids_and_a_history_of_its_own(session, ours):
    gone = ours.make(session, "Borta AB")
    ours.purge(session, gone["company"])
    with transaction() as s, tenant_scope(ours.scope):
        company = make_company(s, "Nya AB")
        person = make_contact(s, company)
        made = {"company": company.id, "contact": person.id}
        entry = make_entry(s, company, s.get_one(User, ours.by))
        plan = make_follow_up(s, company, s.get_one(User, ours.by), due_on=NOW.date())
        made |= {"entry": entry.id, "follow_up": plan.id}
    for kind, one in made.items():
        assert one > gone[kind], kind
        assert ours.deeds(session, kind, one) == [], kind
        assert ours.deeds(session, kind, gone[kind]) != [], kind


def test_ids_taken_beforehand_are_not_those_of_what_is_gone(session, ours):
    gone = ours.make(session, "Borta AB")
    ours.purge(session, gone["company"])
    with transaction() as s, tenant_scope(ours.scope):
        for kind, model in MODELS.items():
            assert min(bulk.new_ids(s, model, 2)) > gone[kind], kind


def test_what_is_made_after_a_merge_is_not_taken_for_the_one_that_went(session, ours):
    with transaction() as s, tenant_scope(ours.scope):
        kept, gone = make_company(s, "Kvar AB"), make_company(s, "Borta AB")
        undo = merge.merge(s, gone.id, kept.id, taken={}, by=ours.by, now=NOW)
        gone_id, public_id = gone.id, undo.public_id
    with transaction() as s, tenant_scope(ours.scope):
        assert make_company(s, "Nya AB").id > gone_id
    with transaction() as s, tenant_scope(ours.scope):
        unmerge.unmerge(s, public_id, by=ours.by, now=NOW)
    with tenant_scope(ours.scope):
        assert session.scalars(select(Company.name).where(Company.id == gone_id)).one() == "Borta AB"


# ---- the migration ---------------------------------------------------------------------------------------------------


def as_before(path: str) -> None:
    """The tables as they were at revision 0005: without a memory of ids."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, '(id AUTOINCREMENT)', '(id)')")
        connection.execute("DELETE FROM sqlite_sequence")
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")


def contents(path: str) -> tuple[dict[str, list], list, list]:
    """Every row; the indexes and triggers; the foreign keys."""
    with closing(sqlite3.connect(path)) as connection:
        ask = connection.execute
        names = [table.name for table in Base.metadata.sorted_tables]
        rows = {name: ask(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names}
        parts = ask(
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type <> 'table' ORDER BY 1, 2"
        ).fetchall()
        keys = [(name, ask(f"PRAGMA foreign_key_list({name})").fetchall()) for name in names]
    return rows, parts, keys


def migrate(app, *, stamp: bool = True) -> None:
    with app.app_context():
        let_go(app)
        flask_migrate.upgrade(directory=str(MIGRATIONS), revision="0006")
        if stamp:
            flask_migrate.stamp(directory=str(MIGRATIONS))  # what came after it is there already


@pytest.fixture
def path(database_url) -> str:
    return database_url.removeprefix("sqlite:///")


@pytest.mark.sqlite_only
def test_the_migration_keeps_rows_indexes_triggers_and_foreign_keys(app, session, ours, path):
    ours.make(session, "Ett AB")
    with transaction() as s, tenant_scope(ours.scope):
        daughter = make_company(s, "Två AB", status=Status.CUSTOMER)
        daughter.parent_id = s.scalar(select(Company.id).where(Company.name == "Ett AB"))
        s.add(Tag(name="mässa"))
        s.flush()
    session.remove()
    let_go(app)
    as_before(path)
    before = contents(path)
    migrate(app)
    assert contents(path) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.sqlite_only
def test_after_the_migration_counts_search_and_foreign_keys_are_still_kept(app, session, ours, path):
    ours.make(session, "Ett AB")
    session.remove()
    let_go(app)
    as_before(path)
    migrate(app)
    with transaction() as s, tenant_scope(ours.scope):
        made = make_company(s, "Två AB", status=Status.CUSTOMER).public_id
    with tenant_scope(ours.scope):
        counts = {(row.kind, row.status): row.rows for row in session.scalars(select(RegisterCount)) if row.rows}
        assert counts == {("company", "prospect"): 1, ("company", "customer"): 1, ("contact", ""): 1}
        assert [hit.title for hit in search.find(session, "två")] == ["Två AB"]
    with transaction() as s, tenant_scope(ours.scope):
        trash.trash_company(s, made, by=ours.by, now=NOW)
    with tenant_scope(ours.scope):
        session.expire_all()
        counts = {(row.kind, row.status): row.rows for row in session.scalars(select(RegisterCount)) if row.rows}
        assert counts == {("company", "prospect"): 1, ("contact", ""): 1}
    with app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA legacy_alter_table").scalar() == 0


@pytest.mark.sqlite_only
def test_the_migration_goes_on_after_the_highest_id_that_log_or_images_remember(app, session, ours, path):
    gone = ours.make(session, "Borta AB")
    ours.purge(session, gone["company"])
    with transaction() as s, tenant_scope(ours.scope):
        images = {"posts": [7, 41], "company": {"points": [{"id": 52, "is_main": True}]}, "gone_relation": {"id": 63}}
        s.add(Undo(deed="company merged", by_id=ours.by, made_at=NOW, images=images))
        s.flush()
    session.remove()
    let_go(app)
    as_before(path)
    migrate(app)
    with closing(sqlite3.connect(path)) as connection:
        last = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    assert {kind: last[model.__tablename__] for kind, model in MODELS.items()} == gone
    assert (last["post"], last["contact_point"], last["company_relation"]) == (41, 52, 63)
    assert last["tag"] == 0


@pytest.mark.sqlite_only
def test_a_migration_that_was_broken_off_goes_on_with_the_tables_that_are_left(app, session, ours, path):
    ours.make(session, "Ett AB")
    session.remove()
    let_go(app)
    as_before(path)
    before = contents(path)
    migrate(app, stamp=False)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '(id AUTOINCREMENT)', '(id)') WHERE name = 'undo'"
        )
        connection.execute("UPDATE sqlite_sequence SET seq = 99 WHERE name = 'company'")
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    migrate(app)
    assert contents(path) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'company'").fetchone() == (99,)
