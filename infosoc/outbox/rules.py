"""States of a message, what a header may hold, and how long to wait before it is tried again. Pure."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from enum import StrEnum
from urllib.parse import urlsplit

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_

ATTEMPTS = 12
DELAYS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 20, 40, 60, 120, 240, 480, 960))
KEEP_ENDED = timedelta(days=90)
LONGEST_SUBJECT = 200


class MessageState(StrEnum):
    """Waiting; taken by a worker; being handed over; and how it ended. `uncertain` waits for a person.

    One that was sent may come back later: `bounced`.
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    BOUNCED = "bounced"


STATE_LABELS = {
    MessageState.QUEUED: N_("Waiting"),
    MessageState.CLAIMED: N_("Waiting"),
    MessageState.SENDING: N_("Being sent"),
    MessageState.SENT: N_("Sent"),
    MessageState.FAILED: N_("Not sent"),
    MessageState.UNCERTAIN: N_("Uncertain"),
    MessageState.BOUNCED: N_("Came back"),
}


class UnsafeHeader(Invalid):
    message = N_("A subject or address may not hold line breaks or control characters.")


class SubjectTooLong(Invalid):
    message = N_("A subject may be at most 200 characters.")


def header_text(text: str, *, field: str) -> str:
    """The text when it can stand in a header as it is; never a second header."""
    if any(ord(sign) < 32 or ord(sign) == 127 or sign in "\x85\u2028\u2029" for sign in text):
        raise UnsafeHeader(field=field)
    return text


def subject_text(text: str) -> str:
    if len(text) > LONGEST_SUBJECT:
        raise SubjectTooLong(field="subject")
    return header_text(text, field="subject")


def delay_after(attempts: int) -> timedelta:
    """How long to wait after this many attempts; grows to most of a day."""
    return DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]


def own_domain(mail_from: str, base_url: str) -> str:
    """The domain that message ids are made in: the sender's, else the site's."""
    domain = parseaddr(mail_from)[1].rpartition("@")[2]
    if "." in domain:
        return domain
    return urlsplit(base_url).hostname or "localhost"
