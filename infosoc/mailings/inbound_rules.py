"""Reading mail that comes back: bounces, complaints, automatic answers, requests to leave. Pure.

Only the machine part of a report is read (RFC 3464, 5965); what somebody has written in words decides nothing (M-06).
What a mail is about is told by the signed token in the address it came to, or in the headers of our letter that it
quotes: never by who says to have sent it (M-31).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import getaddresses
from enum import StrEnum
from typing import Any

from infosoc.mailings.kept_mail import file_names
from infosoc.mailings.tokens import Keys, delivery_of

LARGEST = 2 * 1024 * 1024
LONGEST_TEXT = 20_000


class Kind(StrEnum):
    """What a mail that has come in is."""

    BOUNCE = "bounce"
    DELAY = "delay"
    COMPLAINT = "complaint"
    AUTOMATIC = "automatic"
    UNSUBSCRIBE = "unsubscribe"
    LETTER = "letter"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Incoming:
    """What a mail says, as far as a machine may read it."""

    kind: Kind
    delivery: bytes | None = None
    status: str = ""
    message_id: str = ""  # of our letter, as a bounce quotes it
    sender: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    files: tuple[str, ...] = ()

    @property
    def is_permanent(self) -> bool:
        """A bounce that will be the same next time; 5.4.4 (no route to the host) may be a passing fault of DNS."""
        return self.kind is Kind.BOUNCE and self.status.startswith("5.") and self.status != "5.4.4"


# What a mail server says of an address that is none (RFC 3463, and 5.1.10 of RFC 7505).
_DEAD = re.compile(r"^55\d[ -]+5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")  # RFC 3464, 6533
_TOKEN = re.compile(r"(?:/unsubscribe/|[ub]\+)([a-z2-7]{53})\b", re.IGNORECASE)
_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_NO_COMPLAINT = ("not-spam", "auth-failure", "dmarc")
_DAEMONS = {"mailer-daemon", "postmaster"}
_MACHINE_LISTS = ("bulk", "list", "junk", "auto_reply")


@dataclass(frozen=True)
class Shown:
    """A mail as a person reads it: what its program could make of it, or the signs as they came."""

    sender: str
    subject: str
    text: str = field(repr=False)
    files: tuple[str, ...] = ()

    @property
    def as_text(self) -> str:
        """All of it in one text, as an extract shows it."""
        return "\n".join(one for one in (self.sender, self.subject, *self.files, "", self.text) if one).strip()


def shown(raw: bytes) -> Shown:
    """For a person to read what no machine understood; never raises, whatever the mail is made of."""
    try:
        mail = message_from_bytes(raw, policy=default)
        sender, subject = str(mail.get("From", "")), str(mail.get("Subject", ""))
        text = _text(mail) or "\n".join(_parts(mail))
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        sender, subject, text = "", "", ""
    words = text.strip() or "".join(sign for sign in _latin(raw[:LONGEST_TEXT]) if sign.isprintable() or sign == "\n")
    return Shown(" ".join(sender.split())[:254], " ".join(subject.split())[:200], words[:LONGEST_TEXT], file_names(raw))


def _parts(mail: Message) -> Iterator[str]:
    """The parts in words of a report."""
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            payload: Any = part.get_payload(decode=True)
            yield _latin(payload or b"")


def is_dead_address(answer: str) -> bool:
    """Whether a mail server's refusal says that there is no such address."""
    return bool(_DEAD.match(answer))


def read(raw: bytes, keys: Keys, *, came_to: Iterable[str] = ()) -> Incoming:
    """What this mail is. `came_to` are the addresses of the envelope, where the mail server has told them."""
    raw = raw[:LARGEST]  # what a machine reads stands first; a bounce may bring a whole letter back after it
    if not raw.strip():
        return Incoming(Kind.UNREADABLE)
    try:
        return _read(raw, keys, tuple(came_to))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError):
        # The library stumbles over some mail that was made to; what it cannot read, a person reads.
        return Incoming(Kind.UNREADABLE, delivery=_in_text(_latin(raw[:20_000]), keys))


def _read(raw: bytes, keys: Keys, came_to: tuple[str, ...]) -> Incoming:
    mail = message_from_bytes(raw, policy=default)
    to = (*came_to, *_addresses(mail, _TO))
    tokens = [found for address in to if (found := _token_in(address, keys))]
    report = str(mail.get_param("report-type", "") or "").lower()
    is_report = mail.get_content_type() == "multipart/report"
    if is_report and report in ("delivery-status", ""):
        return _bounce(mail, keys, tokens)
    if is_report and report == "feedback-report" and _is_complaint(mail):
        return Incoming(Kind.COMPLAINT, next((found for _, found in tokens), None) or _quoted(mail, keys))
    if not is_report and _is_sent_back(mail) and (old := [found for letter, found in tokens if letter == "b"]):
        return Incoming(Kind.UNREADABLE, old[0])  # by a mail server that writes no report
    if is_report or _is_automatic(mail):
        return Incoming(Kind.AUTOMATIC, next((found for _, found in tokens), None))
    leaving = next((found for letter, found in tokens if letter == "u"), None)
    if leaving is not None:
        return Incoming(Kind.UNSUBSCRIBE, leaving)
    returned = next((found for letter, found in tokens if letter == "b"), None)
    sender = next(iter(_addresses(mail, ("Reply-To", "From"))), "")
    kind = Kind.UNREADABLE if returned is not None else Kind.LETTER
    return Incoming(
        kind, returned, sender=sender[:254], recipients=tuple(one.lower() for one in to),
        subject=" ".join(_plain(str(mail.get("Subject", ""))).split())[:200], text=_text(mail), files=file_names(raw),
    )  # fmt: skip


def _is_complaint(mail: Message) -> bool:
    """Whether somebody pressed "spam". Other reports have the same form: that it was none, or a failed signature."""
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            found = re.search(r"^feedback-type:[ \t]*([\w-]+)", _latin(part.as_bytes()), re.IGNORECASE | re.MULTILINE)
            return found is None or found[1].lower() not in _NO_COMPLAINT
    return True


def _is_sent_back(mail: Message) -> bool:
    """A bounce in words alone, as qmail and older Exim write them: for a person, never for nobody (M-06)."""
    locals_ = {address.partition("@")[0].lower() for address in _addresses(mail, ("From", "Sender"))}
    return "X-Failed-Recipients" in mail or bool(locals_ & _DAEMONS)


def _bounce(mail: Message, keys: Keys, tokens: list[tuple[str, bytes]]) -> Incoming:
    """The worst of the report's recipients; a letter of ours has one."""
    delivery = next((found for _, found in tokens), None) or _quoted(mail, keys)
    fields = list(_status_fields(mail))
    if not any("action" in one for one in fields):
        return Incoming(Kind.UNREADABLE, delivery)
    for one in fields:
        if one.get("action", "").partition("(")[0].strip() == "failed":  # a comment may follow it
            status = _STATUS.search(one.get("status", "")) or _STATUS.search(one.get("diagnostic-code", ""))
            if not status:
                return Incoming(Kind.UNREADABLE, delivery)
            return Incoming(Kind.BOUNCE, delivery, status=status[1], message_id=_quoted_id(mail))
    return Incoming(Kind.DELAY, delivery)


def _status_fields(mail: Message) -> Iterator[dict[str, str]]:
    for part in mail.walk():
        if part.get_content_type() in _STATUS_PARTS:
            for block in _blocks(part):
                yield {name.lower(): " ".join(str(value).split()).lower() for name, value in block.items()}


def _blocks(part: Message) -> list[Any]:
    """The groups of fields of a report. Those of the plain kind alone are parsed; others are taken for a mail."""
    payload: Any = part.get_payload()
    blocks = payload if isinstance(payload, list) else []
    if part.get_content_type() == _STATUS_PARTS[0]:
        return blocks
    text = "".join(str(block) for block in blocks)
    return [message_from_string(block) for block in re.split(r"\r?\n[ \t]*\r?\n", text) if block.strip()]


def _quoted(mail: Message, keys: Keys) -> bytes | None:
    """The token of our letter, as its headers stand in the report."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/feedback-report":
            found = _in_text(_latin(part.as_bytes()), keys)
        elif kind in ("text/rfc822-headers", "message/global-headers"):
            headers: Any = part.get_payload(decode=True)
            found = _in_text(_latin(headers or b""), keys)
        elif kind in ("message/rfc822", "message/global"):
            payload: Any = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            found = _in_text("\n".join(f"{k}: {v}" for k, v in inner.items()), keys) if inner is not None else None
        else:
            continue
        if found is not None:
            return found
    return None


def _quoted_id(mail: Message) -> str:
    """The id of our letter, as its headers stand in the report."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind in ("text/rfc822-headers", "message/global-headers"):
            headers: Any = part.get_payload(decode=True)
            inner: Any = message_from_string(_latin(headers or b""))
        elif kind in ("message/rfc822", "message/global"):
            payload: Any = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
        else:
            continue
        if inner is not None and inner.get("Message-ID"):
            return "".join(str(inner["Message-ID"]).split())[:200]
    return ""


def _in_text(text: str, keys: Keys) -> bytes | None:
    joined = re.sub(r"\r?\n[ \t]+", "", text)
    for where in (text, joined):
        for token in _TOKEN.findall(where):
            found = delivery_of(token, keys)
            if found is not None:
                return found
    return None


def _token_in(address: str, keys: Keys) -> tuple[str, bytes] | None:
    """`u+token@…` or `b+token@…`: which of the two, and the letter."""
    local = address.rpartition("@")[0].strip().lower()
    found = delivery_of(local[2:], keys) if local[:2] in ("u+", "b+") else None
    return (local[0], found) if found is not None else None


def _is_automatic(mail: Message) -> bool:
    """A program's answer is no answer: it never unsubscribes anybody and never opens a case (M-05)."""
    automatic = str(mail.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    returned = str(mail.get("Return-Path", "")).strip()
    return (
        automatic not in ("no", "")
        or str(mail.get("Precedence", "")).strip().lower() in _MACHINE_LISTS
        or "X-Autoreply" in mail
        or "X-Autorespond" in mail
        or returned == "<>"
        or any(name.lower().startswith("list-") for name in mail)
    )


def _addresses(mail: Message, names: Iterable[str]) -> list[str]:
    given = [str(value) for name in names for value in mail.get_all(name, [])]
    return [address.strip() for _, address in getaddresses(given) if "@" in address]


def _text(mail: Message) -> str:
    """What somebody has written, as plain text."""
    body = mail.get_body(("plain", "html")) if isinstance(mail, EmailMessage) else None
    if body is None:
        return ""
    try:
        text = str(body.get_content())
    except LookupError:  # an alphabet that nobody knows
        content: Any = body.get_payload(decode=True) or b""
        text = content.decode("utf-8", "replace")
    if body.get_content_subtype() == "html":
        text = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", text, flags=re.IGNORECASE | re.DOTALL)
    return _plain(text)[:LONGEST_TEXT].strip()


def _plain(text: str) -> str:
    """Without the signs that no text has, which a database may not take."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")


def _latin(raw: bytes) -> str:
    return raw.decode("latin-1")
