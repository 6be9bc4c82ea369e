"""A worker killed while it hands a letter over: that one is uncertain, the others go out, none twice."""

from __future__ import annotations

import pytest

from infosoc.db.session import transaction
from infosoc.outbox.rules import MessageState
from tests.builders import make_tenant
from tests.outbox.test_sending import states, write
from tests.support.processes import process, wait_until


@pytest.fixture
def worker(database_url, tmp_path, sink):
    where = {"database_url": database_url, "data_dir": tmp_path}
    return lambda: process("flask", "--app", "app", "worker", SMTP_URL=sink.url, **where)


def test_a_letter_cut_off_is_left_to_a_person_and_the_rest_is_sent(session, sink, worker):
    with transaction() as writing:
        make_tenant(writing)
    write(session, "a", subject="A")
    write(session, "b", subject="B")
    sink.hold.clear()
    with worker() as first:
        assert sink.arrived.wait(20)
        first.kill()
        first.wait()
    sink.hold.set()
    assert states(session)[0] == MessageState.SENDING
    with worker():
        wait_until(lambda: states(session)[1] == MessageState.SENT, "the next worker has sent the rest")
    assert states(session) == [MessageState.UNCERTAIN, MessageState.SENT]
    assert sink.subjects() == ["A", "B"]


@pytest.mark.sqlite_only
def test_a_worker_does_not_start_with_a_mail_server_it_cannot_read(database_url, tmp_path):
    where = {"database_url": database_url, "data_dir": tmp_path}
    with process("flask", "--app", "app", "worker", SMTP_URL="mail.example", **where) as worker:
        assert worker.wait(20) == 1
    assert (tmp_path / "flask.log").read_text().startswith("Error: SMTP_URL")
