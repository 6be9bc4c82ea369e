"""Reading messages: the sent-mail page of one tenant, and whether mail goes out at all."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from infosoc.kernel.errors import NotFound
from infosoc.outbox.models import MailPause, OutboxMessage
from infosoc.outbox.rules import MessageState

ROWS = 50
WAITING = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING)
CHOICES = {
    "waiting": WAITING,
    "sent": (MessageState.SENT,),
    "uncertain": (MessageState.UNCERTAIN,),
    "failed": (MessageState.FAILED, MessageState.BOUNCED),
}


@dataclass(frozen=True)
class MailPage:
    """One page of the tenant's messages, newest first, and how many there are of each kind."""

    messages: list[OutboxMessage]
    counts: dict[str, int]
    choice: str
    number: int

    @property
    def total(self) -> int:
        return self.counts[self.choice or "all"]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // ROWS))


def mail_page(session: Session, choice: str, number: int) -> MailPage:
    """The messages of the tenant in whose scope this runs; `choice` is a key of `CHOICES` or empty for all."""
    states = session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state))
    by_state: dict[str, int] = dict(states.all())
    counts = {name: sum(by_state.get(state, 0) for state in states) for name, states in CHOICES.items()}
    counts["all"] = sum(by_state.values())
    statement = (
        select(OutboxMessage)
        .options(defer(OutboxMessage.text_body), defer(OutboxMessage.html_body))
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
        .limit(ROWS)
        .offset((max(1, number) - 1) * ROWS)
    )
    if choice:
        statement = statement.where(OutboxMessage.state.in_(CHOICES[choice]))
    return MailPage(list(session.scalars(statement)), counts, choice, max(1, number))


def message_at(session: Session, public_id: str) -> OutboxMessage:
    found = session.scalar(select(OutboxMessage).where(OutboxMessage.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def message_keyed(session: Session, unique_key: str) -> OutboxMessage | None:
    return session.scalar(select(OutboxMessage).where(OutboxMessage.unique_key == unique_key))


def pause(session: Session) -> MailPause | None:
    """Why outgoing mail is off, if it is."""
    return session.scalar(select(MailPause).order_by(MailPause.id.desc()).limit(1))
