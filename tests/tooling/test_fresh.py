"""What a test finds: nothing of the test before it, although application and database are used again."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, select

from infosoc.db.session import db, transaction
from infosoc.tenancy.models import Tenant
from tests.builders import make_tenant
from tests.support.applications import lend
from tests.support.databases import let_go, settings


def use(app: Flask) -> list[int]:
    """What a test does: write a tenant; gives the ids of all there are."""
    with app.app_context():
        with transaction() as session:
            make_tenant(session)
        found = list(db.session.scalars(select(Tenant.id)))
    let_go(app)
    return found


@pytest.fixture
def again(databases, backend, tmp_path: Path):
    """Does something with an application on a fresh database, then hands out the next of both."""

    def give(between=lambda app: None) -> tuple[Flask, Flask]:
        apps = []
        for name in ("first", "second"):
            folder = tmp_path / name
            folder.mkdir()
            url = databases.fresh(backend, folder)
            apps.append(lend(settings(url, folder)))
            if name == "first":
                assert use(apps[0]) == [1]
                between(apps[0])
            else:
                assert use(apps[1]) == [1], "rows or numbers of the first are left"
            databases.drop(url)
        return apps[0], apps[1]

    return give


def test_the_same_application_finds_an_empty_database(again):
    first, second = again()
    assert first is second


def test_settings_and_configuration_are_those_of_the_test(again, tmp_path):
    def change(app):
        app.config["WTF_CSRF_ENABLED"] = False
        app.extensions["settings"] = None
        app.extensions["remembered"]["a page"] = "of another test"
        app.extensions["watch"].batch = 1

    _, second = again(change)
    assert second.config["WTF_CSRF_ENABLED"]
    assert second.extensions["settings"].data_dir == tmp_path / "second"
    assert not second.extensions["remembered"]
    assert second.extensions["watch"].batch > 1


@pytest.mark.parametrize(
    "plant",
    [
        lambda app: app.add_url_rule("/planted", "planted", lambda: ""),
        lambda app: app.view_functions.update({"search.page": lambda: ""}),
        lambda app: app.before_request(lambda: None),
        lambda app: app.jinja_env.globals.update(planted=1),
        lambda app: app.jinja_env.filters.update(t=str),
        lambda app: setattr(app, "wsgi_app", lambda *_: []),
        lambda app: listen(app),
    ],
    ids=["route", "view", "hook", "global", "filter", "server", "listener"],
)
def test_an_application_that_was_changed_is_not_used_again(again, plant):
    first, second = again(plant)
    assert first is not second


def listen(app: Flask) -> None:
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *_: None)


@pytest.mark.postgres_only
@pytest.mark.parametrize(
    "statement",
    [
        "alter table tenant add column planted int",
        "create index planted on tenant (name)",
        "alter table tenant disable trigger all",
        "alter table company no force row level security",
        "analyze pg_class",
        "create table planted (id int)",
    ],
)
def test_a_database_that_was_changed_is_not_used_again(again, databases, statement):
    seen = []

    def change(app):
        seen.append(app.extensions["settings"].database_url)
        databases.execute(seen[0], statement)

    again(change)
    assert not databases.waits(seen[0])


@pytest.mark.postgres_only
def test_statistics_of_what_a_test_wrote_go_with_it(databases, backend, tmp_path):
    url = databases.fresh(backend, tmp_path)
    assert use(lend(settings(url, tmp_path))) == [1]
    databases.execute(url, "analyze tenant")
    assert known(url)
    databases.drop(url)
    assert databases.waits(url)
    assert not known(url)
    # Nor is any table known to be empty: a database that is new has such plans for its keys as look up one row.
    assert counted(url) == {-1}


def known(url: str) -> list[str]:
    """Columns of tenants that PostgreSQL has statistics of."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return [name for (name,) in connection.execute("select attname from pg_stats where tablename = 'tenant'")]


def counted(url: str) -> set[float]:
    """How many rows PostgreSQL thinks that the tables have; -1 is not known."""
    tables = "select reltuples from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return {number for (number,) in connection.execute(f"{tables} and relname <> 'alembic_version'")}


@pytest.mark.postgres_only
def test_a_database_is_emptied_although_somebody_holds_its_rows(databases, backend, tmp_path):
    url = databases.fresh(backend, tmp_path)
    app = lend(settings(url, tmp_path))
    with app.app_context():
        holder = db.engine.connect()
        holder.exec_driver_sql("select * from tenant for update")
        databases.drop(url)
        holder.invalidate()
    let_go(app)
    assert databases.waits(url)
