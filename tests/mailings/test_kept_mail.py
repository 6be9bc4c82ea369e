"""Files that come with a mail are named, and never kept: nobody could look into them when a person is to be removed."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant
from infosoc.mailings import inbound, inbound_rules, tokens
from infosoc.mailings.kept_mail import file_names, kept
from infosoc.mailings.models import InboundMail
from tests.builders import NOW
from tests.mailings.mails import dsn

KEYS = {1: bytes.fromhex("11" * 32)}
TOKEN = tokens.token(bytes(range(16)), KEYS)
NAME = "Anna Lönn"


def workbook() -> bytes:
    """A file that holds a name where no search finds it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w>{NAME}</w>" * 50)
    return made.getvalue()


def with_files(*names: str, text: str = "Hej, se bilagan.") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "anna@kund.example", "privacy@infosoc.example", "Begäran"
    mail.set_content(text)
    for name in names:
        mail.add_attachment(workbook(), maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def test_p41_a_file_in_a_mail_is_not_kept_and_its_words_are():
    raw = with_files("pass å.docx", "bild.jpg")
    left = kept(raw)
    assert len(left) < len(raw) - len(workbook())
    assert inbound_rules.shown(left) == inbound_rules.shown(raw)
    assert inbound_rules.shown(left).text == "Hej, se bilagan."
    assert file_names(left) == file_names(raw) == ("pass å.docx", "bild.jpg")


def test_p41_a_file_in_a_mail_in_a_mail_is_not_kept():
    outer = EmailMessage()
    outer["From"], outer["To"] = "mx@kund.example", "privacy@infosoc.example"
    outer.set_content("Det kom tillbaka.")
    inner = EmailMessage()
    inner["Subject"] = "Nytt"
    inner.set_content("Hej igen.")
    inner.add_attachment(workbook(), maintype="application", subtype="zip", filename="lista.xlsx")
    outer.add_attachment(inner)
    left = kept(outer.as_bytes())
    assert b"Hej igen." in left
    assert len(left) < len(outer.as_bytes()) - len(workbook())
    assert file_names(left) == ("lista.xlsx",)


@pytest.mark.parametrize("kind", ["text/csv", "text/calendar", "application/pdf", "image/png", "application/ms-tnef"])
def test_p27_what_is_no_text_to_read_is_no_text_to_keep(kind):
    raw = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{NAME}".encode()
    assert NAME.encode() not in kept(raw)
    assert file_names(raw) == (kind,)


def test_a_mail_without_files_is_kept_as_it_came():
    for raw in (dsn(TOKEN), with_files(), b"Subject: x\r\n\r\nHej", b"", b"ingen post alls"):
        assert kept(raw) == raw


@given(st.binary(max_size=400))
def test_nothing_that_comes_in_breaks_what_keeps_it(raw):
    assert kept(kept(raw)) == kept(raw)
    assert all(name.isprintable() for name in file_names(raw))


def test_p41_what_waits_for_a_person_holds_no_file(mailing_app, session):
    raw = dsn(TOKEN).replace(b"message/delivery-status", b"application/pdf")
    with mailing_app.app_context():
        assert inbound.receive(raw, KEYS, now=NOW) == inbound.WAITS
        with every_tenant("a test looks"), transaction() as current:
            (content,) = current.scalars(select(InboundMail.content)).all()
    assert b"X-Left-Out: yes" in content
    assert b"Final-Recipient" not in content


def test_p41_planted_fault_a_mail_kept_whole_holds_its_file(mailing_app, session, monkeypatch):
    monkeypatch.setattr(inbound, "kept", lambda raw: raw)
    raw = dsn(TOKEN).replace(b"message/delivery-status", b"application/pdf")
    with mailing_app.app_context():
        inbound.receive(raw, KEYS, now=NOW)
        with every_tenant("a test looks"), transaction() as current:
            (content,) = current.scalars(select(InboundMail.content)).all()
    assert b"Final-Recipient" in content
