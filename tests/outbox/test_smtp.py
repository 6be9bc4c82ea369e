"""Reading SMTP_URL."""

from __future__ import annotations

import pytest

from infosoc.outbox.rules import own_domain
from infosoc.outbox.smtp import BadSmtpUrl, Server, read_url


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
