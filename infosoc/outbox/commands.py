"""Queueing messages, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import email
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_
from infosoc.outbox import queries, rules
from infosoc.outbox.models import MailPause, OutboxMessage
from infosoc.outbox.rules import MessageState

RESTORED = N_("The database has been restored from a backup. What was waiting then may have been sent since.")


class NotWaitingForDecision(Refused):
    message = N_("This message is not waiting for a decision.")


class NothingToSend(Refused):
    message = N_("The text of this message is no longer kept. Ask for a new link instead.")


def queue(
    session: Session,
    *,
    recipient: str,
    subject: str,
    text: str,
    unique_key: str,
    now: datetime,
    html: str | None = None,
    attached: Sequence[tuple[str, int]] = (),
    is_secret: bool = False,
) -> OutboxMessage:
    """Write a message in the name of the tenant in whose scope this runs; it goes out after the commit.

    The same key gives the same message. `attached` names files by kind and number; they are read when it is sent. A
    secret one (it carries a link to sign in by) is shown to nobody, and its text is blanked once handed over.
    """
    there = queries.message_keyed(session, unique_key)
    if there is not None:
        return there
    message = OutboxMessage(
        unique_key=unique_key, recipient=rules.header_text(email.canonical(recipient), field="recipient"),
        subject=rules.subject_text(subject), text_body=text, html_body=html, is_secret=is_secret,
        attached=[{"kind": kind, "number": number} for kind, number in attached],
        state=MessageState.QUEUED, not_before=now, created_at=now,
    )  # fmt: skip
    session.add(message)
    session.flush()
    return message


def send_again(session: Session, public_id: str, *, by: int, now: datetime) -> OutboxMessage:
    """Put a message that failed, or of which nobody knows, back into the queue: a person has decided so."""
    message = _undecided(session, public_id)
    if message.is_secret and not message.text_body:
        raise NothingToSend
    message.state, message.not_before, message.attempts = MessageState.QUEUED, now, 0
    message.claimed_by, message.problem = None, ""
    audit.record(session, "message sent again", "message", message.id, by=by)
    return message


def mark_as_sent(session: Session, public_id: str, *, by: int, now: datetime) -> OutboxMessage:
    """Note that an uncertain message did arrive: a person has found out."""
    message = _undecided(session, public_id)
    if message.state != MessageState.UNCERTAIN:
        raise NotWaitingForDecision
    message.state, message.handed_over_at, message.problem = MessageState.SENT, message.handed_over_at or now, ""
    if message.is_secret:
        message.text_body, message.html_body = "", None
    audit.record(session, "message marked as sent", "message", message.id, by=by)
    return message


def bounced(session: Session, message_id: str, status: str) -> int | None:
    """Note that a message came back for good; whose it was, or nothing where it is none of ours.

    `message_id` is that of our letter as the report quotes it. Nobody can guess one: it is made of the public id.
    """
    public_id = message_id.strip("<>").partition("@")[0]
    message = session.scalar(
        select(OutboxMessage).where(OutboxMessage.public_id == public_id, OutboxMessage.message_id == message_id)
    )
    if message is None:
        return None
    if message.state in (MessageState.SENT, MessageState.UNCERTAIN):
        message.state, message.problem = MessageState.BOUNCED, status
        session.flush()
    return message.tenant_id


def _undecided(session: Session, public_id: str) -> OutboxMessage:
    message = queries.message_at(session, public_id)
    if message.state not in (MessageState.UNCERTAIN, MessageState.FAILED):
        raise NotWaitingForDecision
    return message


def pause(session: Session, reason: str, *, now: datetime) -> None:
    """Turn outgoing mail off for the whole installation."""
    if queries.pause(session) is None:
        session.add(MailPause(reason=reason[:200], paused_at=now))


def resume(session: Session) -> bool:
    """Turn outgoing mail on; whether it had been off."""
    was_off = queries.pause(session) is not None
    session.execute(delete(MailPause))
    return was_off


def statements_after_restore(now: datetime) -> list[Any]:
    """What a restored database needs before anybody sends from it: mail off, and nothing sent that may have been."""
    on_the_way = OutboxMessage.state.in_(queries.WAITING)
    return [
        delete(MailPause),
        insert(MailPause).values(reason=RESTORED, paused_at=now),
        update(OutboxMessage)
        .where(on_the_way)
        .values(state=MessageState.UNCERTAIN.value, claimed_by=None, problem=RESTORED),
    ]
