"""Backup and restore: everything comes back as it was, and nothing goes out by itself afterwards."""

from __future__ import annotations

import gzip
import os
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from infosoc.crm.models.companies import Company
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.factory import create_app
from infosoc.jobs.worker import Worker
from infosoc.outbox import commands, jobs, queries
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW, make_company, make_member, make_tenant
from tests.support.databases import let_go, settings


@pytest.fixture(autouse=True)
def programs(databases, monkeypatch, backend):
    """PostgreSQL's programs of the test server's own version."""
    if backend == "postgresql":
        databases.fresh("postgresql", Path())
        server = databases._server
        monkeypatch.setenv("PG_BIN", str(Path(os.readlink(f"/proc/{server._process.pid}/exe")).parent))


@pytest.fixture
def filled(app, tmp_path):
    """An installation with a company, a message that waits, a file and a key."""
    with app.app_context(), transaction() as session:
        tenant = make_tenant(session)
        make_member(session, tenant)
        with tenant_scope(scope_named(session, "infosoc")):
            make_company(session, "Åkeri Lönn AB")
            commands.queue(session, recipient="bo@a.example", subject="S", text="T", unique_key="k", now=NOW)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "lista.csv").write_bytes("Åkeri;Lönn".encode("cp1252"))
    key = tmp_path / "secret_key"
    key.write_text("hemlig")
    key.chmod(0o600)
    return app


@pytest.fixture
def backup(filled, tmp_path_factory):
    file = tmp_path_factory.mktemp("backup") / "one.tar.gz"
    said = run(filled, "backup", str(file))
    assert said.exit_code == 0, said.output
    return file


@pytest.fixture
def elsewhere(backend, databases, tmp_path_factory):
    """Another installation: a migrated, empty database and an empty data folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    url = databases.fresh(backend, folder)
    app = create_app(settings(url, folder))
    yield app
    let_go(app)
    databases.drop(url)


def run(app, *arguments: str):
    return app.test_cli_runner().invoke(args=list(arguments))


def company_names(app) -> list[str]:
    with app.app_context(), every_tenant("a test looks"):
        names = list(db.session().scalars(select(Company.name).order_by(Company.name)))
        db.session.remove()
        return names


def test_everything_comes_back_on_another_installation(backup, elsewhere):
    said = run(elsewhere, "restore", str(backup))
    assert said.exit_code == 0, said.output
    assert company_names(elsewhere) == ["Åkeri Lönn AB"]
    folder = elsewhere.extensions["settings"].data_dir
    assert (folder / "files" / "lista.csv").read_bytes() == "Åkeri;Lönn".encode("cp1252")
    assert (folder / "secret_key").read_text() == "hemlig"
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_restored_database_still_works_and_keeps_its_rules(backup, elsewhere):
    run(elsewhere, "restore", str(backup))
    with elsewhere.app_context():
        with transaction() as session, tenant_scope(scope_named(session, "infosoc")):
            make_company(session, "Ny AB")
        with transaction() as session:
            make_tenant(session, "rattsdata")
        with tenant_scope(scope_named(db.session(), "rattsdata")):
            assert db.session().scalar(select(func.count(Company.id))) == 0
        db.session.remove()
    assert company_names(elsewhere) == ["Ny AB", "Åkeri Lönn AB"]


@pytest.mark.postgres_only
def test_row_level_security_is_there_after_a_restore(backup, elsewhere):
    run(elsewhere, "restore", str(backup))
    with elsewhere.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("select current_user").scalar() == "infosoc_app"
        assert connection.exec_driver_sql("select count(*) from company").scalar() == 0
        connection.exec_driver_sql("select set_config('infosoc.tenant', '*', true)")
        assert connection.exec_driver_sql("select count(*) from company").scalar() == 1


def test_no_mail_goes_out_after_a_restore_until_a_person_says_so(backup, elsewhere):
    run(elsewhere, "restore", str(backup))
    assert "off" in run(elsewhere, "mail", "status").output
    with elsewhere.app_context():
        assert queries.pause(db.session()) is not None
        with every_tenant("a test looks"):
            message = db.session().scalars(select(OutboxMessage)).one()
            assert message.state == MessageState.UNCERTAIN
            assert jobs._claim_batch("a worker") == []
        db.session.remove()
    assert run(elsewhere, "mail", "resume").exit_code == 0
    assert "on" in run(elsewhere, "mail", "status").output


def test_a_database_that_holds_something_is_replaced_only_when_told(filled, backup):
    with filled.app_context(), transaction() as session, tenant_scope(scope_named(session, "infosoc")):
        make_company(session, "Senare AB")
    said = run(filled, "restore", str(backup))
    assert (said.exit_code, "--yes" in said.output) == (1, True)
    assert "Senare AB" in company_names(filled)
    said = run(filled, "restore", str(backup), "--yes")
    assert said.exit_code == 0, said.output
    assert company_names(filled) == ["Åkeri Lönn AB"]


def test_a_database_with_a_living_worker_is_not_replaced(filled, backup):
    worker = Worker(filled)
    worker.beat()
    said = run(filled, "restore", str(backup), "--yes")
    assert said.exit_code == 1
    assert "worker" in said.output


@pytest.mark.sqlite_only
def test_a_damaged_backup_changes_nothing(backup, elsewhere, tmp_path_factory):
    raw = bytearray(gzip.decompress(backup.read_bytes()))
    at = raw.find("Åkeri Lönn".encode())
    raw[at] ^= 1
    damaged = tmp_path_factory.mktemp("damaged") / "two.tar.gz"
    damaged.write_bytes(gzip.compress(bytes(raw)))
    said = run(elsewhere, "restore", str(damaged))
    assert (said.exit_code, "damaged" in said.output) == (1, True)
    assert company_names(elsewhere) == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "files/../../outside"])
def test_an_archive_cannot_write_outside_its_folder(elsewhere, tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("evil")
    with tarfile.open(folder / "evil.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo(name))
    said = run(elsewhere, "restore", str(folder / "evil.tar.gz"))
    assert said.exit_code == 1
    assert "leads out of it" in said.output


@pytest.mark.sqlite_only
def test_any_other_file_is_refused_in_one_line(elsewhere, tmp_path):
    other = tmp_path / "letter.txt"
    other.write_text("hej")
    said = run(elsewhere, "restore", str(other))
    assert said.exit_code == 1
    assert said.output.count("\n") == 1


@pytest.mark.sqlite_only
def test_a_backup_is_readable_by_its_owner_only_and_never_written_over(filled, backup):
    assert backup.stat().st_mode & 0o777 == 0o600
    before = backup.read_bytes()
    assert run(filled, "backup", str(backup)).exit_code == 1
    assert backup.read_bytes() == before
    assert list(backup.parent.iterdir()) == [backup]


@pytest.mark.sqlite_only
def test_a_backup_of_one_kind_of_database_is_not_put_into_the_other(backup, databases, tmp_path_factory, monkeypatch):
    app = create_app(settings(databases.fresh("postgresql", tmp_path_factory.mktemp("pg")), backup.parent))
    said = run(app, "restore", str(backup))
    let_go(app)
    assert said.exit_code == 1
    assert "sqlite" in said.output
