"""The lane of the worker that sends mailings, and what is done regularly for them.

The row is committed as `sending` before the letter is handed over, and as `sent` after; one commit notes what became of
one letter and that the next is being handed over. A worker that dies leaves at most that one letter uncertain (M-20).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.jobs.registry import Worker, lane, scheduled, sweep
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.words import N_
from infosoc.mailings import inbound, letters, mailboxes, pace_rules, rules, tokens
from infosoc.mailings.commands import claims, sending
from infosoc.mailings.commands.claims import Claimed
from infosoc.mailings.facts import facts_of
from infosoc.mailings.letters import MailingFacts, RecipientFacts
from infosoc.mailings.models import InboundMail, Mailing, MailingPace, MailingRecipient
from infosoc.mailings.rules import RecipientState, State
from infosoc.outbox import queries as outbox
from infosoc.outbox import rules as outbox_rules
from infosoc.outbox import smtp
from infosoc.tenancy.queries import all_tenants, scope_of

log = logging.getLogger(__name__)

CLAIM_LASTS = 20.0  # seconds: what is not begun by then is asked about again
REST_AFTER_TROUBLE = 15.0  # seconds, while the mail server cannot be reached
LOOK_EVERY = 60.0  # seconds, into the mailbox
UNREAD_KEPT, DIGESTS_KEPT = timedelta(days=90), timedelta(days=400)
BROKEN = N_("The connection broke while the letter was being handed over. It may have been sent.")
NOT_WRITTEN = N_("The letter could not be put together. The server's log says why.")

_rest_until: dict[str, float] = {}
_next_look: dict[str, float] = {}


@dataclass(frozen=True)
class Work:
    """A mailing on its way."""

    tenant_id: int
    mailing_id: int


Told = Callable[[Session], None]


@lane("mailings")
def send_waiting(worker: Worker, app: Flask) -> bool:
    """Send a batch of each mailing that is on its way; whether there was any."""
    settings = app.extensions["settings"]
    if not settings.smtp_url or _rest_until.get(worker.id, 0) > time.monotonic():
        return False
    connection = smtp.Connection(smtp.read_url(settings.smtp_url))
    sent_any = False
    with app.app_context(), every_tenant("the worker sends mailings"):
        try:
            while not worker.stopping and _is_wanted(worker.id, clock.now()):
                for work in _due(clock.now()):
                    _in_tenant(work, partial(sending.start_when_due, mailing_id=work.mailing_id, now=clock.now()))
                # A batch of each in turn, so that a small mailing does not wait for a large one.
                sent = [_send_some(worker, connection, work, settings) for work in _under_way()]
                if not any(sent):
                    break
                sent_any = True
        except smtp.NoServer as error:
            log.warning("mailings: %s", error)
            _rest_until[worker.id] = time.monotonic() + REST_AFTER_TROUBLE
        finally:
            connection.close()
    return sent_any


@lane("mailbox")
def read_mailbox(worker: Worker, app: Flask) -> bool:
    """Apply what has come into the mailbox that bounces and mail to unsubscribe go to, where one is set."""
    settings = app.extensions["settings"]
    if not settings.mailbox_url or _next_look.get(worker.id, 0) > time.monotonic():
        return False
    _next_look[worker.id] = time.monotonic() + LOOK_EVERY
    keys = tokens.read_keys(settings.unsubscribe_keys)
    with app.app_context():
        try:
            place = mailboxes.read_url(settings.mailbox_url)
            return mailboxes.on_server(place, lambda raw: inbound.receive(raw, keys, now=clock.now())) > 0
        except mailboxes.NoMailbox as error:
            log.warning("mailings: %s", error)
            return False


@sweep
def let_go(session: Session, living: Collection[str], now: datetime) -> None:
    """Letters of dead workers."""
    claims.release(session, MailingRecipient.claimed_by.not_in(living))


@scheduled("mailings.forget", daily_at="03:55")
def forget(now: datetime) -> None:
    """Remove what was kept for a while: inbound mail that nobody has read, old digests, speeds of past days."""
    with transaction() as session:
        inbound.forget_content(session, now - UNREAD_KEPT, now)
        for old in (
            delete(InboundMail).where(InboundMail.received_at < now - DIGESTS_KEPT),
            delete(MailingPace).where(MailingPace.next_at < now - timedelta(days=1)),
        ):
            session.execute(old, execution_options={"synchronize_session": False})


# ---- which mailings --------------------------------------------------------------------------------------------------


def _is_wanted(worker_id: str, now: datetime) -> bool:
    """Whether there is anything to send, and mail is on. What this worker held when a batch broke off is let go."""
    reading = db.session()
    held = reading.scalar(select(MailingRecipient.id).where(_held_by(worker_id)).limit(1))
    waiting = reading.scalar(select(Mailing.id).where(_on_the_way(now)).limit(1))
    is_off = waiting is not None and outbox.pause(reading) is not None
    reading.rollback()
    if held is not None:
        with transaction() as session:
            claims.release(session, _held_by(worker_id))
    return waiting is not None and not is_off


def _held_by(worker_id: str) -> Any:
    states = (RecipientState.CLAIMED.value, RecipientState.SENDING.value)
    return (MailingRecipient.claimed_by == worker_id) & MailingRecipient.state.in_(states)


def _on_the_way(now: datetime) -> Any:
    return or_(Mailing.state == State.SENDING, _has_come(now))


def _has_come(now: datetime) -> Any:
    return (Mailing.state == State.APPROVED) & (Mailing.scheduled_at <= now)


def _due(now: datetime) -> list[Work]:
    reading = db.session()
    rows = reading.execute(select(Mailing.tenant_id, Mailing.id).where(_has_come(now)).order_by(Mailing.scheduled_at))
    found = [Work(*row) for row in rows]
    reading.rollback()
    return found


def _under_way() -> list[Work]:
    reading = db.session()
    rows = reading.execute(
        select(Mailing.tenant_id, Mailing.id)
        .where(Mailing.state == State.SENDING)
        .order_by(Mailing.started_at, Mailing.id)
    )
    found = [Work(*row) for row in rows]
    reading.rollback()
    return found


# ---- a batch ---------------------------------------------------------------------------------------------------------


def _send_some(worker: Worker, connection: smtp.Connection, work: Work, settings: Any) -> bool:
    """Claim a batch of this mailing and send it; whether there was any."""
    try:
        batch, mailing = _claim(worker, work, settings)
    except DomainError as error:
        _in_tenant(work, partial(sending.halt_numbered, mailing_id=work.mailing_id, reason=str(error.message)))
        return False
    if worker.stopping or not batch:
        _give_back(worker, work, batch)
        return False
    begun_at = time.monotonic()
    told: Told | None = None
    for number, letter in enumerate(batch):
        if worker.stopping or time.monotonic() - begun_at > CLAIM_LASTS:
            _note(told)
            _give_back(worker, work, batch[number:])
            return True
        with worker.finishing():
            composed = _compose(mailing, letter, settings)
            if not _begin(worker, told, letter, composed):
                told = None
                continue  # it was taken away, or the person has said no
            try:
                told = _hand_over(worker, connection, mailing, letter, composed, settings)
            except smtp.NoServer as error:
                _give_back(worker, work, batch[number:], str(error))
                raise
    _note(told)
    return True


def _give_back(worker: Worker, work: Work, rest: list[Claimed], problem: str = "") -> None:
    """Let others have what has not been begun; why, when the mail server is the reason, stands with the mailing."""
    if rest:
        steps = [partial(claims.give_back, letters=rest, worker_id=worker.id)]
        if problem:
            steps.append(partial(claims.count, mailing_id=work.mailing_id, counts={"state_reason": problem[:200]}))
        _in_tenant(work, *steps)


def _claim(worker: Worker, work: Work, settings: Any) -> tuple[list[Claimed], MailingFacts]:
    tenants = all_tenants(db.session())
    tenant = next(one for one in tenants if one.id == work.tenant_id)
    per_hour = pace_rules.letters_an_hour(tenant.settings.get("letters_per_hour"), rules.PER_HOUR)
    with tenant_scope(scope_of(tenants, tenant.id)):
        mailing = facts_of(db.session(), tenant, work.mailing_id)
        letters.way(mailing.sender, settings)
        with transaction() as session:
            return claims.take(session, work.mailing_id, worker.id, per_hour=per_hour, now=clock.now()), mailing


def _compose(mailing: MailingFacts, letter: Claimed, settings: Any) -> EmailMessage | None:
    try:
        return letters.compose(mailing, _recipient(letter), settings, written_at=clock.now())
    except (DomainError, ValueError) as error:
        log.warning("mailings: letter %s cannot be written: %s", letter.id, error)
    except Exception:
        log.exception("mailings: letter %s cannot be written", letter.id)
    return None


def _recipient(letter: Claimed) -> RecipientFacts:
    return RecipientFacts(letter.address, letter.delivery, letter.fields)


def _begin(worker: Worker, told: Told | None, letter: Claimed, composed: EmailMessage | None) -> bool:
    """Note the letter before, and that this one is being handed over: one commit."""
    begun = False

    def step(session: Session) -> None:
        nonlocal begun
        if composed is None:
            claims.failed(session, letter, worker.id, NOT_WRITTEN, now=clock.now())
        else:
            begun = claims.begin(session, letter, worker.id, message_id=str(composed["Message-ID"]))

    _note(told, step)
    return begun


def _hand_over(
    worker: Worker, connection: smtp.Connection, mailing: MailingFacts, letter: Claimed, composed: Any, settings: Any
) -> Told:
    """Hand one letter over, and say what is to be written of it."""
    try:
        connection.prepare(letters.return_address(mailing, _recipient(letter), settings), letter.address)
        connection.hand_over(composed)
    except smtp.NoServer:
        raise
    except smtp.Temporary as error:
        return _tried_in_vain(worker, letter, str(error))
    except (smtp.Final, UnicodeError) as error:
        problem = str(error)
        return lambda session: claims.failed(session, letter, worker.id, problem, now=clock.now())
    except smtp.Unknown as error:
        log.warning("mailings: letter %s is uncertain: %s", letter.id, error)
        return lambda session: claims.unknown(session, letter, worker.id, BROKEN)
    handed_over_at = clock.now()
    return lambda session: claims.sent(session, letter, worker.id, now=handed_over_at)


def _tried_in_vain(worker: Worker, letter: Claimed, problem: str) -> Told:
    """Again after a while, or given up."""
    if letter.attempts >= outbox_rules.ATTEMPTS:
        return lambda session: claims.failed(session, letter, worker.id, problem, now=clock.now())
    again_at = clock.now() + outbox_rules.delay_after(letter.attempts)
    return lambda session: claims.later(session, letter, worker.id, problem, again_at=again_at)


def _note(*steps: Told | None) -> None:
    """Write down what has become of letters that this worker holds, each by the number of its row."""
    if any(steps):
        with transaction() as session:
            for step in steps:
                if step is not None:
                    step(session)


def _in_tenant(work: Work, *steps: Callable[[Session], Any]) -> None:
    """These steps in one transaction, in the tenant's scope."""
    scope = scope_of(all_tenants(db.session()), work.tenant_id)
    with tenant_scope(scope), transaction() as session:
        for step in steps:
            step(session)
