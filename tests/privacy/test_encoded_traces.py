"""Mail that waits or was kept names people in encodings of its own: after a removal none of them is left (P-41)."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator
from email.header import Header

import pytest
from sqlalchemy import select, text

from infosoc.db import search, wiping
from infosoc.db.base import Base
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.mailings.models import InboundMail
from infosoc.outbox import commands as outbox
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from infosoc.privacy import request_jobs
from infosoc.privacy.commands import erasure
from infosoc.privacy.needles import Needles, readings
from infosoc.privacy.request_rules import LAST_LETTER
from infosoc.suppression.rules import Channel
from tests.builders import NOW
from tests.privacy.world import ANNA, at, person, two_tenants

NAME, OTHER = "Anna Lönn", "bo.ek@annat.example"
SAID = f"Hej, jag heter {NAME} och nås på {ANNA}. Ta bort mig."


def _mail(body: bytes, encoding: str, *, headers: str = "") -> bytes:
    kind = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return f"From: x@y.example\r\n{headers}{kind}\r\n".encode() + body


def _in_base64(content: str | bytes) -> bytes:
    return base64.encodebytes(content.encode() if isinstance(content, str) else content).replace(b"\n", b"\r\n")


ENCODED = {
    "base64": _mail(_in_base64(SAID), "base64"),
    "base64, one on": _mail(_in_base64("x" + SAID), "base64"),
    "base64, two on": _mail(_in_base64("xx" + SAID), "base64"),
    "quoted-printable": _mail(quopri.encodestring(SAID.encode().replace(b"@", b"=40")), "quoted-printable"),
    "windows-1252": _mail(_in_base64(NAME.encode("cp1252")), "base64").replace(b"utf-8", b"windows-1252"),
    "unknown charset": _mail(_in_base64(SAID), "base64").replace(b"utf-8", b"x-nobody-knows"),
    "name in a header": _mail(b"Hej", "7bit", headers=f"Subject: {Header(NAME, 'utf-8').encode()}\r\n"),
    "address in a header": _mail(b"Hej", "7bit", headers=f"To: {Header(ANNA + ' ö', 'utf-8').encode()}\r\n"),
    "html": _mail(_in_base64("<p>Anna L&ouml;nn</p>"), "base64").replace(b"text/plain", b"text/html"),
    "a mail in a mail": _mail(_in_base64(_mail(_in_base64(SAID), "base64")), "base64").replace(
        b"text/plain; charset=utf-8", b"message/rfc822"
    ),
    "broken lines": _mail("Hej, jag heter Anna\r\nLönn.".encode(), "8bit"),
}  # fmt: skip


@pytest.fixture
def contact_id(app):
    with app.app_context():
        two_tenants()
        yield person()
        db.session.remove()


def erase(contact_id: int) -> None:
    with at() as session:
        erasure.erase(session, contact_id, channel=Channel.STAFF, by=None, now=NOW)
    with transaction() as session:
        search.forget_removed(session)


def keep(*contents: bytes) -> None:
    """Mail from outside that no machine could read, and that waits for somebody to look."""
    with at() as session:
        for number, content in enumerate(contents):
            session.add(InboundMail(digest=bytes([number]) * 32, kind="unread", content=content, received_at=NOW))


def kept() -> list[bytes]:
    with at() as session:
        return [one for one in session.scalars(select(InboundMail.content)) if one is not None]


@pytest.mark.parametrize("content", ENCODED.values(), ids=ENCODED)
def test_p40_mail_that_names_the_person_in_an_encoding_goes(contact_id, content):
    other = _mail(_in_base64(SAID.replace(NAME, "Bo Ek").replace(ANNA, OTHER)), "base64")
    keep(content, other)
    erase(contact_id)
    assert kept() == [other]


def test_p41_no_form_of_the_person_is_left_in_any_column(contact_id):
    keep(*ENCODED.values())
    with at() as session:
        outbox.queue(session, recipient=ANNA, subject=f"Till {NAME}", text=SAID, html=f"<p>{SAID}</p>",
                     unique_key="own", now=NOW)  # fmt: skip
        outbox.queue(session, recipient=OTHER, subject=f"Om {NAME}", text=f"Anna\nLönn, {ANNA}",
                     html="<p>Anna Lönn</p>", unique_key="other", now=NOW)  # fmt: skip
    assert set(_found(_everything())) >= {NAME.encode(), ANNA.encode()}
    erase(contact_id)
    assert _found(_everything()) == []
    with at() as session:
        assert list(session.scalars(select(OutboxMessage.recipient))) == [OTHER]


@pytest.mark.sqlite_only
def test_p41_no_form_of_the_person_is_left_in_any_file(contact_id, tmp_path):
    keep(*ENCODED.values())
    erase(contact_id)
    wiping.empty_log()
    content = b"\n".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert len(content) > 10_000
    assert _found(content) == []


@pytest.mark.sqlite_only
def test_p41_the_address_of_the_last_letter_is_in_no_file_once_it_has_gone(contact_id, tmp_path):
    erase(contact_id)
    with at() as session:
        outbox.queue(session, recipient=ANNA, subject="Klart", text=SAID, unique_key=f"{LAST_LETTER}x", now=NOW)
    wiping.empty_log()
    with at() as session:
        session.scalars(select(OutboxMessage)).one().state = MessageState.SENT.value

    def in_files() -> list[bytes]:
        return _found(b"\n".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()))

    assert in_files() != []
    request_jobs.forget_last_letters(NOW)
    assert in_files() == []


def test_p41_the_proof_sees_a_mail_that_is_searched_as_it_stands(contact_id, monkeypatch):
    monkeypatch.setattr("infosoc.privacy.needles.readings", lambda content: [content.decode("utf-8", "replace")])
    keep(*ENCODED.values())
    erase(contact_id)
    assert _found(_everything()) != []


def test_what_is_no_mail_is_read_as_it_stands():
    for content in (b"", b"\xff\xfe\x00", b"Content-Type: message/rfc822\r\n\r\n", "Anna Lönn".encode()):
        assert next(iter(readings(content))) == content.decode("utf-8", "replace")
    assert not Needles.of(names=[NAME]).is_in(b"\0" * 5000)


def _everything() -> bytes:
    """What every column of every table holds."""
    with every_tenant("a test looks at everything"), transaction() as session:
        tables = [text(f"SELECT * FROM {table.name}") for table in Base.metadata.sorted_tables]
        rows = [row for one in tables for row in session.execute(one.execution_options(own_sql=True))]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)


def _found(content: bytes) -> list[bytes]:
    return [form for form in _forms() if form in content or form in content.replace(b"\r\n", b"")]


def _forms() -> Iterator[bytes]:
    """The person's words as they stand, and as they look inside encoded mail."""
    for word in (NAME.encode(), NAME.encode("cp1252"), ANNA.encode(), b"Anna L&ouml;nn"):
        yield word
        yield from _base64_forms(word)
        yield quopri.encodestring(word).strip()
        yield word.replace(b"@", b"=40")


def _base64_forms(word: bytes) -> Iterator[bytes]:
    """The signs that a word always gives, wherever it begins among each three octets."""
    for before in range(3):
        encoded = base64.b64encode(b"x" * before + word)
        yield encoded[(before * 8 + 5) // 6 : (before + len(word)) * 8 // 6]
