"""Sending: once, with each outcome noted; what nobody knows is left to a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.kernel import clock
from infosoc.outbox import commands, jobs, rules
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW, make_member, make_tenant
from tests.outbox.conftest import StandIn

SECRET = "https://infosoc.example/password/abc"


@pytest.fixture
def karin(session) -> int:
    with transaction() as writing:
        return make_member(writing, make_tenant(writing, name="Infosoc AB")).id


def write(session, key="one", *, recipient="bo@akeri.example", **values) -> str:
    given = {"subject": "Välkommen åter", "text": "Hej Åsa!\n.\nHälsningar", "unique_key": key, "now": NOW} | values
    with transaction() as writing, tenant_scope(scope_named(writing, "infosoc")):
        return commands.queue(writing, recipient=recipient, **given).public_id


def messages(session) -> list[OutboxMessage]:
    session.rollback()
    with every_tenant("a test looks"):
        found = select(OutboxMessage).order_by(OutboxMessage.id).execution_options(populate_existing=True)
        return list(session.scalars(found))


def states(session) -> list[str]:
    return [message.state for message in messages(session)]


def decide(session, deed, public_id, by):
    with transaction() as writing, tenant_scope(scope_named(writing, "infosoc")):
        deed(writing, public_id, by=by, now=NOW)


def test_a_letter_arrives_whole_and_says_that_a_program_wrote_it(mailing_app, session, karin, sink, worker):
    public_id = write(session, html="<p>Hej Åsa!</p>")
    assert jobs.send_waiting(worker, mailing_app) is True
    (letter,) = sink.letters
    assert letter["From"] == "Infosoc AB <kund@infosoc.example>"
    assert letter["Subject"] == "Välkommen åter"
    assert letter["Message-ID"] == f"<{public_id}@infosoc.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime is not None
    assert letter.get_body(("plain",)).get_content().splitlines() == ["Hej Åsa!", ".", "Hälsningar"]
    assert "Åsa" in letter.get_body(("html",)).get_content()
    (message,) = messages(session)
    assert (message.state, message.message_id) == (MessageState.SENT, letter["Message-ID"])
    assert message.handed_over_at is not None


def test_many_letters_go_over_one_connection_and_each_once(mailing_app, session, karin, sink, worker):
    for number in range(30):
        write(session, str(number), subject=f"Nr {number}")
    jobs.send_waiting(worker, mailing_app)
    jobs.send_waiting(worker, mailing_app)
    assert sorted(sink.subjects()) == sorted(f"Nr {number}" for number in range(30))
    assert sink.connections == 1


def test_the_same_key_is_one_letter(mailing_app, session, karin, sink, worker):
    assert write(session) == write(session)
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 1


def test_a_message_is_gone_with_the_transaction_of_its_cause(session, karin):
    with pytest.raises(RuntimeError), transaction() as writing, tenant_scope(scope_named(writing, "infosoc")):
        commands.queue(writing, recipient="bo@a.example", subject="S", text="T", unique_key="k", now=NOW)
        raise RuntimeError
    assert messages(session) == []


@pytest.mark.parametrize("subject", ["Hej\r\nBcc: alla@x.example", "Hej\nBcc: a@x.example", "Hej\0", "Hej\u2028Bcc"])
@pytest.mark.sqlite_only
def test_a_subject_cannot_carry_a_second_header(session, karin, subject):
    with pytest.raises(rules.UnsafeHeader):
        write(session, subject=subject)


@pytest.mark.sqlite_only
def test_a_sender_name_cannot_carry_a_second_header(mailing_app, session, karin, sink, worker):
    with transaction() as writing:
        writing.execute(update(Tenant).values(name="Infosoc\r\nBcc: alla@x.example"))
    write(session)
    jobs.send_waiting(worker, mailing_app)
    assert sink.letters == []
    assert states(session) == [MessageState.FAILED]


def test_a_temporary_refusal_is_tried_again_later(mailing_app, session, karin, sink, worker):
    sink.replies = ["450 try later"]
    write(session)
    jobs.send_waiting(worker, mailing_app)
    (message,) = messages(session)
    assert (message.state, message.attempts) == (MessageState.QUEUED, 1)
    assert message.not_before > clock.now()
    assert "try later" in message.problem
    with transaction() as writing, every_tenant("a test does not wait"):
        writing.execute(update(OutboxMessage).values(not_before=NOW))
    jobs.send_waiting(worker, mailing_app)
    assert states(session) == [MessageState.SENT]


@pytest.mark.sqlite_only
def test_temporary_refusals_end_in_a_visible_failure(mailing_app, session, karin, sink, worker):
    write(session)
    with transaction() as writing, every_tenant("a test does not wait"):
        writing.execute(update(OutboxMessage).values(attempts=rules.ATTEMPTS - 1))
    sink.replies = ["450 try later"]
    jobs.send_waiting(worker, mailing_app)
    assert states(session) == [MessageState.FAILED]


@pytest.mark.parametrize("where", ["replies", "ends"])
def test_a_final_refusal_fails_and_the_next_letter_goes(mailing_app, session, karin, sink, worker, where):
    setattr(sink, where, ["550 no such person"])
    write(session, "a", subject="A")
    write(session, "b", subject="B")
    jobs.send_waiting(worker, mailing_app)
    first, second = messages(session)
    assert (first.state, second.state) == (MessageState.FAILED, MessageState.SENT)
    assert "no such person" in first.problem
    assert sink.subjects() == ["B"]


def test_a_connection_that_breaks_in_the_letter_leaves_it_uncertain(mailing_app, session, karin, sink, worker):
    sink.ends = ["hang up"]
    write(session)
    jobs.send_waiting(worker, mailing_app)
    jobs.send_waiting(worker, mailing_app)
    assert states(session) == [MessageState.UNCERTAIN]
    assert sink.letters == []


@pytest.mark.sqlite_only
def test_without_a_mail_server_messages_wait(app, session, karin, worker):
    write(session)
    assert jobs.send_waiting(worker, app) is False
    assert states(session) == [MessageState.QUEUED]


@pytest.mark.sqlite_only
def test_a_server_that_cannot_be_reached_spends_one_try_of_each(app, session, karin, worker):
    app.extensions["settings"] = replace(app.extensions["settings"], smtp_url="smtp://127.0.0.1:1")
    write(session, "a")
    write(session, "b")
    jobs.send_waiting(worker, app)
    assert [(one.state, one.attempts) for one in messages(session)] == [(MessageState.QUEUED, 1)] * 2


def test_nothing_is_sent_while_mail_is_off(mailing_app, session, karin, sink, worker):
    write(session)
    with transaction() as writing:
        commands.pause(writing, "after a restore", now=NOW)
    jobs.send_waiting(worker, mailing_app)
    assert states(session) == [MessageState.QUEUED]
    with transaction() as writing:
        assert commands.resume(writing) is True
    jobs.send_waiting(worker, mailing_app)
    assert states(session) == [MessageState.SENT]


def test_two_workers_never_hold_the_same_message(mailing_app, session, karin):
    for number in range(3):
        write(session, str(number))
    with every_tenant("a test claims"):
        assert len(jobs._claim_batch("first")) == 3
        assert jobs._claim_batch("second") == []


def test_a_dead_workers_messages_go_back_unless_they_may_have_gone(mailing_app, session, karin, sink, worker):
    write(session, "a", subject="A")
    write(session, "b", subject="B")
    with transaction() as writing, every_tenant("a test plays a worker that died"):
        writing.execute(update(OutboxMessage).values(claimed_by="dead", state=MessageState.CLAIMED))
        at_it = update(OutboxMessage).where(OutboxMessage.unique_key == "b")
        writing.execute(at_it.values(state=MessageState.SENDING))
        jobs.let_go(writing, {worker.id}, NOW)
    jobs.send_waiting(worker, mailing_app)
    assert states(session) == [MessageState.SENT, MessageState.UNCERTAIN]
    assert sink.subjects() == ["A"]


def test_an_uncertain_message_is_sent_again_only_when_a_person_says_so(mailing_app, session, karin, sink, worker):
    public_id = write(session)
    with transaction() as writing, every_tenant("a test plays a worker that died"):
        writing.execute(update(OutboxMessage).values(state=MessageState.UNCERTAIN, claimed_by="dead"))
    jobs.send_waiting(worker, mailing_app)
    assert sink.letters == []
    decide(session, commands.send_again, public_id, karin)
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 1


@pytest.mark.sqlite_only
def test_an_uncertain_message_can_be_marked_as_sent(session, karin, worker):
    public_id = write(session, is_secret=True, text=SECRET)
    with transaction() as writing, every_tenant("a test plays a worker that died"):
        writing.execute(update(OutboxMessage).values(state=MessageState.UNCERTAIN))
    decide(session, commands.mark_as_sent, public_id, karin)
    (message,) = messages(session)
    assert (message.state, message.text_body) == (MessageState.SENT, "")
    with pytest.raises(commands.NotWaitingForDecision):
        decide(session, commands.mark_as_sent, public_id, karin)


@pytest.mark.parametrize("replies", [(), ("550 no",)])
def test_the_text_of_a_secret_message_is_gone_once_it_is_settled(mailing_app, session, karin, sink, worker, replies):
    sink.replies = list(replies)
    public_id = write(session, is_secret=True, text=SECRET, html=SECRET)
    jobs.send_waiting(worker, mailing_app)
    (message,) = messages(session)
    assert (message.text_body, message.html_body) == ("", None)
    if replies:
        with pytest.raises(commands.NothingToSend):
            decide(session, commands.send_again, public_id, karin)
    else:
        assert SECRET in sink.letters[0].get_body(("plain",)).get_content()


@pytest.mark.sqlite_only
def test_a_worker_that_is_ending_gives_back_what_it_has_not_sent(mailing_app, session, karin, sink):
    write(session)
    ending = StandIn()
    with mailing_app.app_context(), every_tenant("a test claims"):
        batch = jobs._claim_batch(ending.id)
        ending.stopping = True
        assert jobs._send_batch(ending, None, batch, mailing_app.extensions["settings"]) is False
    (message,) = messages(session)
    assert (message.state, message.attempts) == (MessageState.QUEUED, 0)
