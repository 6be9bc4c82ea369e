"""A mailing's letter to one person, as it stands on the wire.

A complete plain text and the same as HTML; own pictures sent along, nothing fetched from outside; the pair of headers
for leaving with one press (RFC 8058), the list's headers (RFC 2369, 2919). The token is the only thing in it that
belongs to one person alone (requirements M-01, M-02, M-03, M-05, M-25, M-26, M-30).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from html import escape
from typing import Any

from flask_babel import force_locale

from infosoc.config import Settings
from infosoc.kernel import clock
from infosoc.kernel.email import domain
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.mailings import footer, markup, tokens, wire
from infosoc.mailings.footer import Line, Sender
from infosoc.mailings.markup import Picture
from infosoc.outbox import rules as outbox_rules

ONE_CLICK = "List-Unsubscribe=One-Click"
RETURN, LEAVE = "b+", "u+"  # what stands before the token in the address that bounces, and the one that unsubscribes
COLOURS = {"green": "#0b5a3c", "blue": "#1f4796"}


class NoSender(Invalid):
    message = N_("No address to send mailings from is set. Write one in the settings of the company.")


@dataclass(frozen=True)
class Image:
    """A picture of the own store, to be sent along."""

    public_id: str
    mime: str
    width: int
    height: int
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class MailingFacts:
    """What is the same in every letter of a mailing."""

    sender: Sender
    list_name: str
    list_slug: str
    subject: str
    body: str
    language: str = "sv"
    tells_source: bool = True
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class RecipientFacts:
    """What is one person's own: `fields` as they were when recipients were fixed."""

    address: str
    delivery: bytes
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """A letter to look at."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Way:
    """The addresses that a tenant's mailings go by."""

    mail_from: str
    bounce_domain: str
    list_domain: str


def way(sender: Sender, settings: Settings) -> Way:
    """The tenant's own addresses, or what follows from the installation's sender."""
    mail_from = parseaddr(str(sender.settings.get("mail_from") or settings.mail_from))[1]
    if "@" not in mail_from:
        raise NoSender
    own = domain(mail_from)
    return Way(
        mail_from,
        str(sender.settings.get("bounce_domain") or own).lower(),
        str(sender.settings.get("list_domain") or own).lower(),
    )


def token_of(recipient: RecipientFacts, settings: Settings) -> str:
    return tokens.token(recipient.delivery, _keys(settings.unsubscribe_keys))


def return_address(mailing: MailingFacts, recipient: RecipientFacts, settings: Settings) -> str:
    """Where a bounce of this letter comes to: it names the row, never the person (requirement M-07)."""
    return f"{RETURN}{token_of(recipient, settings)}@{way(mailing.sender, settings).bounce_domain}"


def message_id(recipient: RecipientFacts, settings: Settings, sender: Sender) -> str:
    """The id of the letter, the same however often it is sent, on our own domain."""
    own = outbox_rules.own_domain(way(sender, settings).mail_from, settings.base_url)
    return f"<m.{hashlib.sha256(b'message' + recipient.delivery).hexdigest()[:32]}@{own}>"


def compose(
    mailing: MailingFacts, recipient: RecipientFacts, settings: Settings, *, written_at: datetime
) -> EmailMessage:
    """The whole letter."""
    token = token_of(recipient, settings)
    link = f"{settings.base_url}/unsubscribe/{token}"
    used = _used_images(mailing)
    places = {one.public_id: Picture(f"cid:{one.public_id}@pictures", one.width, one.height) for one in used}
    shown = preview(mailing, recipient.fields, settings, link=link, pictures=places)
    by = way(mailing.sender, settings)
    letter = wire.new_message()
    letter["From"] = wire.mailbox(mailing.sender.printed_name, by.mail_from, field="sender")
    letter["To"] = wire.bare(recipient.address, field="recipient")
    letter["Subject"] = wire.words(shown.subject, field="subject")
    letter["Date"] = format_datetime(clock.local(written_at))
    letter["Message-ID"] = message_id(recipient, settings, mailing.sender)
    for name, value in _list_headers(mailing, by, link, token, settings).items():
        letter[name] = value
    _set_content(letter, shown, used)
    return letter


def preview(
    mailing: MailingFacts,
    fields: Mapping[str, Any],
    settings: Settings,
    *,
    link: str,
    pictures: Mapping[str, Picture] | None = None,
) -> Preview:
    """The letter as it will read, with these values filled in; `link` stands where the person's own link goes."""
    read = markup.read(mailing.body)
    with force_locale(mailing.language):
        told = footer.about_the_person(mailing.sender, fields, settings) if _must_tell(mailing, fields) else []
        foot = footer.about_the_letter(mailing.sender, mailing.list_name, link)
    text = read.text(fields) + footer.as_text([*told, *foot])
    html = _document(mailing, read.html(fields, pictures), told, foot)
    return Preview(markup.fill_line(mailing.subject, fields).strip(), html, text)


def _must_tell(mailing: MailingFacts, fields: Mapping[str, Any]) -> bool:
    """The first letter to a person says where the address is from, and what they may ask (P-12)."""
    return mailing.tells_source and not fields.get("informed")


def _used_images(mailing: MailingFacts) -> list[Image]:
    wanted = markup.read(mailing.body).pictures
    there = {one.public_id: one for one in mailing.images}
    return [there[name] for name in wanted if name in there]


def _list_headers(mailing: MailingFacts, by: Way, link: str, token: str, settings: Settings) -> dict[str, str]:
    sender = mailing.sender
    leave = f"mailto:{LEAVE}{token}@{by.bounce_domain}?subject=unsubscribe"
    name = wire.phrase(f"{sender.printed_name} {mailing.list_name}", field="list")
    headers = {
        "List-Id": f"{name} <{mailing.list_slug}.{sender.slug}.{by.list_domain}>",
        "List-Unsubscribe": f"<{link}>, <{leave}>",
        "List-Help": f"<{settings.base_url}/{sender.slug}/privacy>",
        "List-Post": "NO",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    # RFC 8058 asks for https: a mail program must not be promised a button that it may not press.
    if settings.base_url.startswith("https://"):
        headers["List-Unsubscribe-Post"] = ONE_CLICK
    return {name: outbox_rules.header_text(value, field=name) for name, value in headers.items()}


def _set_content(letter: EmailMessage, shown: Preview, images: list[Image]) -> None:
    letter.set_content(shown.text, charset="utf-8", cte="quoted-printable")
    letter.add_alternative(shown.html, subtype="html", charset="utf-8", cte="quoted-printable")
    parts: Any = letter.get_payload()
    for one in images:
        kind, _, subtype = one.mime.partition("/")
        parts[1].add_related(
            one.content, maintype=kind, subtype=subtype, cid=f"<{one.public_id}@pictures>", disposition="inline"
        )


def _document(mailing: MailingFacts, body: str, told: list[Line], foot: list[Line]) -> str:
    """A whole page that any mail program shows: one column, its own letters, nothing fetched."""
    colour = COLOURS.get(mailing.sender.brand, COLOURS["green"])
    note = f'<div style="margin-top:32px;padding-top:16px;border-top:2px solid {colour};font-size:14px;opacity:.85">'
    parts = [footer.as_html(lines) for lines in (told, foot) if lines]
    return (
        f'<!doctype html><html lang="{escape(mailing.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="format-detection" content="telephone=no">'
        f"<title>{escape(mailing.list_name)}</title></head>"
        '<body style="margin:0;padding:24px 16px">'
        '<div style="max-width:560px;margin:0 auto;font-family:system-ui,-apple-system,Segoe UI,Helvetica,Arial,'
        'sans-serif;font-size:16px;line-height:1.5;overflow-wrap:break-word">'
        f"{body}{''.join(f'{note}{part}</div>' for part in parts)}</div></body></html>"
    )


@lru_cache(maxsize=8)
def _keys(ring: str) -> dict[int, bytes]:
    return tokens.read_keys(ring)
