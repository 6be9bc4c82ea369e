"""Mail is read from a pipe, from a file and from a mailbox on a real IMAP server; each once."""

from __future__ import annotations

import mailbox
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from infosoc.mailings import jobs, mailboxes, tokens
from infosoc.mailings.models import InboundMail
from infosoc.mailings.rules import RecipientState
from tests.mailings.mails import arf, dsn, plain
from tests.mailings.posting import letters_of, mailing_of, make_posting
from tests.support.imap import Mailbox

pytestmark = pytest.mark.sqlite_only
KEYS = {1: bytes.fromhex("11" * 32)}


@pytest.fixture
def given(mailing_app, session, sink, worker) -> list[bytes]:
    """A bounce, a complaint and a mail to leave, of three letters."""
    jobs._next_look.clear()
    make_posting(session, 3)
    jobs.send_waiting(worker, mailing_app)
    first, second, third = (tokens.token(letter.delivery, KEYS) for letter in letters_of(session))
    return [dsn(first), arf(second), plain(f"u+{third}@x.example")]


@pytest.fixture
def box(given):
    server = Mailbox(*given)
    yield server
    server.stop()


def run(app, *arguments: str, **named):
    return app.test_cli_runner().invoke(args=["mail", "bounces", *arguments], **named)


def test_m06_one_mail_from_a_pipe(mailing_app, session, given):
    said = run(mailing_app, input=given[0])
    assert (said.exit_code, said.output) == (0, "bounced: 1\n")
    assert letters_of(session)[0].state == RecipientState.BOUNCED


def test_m31_the_mail_server_tells_the_recipient_of_the_envelope(mailing_app, session, given):
    token = tokens.token(letters_of(session)[2].delivery, KEYS)
    said = run(mailing_app, "--recipient", f"u+{token}@x.example", input=plain("undisclosed-recipients:;"))
    assert said.output == "unsubscribed: 1\n"


def test_all_mails_of_a_file_once_however_often_it_is_read(mailing_app, session, given, tmp_path):
    path = tmp_path / "mail"
    made = mailbox.mbox(path)
    for raw in given:
        made.add(raw)
    made.close()
    assert run(mailing_app, "--mbox", str(path)).output == "bounced: 1\ncomplained: 1\nunsubscribed: 1\n"
    assert run(mailing_app, "--mbox", str(path)).output == "read before: 3\n"
    session.rollback()
    assert session.scalar(select(func.count(InboundMail.id))) == 3


def test_the_unseen_of_a_mailbox_are_read_and_marked(mailing_app, session, box):
    said = run(mailing_app, "--imap", box.url)
    assert said.output == "bounced: 1\ncomplained: 1\nunsubscribed: 1\n", said.output
    assert box.seen == {1, 2, 3}
    assert run(mailing_app, "--imap", box.url).output == ""


def test_one_that_cannot_be_applied_stays_unseen_and_holds_up_none(box):
    applied = []

    def apply(raw):
        if b"abuse report" in raw:
            raise RuntimeError("made to break")
        applied.append(raw)

    with pytest.raises(RuntimeError):
        mailboxes.on_server(mailboxes.read_url(box.url), apply)
    assert (len(applied), box.seen) == (2, {1, 3})


def test_the_worker_looks_into_the_mailbox_by_itself(mailing_app, session, box, worker):
    mailing_app.extensions["settings"] = replace(mailing_app.extensions["settings"], mailbox_url=box.url)
    assert jobs.read_mailbox(worker, mailing_app) is True
    mailing = mailing_of(session)
    assert (mailing.bounced, mailing.complained, mailing.unsubscribed) == (1, 1, 1)
    assert jobs.read_mailbox(worker, mailing_app) is False


def test_a_mailbox_that_cannot_be_opened_is_told_and_harms_nothing(mailing_app, session, box, worker):
    wrong = box.url.replace("hem%20ligt", "fel")
    said = run(mailing_app, "--imap", wrong)
    assert said.exit_code == 1
    assert "wrong password" in said.output
    mailing_app.extensions["settings"] = replace(mailing_app.extensions["settings"], mailbox_url=wrong)
    assert jobs.read_mailbox(worker, mailing_app) is False


@pytest.mark.parametrize("url", ["pop3://a@b", "imaps://host/INBOX", "imaps://user@", "imaps://user@host:x/"])
def test_an_address_that_is_no_mailbox_is_refused(url):
    with pytest.raises(mailboxes.BadMailboxUrl):
        mailboxes.read_url(url)


def test_what_waits_for_a_person_can_be_looked_at_and_settled(mailing_app, session, given):
    run(mailing_app, input=given[0].replace(b"message/delivery-status", b"text/plain"))
    look = ["mail", "unread", "--tenant", "infosoc"]
    invoke = mailing_app.test_cli_runner().invoke
    said = invoke(args=look).output
    assert "Undelivered Mail Returned" in said
    number = said.split()[1].rstrip(":")
    assert invoke(args=[*look, "--settle", number]).output == "Settled.\n"
    assert invoke(args=look).output == ""
