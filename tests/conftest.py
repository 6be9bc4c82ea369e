"""Fixtures for every test: an application on a fresh database, on SQLite and on PostgreSQL.

A test that asks for `app`, `client`, `session` or `database_url` runs twice, once on each. Mark it `sqlite_only` when
nothing in it depends on the database, `postgres_only` when it tries what only PostgreSQL has.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.layers import LayerReport

BACKENDS = ("sqlite", "postgresql")

# Files that take minutes, the longest first: begun last, one of them would keep the run waiting for a single worker.
LONGEST = (
    "tests/browser/test_every_page_on_a_phone.py", "tests/browser/test_every_page.py", "tests/play/test_year.py",
    "tests/architecture/test_isolation.py", "tests/architecture/test_statements.py", "tests/demo/test_demo.py",
    "tests/ledger/test_numbers.py", "tests/mailings/test_killed.py", "tests/invoicing/test_billing_killed.py",
    "tests/reminders/test_killed.py", "tests/invoicing/test_delivery_killed.py", "tests/tooling/test_run.py",
    "tests/browser/test_leaving.py",
)  # fmt: skip

# A busy machine is no error: how long an example takes to make or to try says nothing here.
hypothesis.settings.register_profile("infosoc", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("infosoc")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LayerReport(config), "infosoc-layers")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end: nobody need look through it for garbage again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the order is otherwise that of the files."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONGEST)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a database on both."""
    if "backend" not in metafunc.fixturenames:
        return
    markers = {marker.name for marker in metafunc.definition.iter_markers()}
    backends = [
        name
        for name in BACKENDS
        if not ("sqlite_only" in markers and name != "sqlite")
        and not ("postgres_only" in markers and name != "postgresql")
    ]
    metafunc.parametrize("backend", backends, indirect=True)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    return request.param


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """The templates that fresh databases are copied from."""
    from tests.support.databases import Databases

    made = Databases(tmp_path_factory.mktemp("templates"))
    yield made
    made.close()


@pytest.fixture
def database_url(backend: str, databases, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of this test's own."""
    url = databases.fresh(backend, tmp_path)
    yield url
    databases.drop(url)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The whole application on a fresh database, as if it had just been made."""
    from tests.support.applications import lend
    from tests.support.databases import let_go, settings

    application = lend(settings(database_url, tmp_path))
    application.testing = True
    yield application
    let_go(application)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript, nobody signed in."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session inside an application context; write with `transaction()`."""
    from infosoc.db.session import db

    with app.app_context():
        yield db.session
        db.session.remove()
