"""Links to extracts: one in a letter, and a code that comes another way; neither is worth anything alone.

"Am I registered?" shows the code on the page where it was asked and mails the link, so whoever reads the answer both
asked and holds the mailbox. Nothing is looked up before that, so the page cannot tell a stranger who is known.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from infosoc.db.changed import rows_changed
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.words import N_
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from infosoc.privacy import request_rules as rules
from infosoc.privacy.models import RequestLink
from infosoc.privacy.request_rules import LASTS

__all__ = ["LASTS", "LinkNotValid", "NewLink", "WrongCode", "make", "new_code", "open_with_code", "valid"]


class LinkNotValid(NotFound):
    message = N_("The link has been used or has expired. Ask for a new one.")


class WrongCode(Invalid):
    message = N_("That code is not right. It has six digits and was shown when you asked.")


@dataclass(frozen=True)
class NewLink:
    """A link that has just been made; the token and the code are kept nowhere."""

    token: str
    code: str
    digest: bytes


def make(
    session: Session, address: str, *, language: str, now: datetime, is_joint: bool = False,
    case_id: int | None = None, is_reviewed: bool = False, contact_id: int | None = None,
) -> NewLink:  # fmt: skip
    """A new link for this address, in the tenant of the scope.

    Staff who answer a case and have looked through the texts say `is_reviewed`: the texts are then in the answer, which
    is about the contact person they have looked at.
    """
    token, code = secrets.token_urlsafe(32), new_code()
    link = NewLink(token, code, rules.digest(token))
    session.add(
        RequestLink(
            digest=link.digest, purpose="extract", address=address, code_digest=rules.code_digest(token, code),
            case_id=case_id, language=language, 
            content={"is_joint": is_joint, "is_reviewed": is_reviewed, "contact_id": contact_id},
            made_at=now, ends_at=now + LASTS,
        )
    )  # fmt: skip
    session.flush()
    return link


def new_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**rules.CODE_DIGITS):0{rules.CODE_DIGITS}d}"


def valid(session: Session, token: str, *, now: datetime) -> RequestLink:
    """The link while it works: a week until it is opened, and an hour from then."""
    link = session.scalar(
        select(RequestLink).where(
            RequestLink.digest == rules.digest(token), RequestLink.ends_at > now,
            or_(RequestLink.used_at.is_(None), RequestLink.used_at > now - rules.DOWNLOADS),
        )
    )  # fmt: skip
    if link is None:
        raise LinkNotValid
    return link


def open_with_code(session: Session, token: str, code: str, *, now: datetime) -> tuple[RequestLink, bool]:
    """The link, and whether this was the first opening; raises `WrongCode`. Who calls counts the tries."""
    link = valid(session, token, now=now)
    if not hmac.compare_digest(rules.code_digest(token, code), link.code_digest or b""):
        raise WrongCode(field="code")
    opening = (
        update(RequestLink)
        .where(RequestLink.id == link.id, RequestLink.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return link, rows_changed(session, opening) == 1


def forget_old(session: Session, *, now: datetime) -> int:
    """Delete links that nobody can open any more, with their addresses; returns how many."""
    over = or_(RequestLink.ends_at <= now, RequestLink.used_at <= now - rules.DOWNLOADS)
    return rows_changed(session, delete(RequestLink).where(over))


def forget_last_letters(session: Session, *, now: datetime) -> int:
    """Take the addresses of removed people out of letters that have been handed over, or are 72 hours old."""
    ended = (MessageState.SENT.value, MessageState.FAILED.value)
    low, high = rules.LAST_LETTER, rules.LAST_LETTER[:-1] + chr(ord(rules.LAST_LETTER[-1]) + 1)
    old = OutboxMessage.created_at <= now - rules.LAST_LETTER_KEPT
    found = update(OutboxMessage).where(
        OutboxMessage.unique_key >= low, OutboxMessage.unique_key < high, OutboxMessage.recipient != "",
    )  # fmt: skip
    nothing: dict[str, Any] = {"recipient": "", "subject": "", "text_body": "", "html_body": None, "problem": ""}
    late = found.where(old, OutboxMessage.state.not_in(ended)).values(**nothing, state=MessageState.FAILED.value)
    done = found.where(OutboxMessage.state.in_(ended)).values(**nothing)
    return sum(rows_changed(session, one.execution_options(synchronize_session=False)) for one in (late, done))
