"""A letter on the wire, as a mail program reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.config import Settings
from infosoc.factory import create_app
from infosoc.kernel.errors import DomainError
from infosoc.mailings import letters, tokens, wire
from infosoc.mailings.footer import Sender
from infosoc.mailings.letters import Image, MailingFacts, RecipientFacts
from tests.builders import NOW

SETTINGS = Settings(
    database_url="sqlite://", data_dir=Path(), secret_key="x" * 40, base_url="https://kund.infosoc.example",
    pepper="x" * 40, unsubscribe_keys="1:" + "11" * 32, mail_from="kund@infosoc.example",
)  # fmt: skip
SENDER = Sender(
    "infosoc", "Infosoc AB", "blue",
    {"printed_name": "Infosoc Rättsdata AB", "org_number": "556036-0793", "address": "Storgatan 1, 411 01 Göteborg",
     "phone": "031-10 00 00", "privacy_email": "privacy@infosoc.example", "bounce_domain": "studs.infosoc.example",
     "list_domain": "listor.infosoc.example"},
)  # fmt: skip
IMAGE = Image("abcdefghijk", "image/png", 1200, 600, b"\x89PNG not really")
BODY = """# Hej [förnamn]

Vi har **nytt** om [Journal](https://journal.example/nytt).

- ett
- två

![Skärmbild](bild:abcdefghijk)

<script>alert(1)</script> {{ config }} {% raw %} ${HOME}
"""
MAILING = MailingFacts(SENDER, "Nyheter från Journal", "nyheter", "Nytt för [företag] i höst", BODY, images=(IMAGE,))
DELIVERY = bytes(range(16))
FIELDS = {"name": "Åsa Öberg", "first_name": "Åsa", "company": "Åkeri Lönn AB", "source": "Bolagsverket"}
RECIPIENT = RecipientFacts("asa@kommun.example", DELIVERY, FIELDS)
TOKEN = tokens.token(DELIVERY, {1: bytes.fromhex("11" * 32)})


@pytest.fixture(scope="module", autouse=True)
def _application(tmp_path_factory):
    """Texts are translated in an application's context."""
    folder = tmp_path_factory.mktemp("letters")
    app = create_app(replace(SETTINGS, database_url=f"sqlite:///{folder / 'none.sqlite3'}", data_dir=folder))
    with app.app_context():
        yield


def received(mailing=MAILING, recipient=RECIPIENT, settings=SETTINGS):
    """The letter after the wire: bytes, parsed by the standard library."""
    return message_from_bytes(letters.compose(mailing, recipient, settings, written_at=NOW).as_bytes(), policy=default)


def parts(mail) -> dict[str, str]:
    return {kind: mail.get_body((kind,)).get_content() for kind in ("plain", "html")}


def test_m01_the_headers_to_leave_the_list_are_there_the_secure_one_first():
    mail = received()
    assert mail["List-Unsubscribe"] == (
        f"<https://kund.infosoc.example/unsubscribe/{TOKEN}>, "
        f"<mailto:u+{TOKEN}@studs.infosoc.example?subject=unsubscribe>"
    )
    assert mail["List-Help"] == "<https://kund.infosoc.example/infosoc/privacy>"
    assert mail["List-Post"] == "NO"


def test_m01_an_address_of_120_signs_is_not_broken_into_encoded_words():
    raw = letters.compose(MAILING, RECIPIENT, SETTINGS, written_at=NOW).as_bytes()
    assert f"<https://kund.infosoc.example/unsubscribe/{TOKEN}>".encode() in raw
    head = raw.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) < 200


def test_m02_the_list_has_a_stable_name_without_anything_of_the_recipient():
    one = received()
    other = received(recipient=RecipientFacts("bo@a.example", bytes(16), {"name": "Bo"}))
    assert one["List-Id"] == other["List-Id"]
    assert str(one["List-Id"]) == "Infosoc Rättsdata AB Nyheter från Journal <nyheter.infosoc.listor.infosoc.example>"


def test_m03_one_press_is_promised_on_a_secure_address_only():
    assert received()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    insecure = received(settings=replace(SETTINGS, base_url="http://kund.infosoc.example"))
    assert insecure["List-Unsubscribe-Post"] is None


def test_m05_a_mailing_is_bulk_and_no_automatic_answer():
    mail = received()
    assert mail["Precedence"] == "bulk"
    assert "auto-replied" not in str(mail["Auto-Submitted"])


def test_m07_the_return_address_names_the_letter_never_the_person_and_fits():
    address = letters.return_address(MAILING, RECIPIENT, SETTINGS)
    local, _, host = address.partition("@")
    assert host == "studs.infosoc.example"
    assert len(local) <= 64
    assert local == local.lower()
    assert tokens.delivery_of(local[2:], {1: bytes.fromhex("11" * 32)}) == DELIVERY
    assert "asa" not in local


def test_m25_the_plain_text_comes_first_and_says_all():
    mail = received()
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "multipart/related"]
    text = parts(mail)["plain"]
    for said in (
        "Hej Åsa", "https://journal.example/nytt", "- ett", f"https://kund.infosoc.example/unsubscribe/{TOKEN}",
        "Infosoc Rättsdata AB", "556036-0793", "Storgatan 1", "privacy@infosoc.example", "Skärmbild",
    ):  # fmt: skip
        assert said in text


def test_m25_nothing_is_fetched_and_no_link_goes_round_about():
    html = parts(received())["html"]
    assert re.findall(r'(?:src|background|poster|srcset)="([^"]+)"', html) == ["cid:abcdefghijk@pictures"]
    assert "url(" not in html
    assert "@import" not in html
    assert "<link" not in html
    assert set(re.findall(r'href="([^"]+)"', html)) == {
        "https://journal.example/nytt",
        f"https://kund.infosoc.example/unsubscribe/{TOKEN}",
        "https://kund.infosoc.example/infosoc/privacy",
    }


def test_m25_nothing_but_the_token_tells_two_letters_apart_in_their_links():
    other = RecipientFacts("bo@a.example", bytes(16), FIELDS)
    links = [set(re.findall(r'href="([^"]+)"', parts(received(recipient=one))["html"])) for one in (RECIPIENT, other)]
    different = links[0] ^ links[1]
    assert len(different) == 2
    assert all("/unsubscribe/" in link for link in different)


def test_m25_own_pictures_are_sent_along():
    (picture,) = [part for part in received().walk() if part.get_content_maintype() == "image"]
    assert (picture["Content-ID"], picture.get_content()) == ("<abcdefghijk@pictures>", IMAGE.content)
    assert picture.get_content_disposition() == "inline"


def test_m25_the_message_id_is_on_our_domain_and_stays_the_same():
    assert received()["Message-ID"] == received()["Message-ID"]
    assert str(received()["Message-ID"]).endswith("@infosoc.example>")
    assert DELIVERY.hex() not in str(received()["Message-ID"])


def test_m29_what_looks_like_a_template_arrives_as_it_was_typed():
    text = parts(received())["plain"]
    for typed in ("{{ config }}", "{% raw %}", "${HOME}", "<script>alert(1)</script>"):
        assert typed in text
    assert "<script" not in parts(received())["html"]


def test_m29_a_name_that_looks_like_markup_or_a_field_stays_text():
    odd = RecipientFacts("a@b.example", DELIVERY, FIELDS | {"first_name": "[titel] <b>*x*</b> {{7*7}}"})
    mail = received(recipient=odd)
    assert "Hej [titel] <b>*x*</b> {{7*7}}" in parts(mail)["plain"]
    assert "<b>" not in parts(mail)["html"]


BREAKS = ["\r\nBcc: alla@x.example", "\n", "\r", "\0", "\u2028", "\u2029", "\x85", "\x0b", "\x1f"]


@pytest.mark.parametrize("sign", BREAKS)
@pytest.mark.parametrize("where", ["subject", "name", "list"])
def test_m30_no_header_can_carry_a_second_one(sign, where):
    mailing = {
        "subject": lambda: replace(MAILING, subject=f"Hej{sign}x"),
        "name": lambda: replace(MAILING, sender=replace(SENDER, name=f"AB{sign}x", settings={})),
        "list": lambda: replace(MAILING, list_name=f"Nytt{sign}x"),
    }[where]()
    with pytest.raises((DomainError, ValueError)):
        letters.compose(mailing, RECIPIENT, SETTINGS, written_at=NOW)


@pytest.mark.parametrize("address", ["a@b.se\r\nBcc: x@y.se", "a@b.se, c@d.se", "a b@c.se", "a", "<a@b.se>"])
def test_m30_a_recipient_is_one_address(address):
    with pytest.raises((DomainError, ValueError)):
        letters.compose(MAILING, RecipientFacts(address, DELIVERY, FIELDS), SETTINGS, written_at=NOW)


TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="[]"))


@given(TEXT.map(str.strip).filter(bool).filter(lambda text: len(text) <= 200))
def test_m30_every_subject_comes_through_as_it_was(text):
    mail = wire.new_message()
    mail["Subject"] = wire.words(text, field="subject")
    mail.set_content("x")
    raw = mail.as_bytes()
    assert str(message_from_bytes(raw, policy=default)["Subject"]) == text
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(TEXT.map(lambda text: " ".join(text.split())).filter(bool).filter(lambda text: len(text) <= 200))
def test_m30_every_sender_name_comes_through_as_it_was(text):
    mail = wire.new_message()
    mail["From"] = wire.mailbox(text, "kund@infosoc.example", field="sender")
    mail.set_content("x")
    # The newer parser of Python 3.11 sees a blank between two encoded words of a name; RFC 2047 says there is none.
    name, address = parseaddr(message_from_bytes(mail.as_bytes())["From"].replace("\r\n", ""))
    assert (str(make_header(decode_header(name))), address) == (text, "kund@infosoc.example")


def test_p12_the_first_letter_tells_of_the_source_and_the_right_to_object():
    text = parts(received())["plain"]
    assert "Bolagsverket" in text
    assert "imy.se" in text
    informed = RecipientFacts("a@b.example", DELIVERY, {"name": "Bo", "informed": True})
    assert "imy.se" not in parts(received(recipient=informed))["plain"]


def test_a_letter_is_written_in_the_language_of_the_mailing():
    assert '<html lang="en">' in parts(received(replace(MAILING, language="en")))["html"]
    assert "Unsubscribe" in parts(received(replace(MAILING, language="en")))["plain"]


def test_without_a_sender_nothing_is_written():
    with pytest.raises(letters.NoSender):
        received(replace(MAILING, sender=replace(SENDER, settings={})), settings=replace(SETTINGS, mail_from="nobody"))


def test_an_address_of_several_lines_is_told_apart_on_one():
    assert Sender("x", "X", settings={"address": "Ekbacksvägen 12\r\n\n 352 30  Växjö"}).address == (
        "Ekbacksvägen 12, 352 30 Växjö"
    )
