"""A copy of the database, put up elsewhere, sends nothing until a person says that it is the one that sends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from infosoc.db.session import transaction
from infosoc.jobs import registry
from infosoc.jobs.worker import Worker
from infosoc.outbox import instance, jobs, queries
from infosoc.outbox.models import MailInstance
from tests.builders import NOW


@pytest.fixture
def settings(mailing_app):
    return mailing_app.extensions["settings"]


def may_send(settings) -> bool:
    with transaction() as writing:
        return instance.check(writing, settings, now=NOW)


def test_m23_the_first_that_sends_is_the_one_and_stays_it(session, settings):
    assert [may_send(settings), may_send(settings)] == [True, True]
    session.rollback()
    assert session.scalar(select(func.count(MailInstance.id))) == 1
    assert queries.pause(session) is None


@pytest.mark.parametrize("what", ["folder", "address"])
def test_m23_a_copy_elsewhere_turns_mail_off_until_a_person_says_otherwise(
    session, mailing_app, settings, tmp_path_factory, what
):
    may_send(settings)
    folder = tmp_path_factory.mktemp("elsewhere")
    other = replace(settings, data_dir=folder) if what == "folder" else replace(settings, base_url="https://x.example")
    assert may_send(other) is False
    session.rollback()
    assert queries.pause(session).reason == instance.ELSEWHERE
    session.remove()
    said = mailing_app.test_cli_runner().invoke(args=["mail", "resume"])
    assert said.output == "Outgoing mail is on.\n"
    assert may_send(other) is True
    assert may_send(settings) is False


def test_m23_a_worker_finds_out_before_it_sends(session, mailing_app, settings):
    with transaction() as writing:
        writing.add(MailInstance(digest="0" * 64, noted_at=NOW))
    Worker(mailing_app).sweep()
    session.rollback()
    assert queries.pause(session) is not None


@pytest.mark.sqlite_only
def test_m23_without_a_mail_server_nothing_is_noted(session, app):
    assert jobs.check_instance in registry.sweeps
    Worker(app).sweep()
    assert session.scalar(select(func.count(MailInstance.id))) == 0
