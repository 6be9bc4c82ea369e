"""`flask privacy`: what it prints, what it removes, and that its proof finds faults that are put in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.factory import create_app
from infosoc.invoicing.models import InvoicingSettings
from infosoc.privacy import columns, journal
from infosoc.suppression import pepper
from infosoc.suppression import queries as suppressions
from tests.privacy.world import ANNA, at, person, two_tenants
from tests.support.databases import let_go, settings


@pytest.fixture
def anna(app):
    """Anna, known to the first of two companies."""
    with app.app_context():
        two_tenants()
        contact_id = person()
        db.session.remove()
    return contact_id


@pytest.fixture(autouse=True)
def programs(databases, monkeypatch, backend):
    """PostgreSQL's programs of the test server's own version."""
    if backend == "postgresql":
        databases.fresh("postgresql", Path())
        server = databases._server
        monkeypatch.setenv("PG_BIN", str(Path(os.readlink(f"/proc/{server._process.pid}/exe")).parent))


def run(app, *arguments: str):
    return app.test_cli_runner().invoke(args=["privacy", *arguments])


def people(app) -> list[str]:
    with app.app_context(), every_tenant("a test looks"), transaction() as session:
        return list(session.scalars(select(Contact.name)))


def test_p25_an_extract_is_printed_as_json(app, anna):
    said = run(app, "extract", ANNA, "--tenant", "infosoc", "--language", "en")
    assert said.exit_code == 0, said.output
    made = json.loads(said.output)
    assert made["found"] is True
    assert made["parts"][0]["rows"][0]["Name"] == "Anna Lönn"


def test_p22_an_extract_of_a_stranger_says_what_was_searched(app, anna):
    made = json.loads(run(app, "extract", "nagon@x.example", "--tenant", "infosoc").output)
    assert made["found"] is False
    assert len(made["searched"]) == len(columns.told())


def test_an_extract_goes_into_a_file_for_its_owner_only(app, anna, tmp_path):
    file = tmp_path / "utdrag.json"
    assert run(app, "extract", ANNA, "--tenant", "infosoc", "--output", str(file)).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600


def test_p40_a_removal_says_what_went_and_what_is_kept(app, anna):
    said = run(app, "erase", ANNA, "--tenant", "infosoc", "--yes")
    assert said.exit_code == 0, said.output
    assert "contact 1" in said.output
    assert "hash of the address" in said.output
    assert people(app) == []


def test_a_removal_asks_first(app, anna):
    said = app.test_cli_runner().invoke(args=["privacy", "erase", ANNA, "--tenant", "infosoc"], input="n\n")
    assert said.exit_code == 1
    assert people(app) == ["Anna Lönn"]


def test_an_address_that_is_none_gives_one_line(app, anna):
    said = run(app, "extract", "ingen adress", "--tenant", "infosoc")
    assert said.exit_code == 1
    assert said.output.startswith("Error: This is not an e-mail address.")


def test_retention_wants_to_know_which(app, anna):
    assert run(app, "retention").exit_code == 2
    said = run(app, "retention", "--dry-run")
    assert said.exit_code == 0, said.output
    assert "infosoc: 0 proposed, 0 removed" in said.output
    assert "Nothing has been changed." in said.output


def test_verify_finds_nothing_wrong_and_leaves_nothing_behind(app, anna):
    said = run(app, "verify")
    assert said.exit_code == 0, said.output
    assert people(app) == ["Anna Lönn"]
    with app.app_context():
        assert journal.lines() == []


def test_verify_works_where_a_company_has_all_that_it_has_one_of(app, anna):
    with app.app_context(), at() as session:
        session.add(InvoicingSettings())
    said = run(app, "verify")
    assert said.exit_code == 0, said.output


@pytest.mark.sqlite_only
def test_verify_names_what_is_not_classified(app, anna, monkeypatch):
    table = columns.TABLES["contact_relation"]
    kept = {name: column for name, column in table.columns.items() if name != "notes"}
    without = tuple(
        type(table)(table.name, kept, table.part) if one is table else one for one in columns._ALL
    )  # fmt: skip
    monkeypatch.setattr(columns, "_ALL", without)
    said = run(app, "verify")
    assert said.exit_code == 1
    assert "not classified: contact_relation.notes" in said.output


@pytest.mark.sqlite_only
def test_verify_names_a_removed_address_that_comes_back(app, anna, monkeypatch):
    from infosoc.crm.commands import blocked

    monkeypatch.setattr(blocked, "refused_registration", lambda *_: set())
    said = run(app, "verify")
    assert said.exit_code == 1
    assert "a removed address can be written down again" in said.output


def test_p42_a_restore_removes_again_before_anybody_opens_it(app, anna, tmp_path_factory):
    file = tmp_path_factory.mktemp("backup") / "one.tar.gz"
    runner = app.test_cli_runner()
    said = runner.invoke(args=["backup", str(file)])
    assert said.exit_code == 0, said.output
    assert run(app, "erase", ANNA, "--tenant", "infosoc", "--yes").exit_code == 0
    said = runner.invoke(args=["restore", str(file), "--yes"])
    assert said.exit_code == 0, said.output
    assert "1 removals, 2 objections" in said.output
    assert people(app) == []
    with app.app_context(), at() as session:
        assert suppressions.of_address(session, pepper.digest(ANNA))


def test_p42_the_journal_of_a_backup_is_added_to_the_one_that_is_there(app, anna, tmp_path_factory, backend, databases):
    assert run(app, "erase", ANNA, "--tenant", "infosoc", "--yes").exit_code == 0
    file = tmp_path_factory.mktemp("backup") / "one.tar.gz"
    app.test_cli_runner().invoke(args=["backup", str(file)])
    folder = tmp_path_factory.mktemp("elsewhere")
    other = create_app(settings(databases.fresh(backend, folder), folder))
    try:
        with other.app_context():
            journal._append([{"what": "erasure", "at": "2026-01-01T00:00:00+00:00", "tenant": 99}])
        assert other.test_cli_runner().invoke(args=["restore", str(file)]).exit_code == 0
        with other.app_context():
            assert {line["tenant"] for line in journal.lines()} == {99, 1}
    finally:
        let_go(other)


def test_nobody_but_the_tenant_is_looked_at(app, anna):
    made = json.loads(run(app, "extract", ANNA, "--tenant", "rattsdata").output)
    assert made["found"] is False
    with app.app_context(), at("rattsdata") as session:
        assert session.scalar(select(ContactRelation.id)) is None
