"""Mailings after a restore: nothing goes by itself, nothing twice, and every link in the wild still works."""

from __future__ import annotations

import os
import tarfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from infosoc.crm.models.contacts import Contact
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.factory import create_app
from infosoc.kernel import clock
from infosoc.mailings import jobs, tokens
from infosoc.mailings.commands import freezing, sending
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient
from infosoc.mailings.queries.deliveries import delivery
from infosoc.mailings.rules import RecipientState, State
from infosoc.suppression import pepper
from infosoc.suppression.models import Suppression
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW
from tests.mailings.builders import make_list, make_mailing, make_person, reader
from tests.mailings.posting import in_tenant, letters_of, mailing_of, make_posting
from tests.outbox.conftest import sink, worker  # noqa: F401 - fixtures
from tests.support.databases import let_go, settings


@pytest.fixture(autouse=True)
def programs(databases, monkeypatch, backend):
    """PostgreSQL's programs of the test server's own version."""
    jobs._rest_until.clear()
    if backend == "postgresql":
        databases.fresh("postgresql", Path())
        server = databases._server
        monkeypatch.setenv("PG_BIN", str(Path(os.readlink(f"/proc/{server._process.pid}/exe")).parent))


@pytest.fixture
def elsewhere(backend, databases, tmp_path_factory):
    """Another installation: a migrated, empty database and an empty data folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    url = databases.fresh(backend, folder)
    app = create_app(settings(url, folder))
    yield app
    let_go(app)
    databases.drop(url)


@contextmanager
def inside(app):
    """The session of one of the two applications."""
    with app.app_context():
        yield db.session
        db.session.remove()


def post(app, count: int, **named):
    with inside(app) as session:
        return make_posting(session, count, **named)


def run(app, *arguments: str):
    return app.test_cli_runner().invoke(args=list(arguments))


def sends(app, sink):
    app.extensions["settings"] = replace(
        app.extensions["settings"], smtp_url=sink.url, mail_from="kund@infosoc.example", base_url="https://k.example"
    )
    return app


@pytest.fixture
def restored(app, elsewhere, tmp_path_factory, sink):
    """Takes a backup, lets something happen, and restores it elsewhere, mail turned on again by a person."""

    def restore(meanwhile):
        file = tmp_path_factory.mktemp("backup") / "one.tar.gz"
        assert run(app, "backup", str(file)).exit_code == 0
        meanwhile()
        said = run(elsewhere, "restore", str(file))
        assert said.exit_code == 0, said.output
        assert "off" in run(elsewhere, "mail", "status").output
        assert run(elsewhere, "mail", "resume").exit_code == 0
        return sends(elsewhere, sink)

    return restore


def states(app) -> tuple[str, list[str]]:
    with inside(app) as session:
        return mailing_of(session).state, [letter.state for letter in letters_of(session)]


STATES = [State.APPROVED, State.SENDING, State.PAUSED, State.FROZEN]


@pytest.mark.parametrize("state", STATES)
def test_m23_a_mailing_that_was_sent_after_the_backup_is_not_sent_again(restored, app, sink, worker, state):
    posted = post(app, 3, state=state, scheduled_at=clock.now() - timedelta(minutes=5))

    def meanwhile():
        if state is not State.SENDING:
            with inside(app), every_tenant("a test"), transaction() as writing:
                writing.scalars(select(Mailing)).one().state = State.SENDING.value
        jobs.send_waiting(worker, sends(app, sink))
        assert len(sink.letters) == 3

    there = restored(meanwhile)
    jobs.send_waiting(worker, there)
    assert len(sink.letters) == 3
    kept, letters = states(there)
    assert letters == [RecipientState.UNCERTAIN] * 3
    assert kept == (State.PAUSED if state is State.SENDING else state)
    with inside(there) as session:
        mailing = mailing_of(session)
        assert (mailing.uncertain, mailing.scheduled_at, mailing.state_reason) == (3, None, sending.RESTORED)
        in_tenant(session, sending.settle_uncertain, posted.public_id, arrived=True, by=posted.karin, now=NOW)
    jobs.send_waiting(worker, there)
    assert len(sink.letters) == 3


def test_m20_what_had_not_gone_is_not_lost_a_person_sends_it(restored, app, sink, worker):
    posted = post(app, 2)
    there = restored(lambda: None)
    with inside(there) as session:
        in_tenant(session, sending.settle_uncertain, posted.public_id, arrived=False, by=posted.karin, now=NOW)
        in_tenant(session, sending.resume, posted.public_id, by=posted.karin, now=NOW)
    jobs.send_waiting(worker, there)
    assert len(sink.letters) == 2
    assert states(there) == (State.DONE, [RecipientState.SENT] * 2)


def test_m12_links_in_letters_still_work_after_a_restore(restored, app):
    post(app, 1)
    ring = {1: bytes.fromhex("11" * 32)}
    with inside(app) as session:
        token = tokens.token(letters_of(session)[0].delivery, ring)
    there = restored(lambda: None)
    with inside(there) as session:
        keys = tokens.read_keys(there.extensions["settings"].unsubscribe_keys)
        assert delivery(session, tokens.delivery_of(token, keys)) is not None


@pytest.mark.parametrize("has_list", [True, False])
def test_m12_links_in_letters_fixed_after_the_backup_work_too(app, tmp_path_factory, has_list):
    """Nobody but the letter knows of them: the person gets out all the same, of the list or of all that we send."""
    posted, address = post(app, 0), "anna@kommun.example"
    file = tmp_path_factory.mktemp("backup") / "one.tar.gz"
    with inside(app) as session, transaction() as writing, tenant_scope(scope_named(session, posted.slug)):
        make_person(writing, email=address)
    if has_list:
        with inside(app) as session, transaction() as writing, tenant_scope(scope_named(session, posted.slug)):
            of_list = make_list(writing, "Nytt", by=posted.karin).public_id
    assert run(app, "backup", str(file)).exit_code == 0
    with inside(app) as session, transaction() as writing, tenant_scope(scope_named(session, posted.slug)):
        if not has_list:
            of_list = make_list(writing, "Nytt", by=posted.karin).public_id
        its_list = writing.scalars(select(MailingList).where(MailingList.public_id == of_list)).one()
        made = make_mailing(writing, its_list, by=posted.karin)
        freezing.freeze(writing, made.public_id, reader=reader(posted.karin), by=posted.karin, now=NOW)
        letter = writing.scalars(select(MailingRecipient.delivery).where(MailingRecipient.mailing_id == made.id)).one()
    keys = tokens.read_keys(app.extensions["settings"].unsubscribe_keys)
    assert run(app, "restore", str(file), "--yes").exit_code == 0
    client, path = app.test_client(), f"/unsubscribe/{tokens.token(letter, keys)}"
    assert "Nytt" in client.get(path).get_data(as_text=True)
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with inside(app) as session, tenant_scope(scope_named(session, posted.slug)):
        (row,) = session.scalars(select(Suppression))
        assert (row.digest, row.list_id is not None) == (pepper.digest(address), has_list)
    assert client.post(f"{path}/remove", data={"remove": "tenant"}).status_code == 200
    with inside(app) as session, tenant_scope(scope_named(session, posted.slug)):
        assert session.scalars(select(Contact.name)).all() == []


def test_m12_a_restored_mailing_that_may_have_gone_is_not_opened_for_changes(restored, app):
    posted = post(app, 2, state=State.FROZEN)
    there = restored(lambda: None)
    with inside(there) as session:
        for arrived in (None, True):
            if arrived:
                in_tenant(session, sending.settle_uncertain, posted.public_id, arrived=True, by=posted.karin, now=NOW)
            with pytest.raises(freezing.MayHaveGone):
                in_tenant(session, freezing.thaw, posted.public_id, by=posted.karin)
        assert len(letters_of(session)) == 2


def test_m12_a_key_that_was_added_after_the_backup_stays_in_the_ring(app, tmp_path_factory):
    post(app, 1)
    ring = app.extensions["settings"].data_dir / "unsubscribe_keys"
    ring.write_text("1:" + "11" * 32 + "\n")
    file = tmp_path_factory.mktemp("backup") / "one.tar.gz"
    assert run(app, "backup", str(file)).exit_code == 0
    ring.write_text("1:" + "99" * 32 + "\n2:" + "22" * 32 + "\n")
    said = run(app, "restore", str(file), "--yes")
    assert said.exit_code == 0, said.output
    assert tokens.read_keys(ring.read_text()) == {1: bytes.fromhex("11" * 32), 2: bytes.fromhex("22" * 32)}


def test_m17_the_pepper_is_not_in_a_backup_and_a_wrong_one_is_refused(app, elsewhere, tmp_path_factory):
    post(app, 1)
    folder = app.extensions["settings"].data_dir
    (folder / "suppression_pepper").write_text("hemligt")
    (folder / "unsubscribe_keys").write_text("1:" + "11" * 32)
    file = tmp_path_factory.mktemp("backup") / "one.tar.gz"
    said = run(app, "backup", str(file))
    assert "pepper" in said.output
    with tarfile.open(file) as tar:
        names = tar.getnames()
    assert "files/unsubscribe_keys" in names
    assert "files/suppression_pepper" not in names
    assert "files/instance_id" not in names
    here = elsewhere.extensions["settings"]
    elsewhere.extensions["settings"] = replace(here, pepper="another-pepper-0123456789-0123456789-01")
    said = run(elsewhere, "restore", str(file))
    assert said.exit_code == 1
    assert "another pepper" in said.output
    assert run(elsewhere, "restore", str(file), "--pepper-lost").exit_code == 0


def test_restored_letters_keep_their_rows(restored, app):
    post(app, 2)
    there = restored(lambda: None)
    with inside(there) as session, every_tenant("a test looks"):
        assert len(session.scalars(select(MailingRecipient.id)).all()) == 2
