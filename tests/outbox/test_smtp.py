"""Reading SMTP_URL, and what a server's last answer means."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from infosoc.outbox.rules import own_domain
from infosoc.outbox.smtp import BadSmtpUrl, Connection, Final, Server, Temporary, Unknown, read_url
from tests.outbox.conftest import sink  # noqa: F401 - fixture


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("smtp", "mail.example", 25, "", "")),
        ("smtp+starttls://bo:h%40ll@mail.example", Server("smtp+starttls", "mail.example", 587, "bo", "h@ll")),
        ("smtp://mail.example:2525?starttls", Server("smtp+starttls", "mail.example", 2525, "", "")),
        ("smtps://bo:x@mail.example", Server("smtps", "mail.example", 465, "bo", "x")),
    ],
)
def test_the_address_of_a_mail_server_is_read(url, server):
    assert read_url(url) == server


@pytest.mark.parametrize("url", ["mail.example:25", "http://mail.example", "smtp://", "smtp://mail.example:x"])
def test_an_address_that_cannot_be_one_is_refused(url):
    with pytest.raises(BadSmtpUrl):
        read_url(url)


@pytest.mark.parametrize(
    ("mail_from", "base_url", "domain"),
    [
        ("kund@infosoc.example", "https://x.example", "infosoc.example"),
        ("infosoc@localhost", "https://kund.example:8443", "kund.example"),
        ("infosoc@localhost", "http://127.0.0.1:5000", "127.0.0.1"),
    ],
)
def test_message_ids_are_made_in_the_own_domain(mail_from, base_url, domain):
    assert own_domain(mail_from, base_url) == domain


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("250 OK", None), ("251 forwarded", None), ("451 later", Temporary), ("554 never", Final),
        ("354 what?", Unknown), ("999 no such code", Unknown),
    ],
)  # fmt: skip
def test_m20_an_answer_that_says_neither_yes_nor_no_leaves_the_letter_uncertain(sink, answer, error):
    sink.ends = [answer]
    connection, letter = Connection(read_url(sink.url)), EmailMessage()
    letter.set_content("Hej")
    connection.prepare("a@infosoc.example", "b@kommun.example")
    if error is None:
        connection.hand_over(letter)
    else:
        with pytest.raises(error):
            connection.hand_over(letter)
    connection.close()
