"""The mail commands that are neither off nor on: counting again, and a worker for mail alone."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant
from infosoc.jobs import registry
from infosoc.jobs.worker import Worker
from infosoc.mailings.models import Mailing
from tests.mailings.posting import mailing_of, make_posting

pytestmark = pytest.mark.sqlite_only


def run(app, *arguments: str):
    return app.test_cli_runner().invoke(args=["mail", *arguments])


def test_counts_that_differ_from_their_rows_are_told_and_put_right(app, session):
    posted = make_posting(session, 3)
    with transaction() as writing, every_tenant("a test spoils"):
        writing.execute(update(Mailing).values(sent=7))
    said = run(app, "check")
    assert f"Mailing {posted.public_id}: sent 0 (kept 7)" in said.output
    assert said.exit_code == 1
    assert "Put right." in run(app, "check", "--repair").output
    assert mailing_of(session).sent == 0


def test_an_insecure_address_is_told(app, session):
    make_posting(session, 0)
    said = run(app, "check")
    assert "BASE_URL is not https://" in said.output
    assert "SMTP_URL is not set" in said.output


def test_a_company_that_is_not_there(app, session):
    said = run(app, "check", "--tenant", "nobody")
    assert (said.exit_code, said.output) == (1, "Error: There is no company at nobody.\n")


def test_a_worker_for_mail_alone_needs_a_mail_server(app, session):
    assert "SMTP_URL is not set" in run(app, "worker").output


def test_a_worker_for_mail_alone_does_nothing_else(app, monkeypatch):
    done: list[str] = []
    monkeypatch.setattr(
        registry, "lanes", {"mail": lambda *_: done.append("mail"), "other": lambda *_: done.append("x")}
    )
    worker = Worker(app, only=("mail",))
    monkeypatch.setattr(worker, "work_once", lambda: done.append("jobs"))
    monkeypatch.setattr(worker, "beat", worker.stop)
    worker.run()
    for thread in worker._threads:
        thread.join(5)
    assert [thread.name for thread in worker._threads] == ["mail"]
    assert set(done) <= {"mail"}
