"""The lane of the worker that sends mail.

The row is the truth. It is committed as `sending` before the letter is handed over and as `sent` after. What a dead
worker had only claimed goes back to the queue; what it was handing over is left `uncertain`, for a person to decide.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from flask import Flask, current_app
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from infosoc.db.changed import rows_changed
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.jobs.registry import Worker, lane, scheduled, sweep
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.words import N_
from infosoc.outbox import attachments, instance, letter, queries, rules, smtp
from infosoc.outbox.attachments import File
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from infosoc.tenancy.models import Tenant

log = logging.getLogger(__name__)

BATCH = 20
CUT_OFF = N_("The worker was ended while the message was being handed over. It may have been sent.")
BROKEN = N_("The connection broke while the message was being handed over. It may have been sent.")


@dataclass(frozen=True)
class Claimed:
    """A message that this worker holds, apart from its row."""

    id: int
    public_id: str
    tenant_id: int
    sender_name: str
    recipient: str
    subject: str
    text: str
    html: str | None
    attached: list[dict[str, Any]]
    is_secret: bool
    attempts: int


@dataclass(frozen=True)
class Outcome:
    """What is to be written of a message, if it is still in one of these states."""

    message: Claimed
    states: tuple[MessageState, ...]
    values: dict[str, Any]


_CLAIMED = (MessageState.CLAIMED,)
_HELD = (MessageState.CLAIMED, MessageState.SENDING)


@lane("mail")
def send_waiting(worker: Worker, app: Flask) -> bool:
    """Send a batch of what is due; whether there was any."""
    settings = app.extensions["settings"]
    if not settings.smtp_url:
        return False
    connection = smtp.Connection(smtp.read_url(settings.smtp_url))
    sent_any = False
    try:
        while not worker.stopping:
            with app.app_context(), every_tenant("the worker sends mail"):
                batch = _claim_batch(worker.id)
                sent_any = sent_any or bool(batch)
                if not batch or not _send_batch(worker, connection, batch, settings):
                    break
    finally:
        connection.close()
    return sent_any


@sweep
def let_go(session: Session, living: Collection[str], now: datetime) -> None:
    """Messages of dead workers: claimed ones are sent by another, those being handed over are left to a person."""
    orphans = update(OutboxMessage).where(OutboxMessage.claimed_by.not_in(living))
    for state, values in (
        (MessageState.CLAIMED, {"state": MessageState.QUEUED, "not_before": now}),
        (MessageState.SENDING, {"state": MessageState.UNCERTAIN, "problem": CUT_OFF}),
    ):
        session.execute(
            orphans.where(OutboxMessage.state == state).values(**values),
            execution_options={"synchronize_session": False},
        )


@sweep
def check_instance(session: Session, living: Collection[str], now: datetime) -> None:
    """Taken before a worker sends anything: a copy of the database that was put up elsewhere sends nothing."""
    if current_app.extensions["settings"].smtp_url:
        instance.check(session, current_app.extensions["settings"], now=now)


@scheduled("outbox.forget", daily_at="03:50")
def forget_old_messages(now: datetime) -> None:
    """Remove messages that were settled long ago."""
    ended = (MessageState.SENT, MessageState.FAILED, MessageState.BOUNCED)
    with transaction() as session:
        session.execute(
            delete(OutboxMessage)
            .where(OutboxMessage.state.in_(ended), OutboxMessage.created_at < now - rules.KEEP_ENDED)
            .execution_options(synchronize_session=False)
        )


def _claim_batch(worker_id: str) -> list[Claimed]:
    now = clock.now()
    reading = db.session()
    due = (OutboxMessage.state == MessageState.QUEUED, OutboxMessage.not_before <= now)
    found = list(reading.scalars(select(OutboxMessage.id).where(*due).order_by(OutboxMessage.not_before).limit(BATCH)))
    is_off = bool(found) and queries.pause(reading) is not None
    reading.rollback()
    if not found or is_off:
        return []
    with transaction() as session:
        taken = session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(found), *due)
            .values(state=MessageState.CLAIMED, claimed_by=worker_id, attempts=OutboxMessage.attempts + 1)
            .returning(OutboxMessage.id)
            .execution_options(synchronize_session=False)
        )
        ids = [row.id for row in taken]
        rows = session.execute(
            select(OutboxMessage, Tenant.name)
            .join(Tenant, Tenant.id == OutboxMessage.tenant_id)
            .where(OutboxMessage.id.in_(ids))
            .order_by(OutboxMessage.id)
            .execution_options(populate_existing=True)
        )
        return [
            Claimed(
                row.id, row.public_id, row.tenant_id, name, row.recipient, row.subject, row.text_body, row.html_body,
                row.attached, row.is_secret, row.attempts,
            )
            for row, name in rows
        ]  # fmt: skip


def _send_batch(worker: Worker, connection: smtp.Connection, batch: list[Claimed], settings: Any) -> bool:
    """Send each; False when it is no use to go on now. What is left is given back.

    One commit notes what became of one letter and that the next is being handed over; then the next is.
    """
    told: Outcome | None = None
    for number, message in enumerate(batch):
        if worker.stopping:
            _note(worker, told)
            _give_back(worker, batch[number:], "", is_tried=False)
            return False
        with worker.finishing():
            if not _note(worker, told, Outcome(message, _CLAIMED, _sending(message, settings))):
                told = None
                continue  # another worker holds it now
            try:
                told = _send(connection, message, settings)
            except smtp.NoServer as error:
                log.warning("mail: %s", error)
                _give_back(worker, batch[number:], str(error), is_tried=True)
                return False
    _note(worker, told)
    return True


def _send(connection: smtp.Connection, message: Claimed, settings: Any) -> Outcome:
    """Hand one letter over, and say what became of it."""
    try:
        composed = _compose(message, settings)
        connection.prepare(parseaddr(settings.mail_from)[1], message.recipient)
        connection.hand_over(composed)
    except smtp.NoServer:
        raise
    except smtp.Temporary as error:
        return _later(message, str(error))
    except (smtp.Final, DomainError, ValueError) as error:
        return _settled(message, {"state": MessageState.FAILED, "problem": str(error)})
    except smtp.Unknown as error:
        log.warning("mail: message %s is uncertain: %s", message.public_id, error)
        return Outcome(message, _HELD, {"state": MessageState.UNCERTAIN, "problem": BROKEN})
    return _settled(message, {"state": MessageState.SENT, "problem": "", "handed_over_at": clock.now()})


def _compose(message: Claimed, settings: Any) -> Any:
    return letter.compose(
        sender=settings.mail_from, sender_name=message.sender_name, recipient=message.recipient,
        subject=message.subject, text=message.text, html=message.html,
        message_id=_identity(message, settings), written_at=clock.now(), attached=_files(message),
    )  # fmt: skip


def _files(message: Claimed) -> list[File]:
    if not message.attached:
        return []
    with tenant_scope(Scope.alone(message.tenant_id)):
        return attachments.read(message.attached)


def _identity(message: Claimed, settings: Any) -> str:
    return letter.message_id(message.public_id, rules.own_domain(settings.mail_from, settings.base_url))


def _sending(message: Claimed, settings: Any) -> dict[str, Any]:
    return {"state": MessageState.SENDING, "message_id": _identity(message, settings)}


def _settled(message: Claimed, values: dict[str, Any]) -> Outcome:
    """The end of a message. A sweep may have called it uncertain by now; whoever handed it over knows better."""
    if message.is_secret:
        values |= {"text_body": "", "html_body": None}
    return Outcome(message, (MessageState.SENDING, MessageState.UNCERTAIN), values)


def _later(message: Claimed, problem: str) -> Outcome:
    """Tried in vain: again after a while, or given up."""
    if message.attempts >= rules.ATTEMPTS:
        return _settled(message, {"state": MessageState.FAILED, "problem": problem})
    again_at = clock.now() + rules.delay_after(message.attempts)
    return Outcome(message, _HELD, {"state": MessageState.QUEUED, "not_before": again_at, "problem": problem})


def _give_back(worker: Worker, messages: list[Claimed], problem: str, *, is_tried: bool) -> None:
    untried = {"state": MessageState.QUEUED, "attempts": OutboxMessage.attempts - 1}
    _note(worker, *(_later(one, problem) if is_tried else Outcome(one, _HELD, untried) for one in messages))


def _note(worker: Worker, *outcomes: Outcome | None) -> bool:
    """Change the rows that are still this worker's, in one transaction; whether the last one was."""
    changed = True
    with transaction() as session:
        for outcome in outcomes:
            if outcome is None:
                continue
            noted = (
                update(OutboxMessage)
                .where(OutboxMessage.id == outcome.message.id, OutboxMessage.claimed_by == worker.id)
                .where(OutboxMessage.state.in_(outcome.states))
                .values(**outcome.values)
                .execution_options(synchronize_session=False)
            )
            changed = rows_changed(session, noted) == 1
    return changed
