"""Applying mail that has come in: bounces, complaints, requests to leave, and mail to the privacy address.

Each mail is applied once, however often it is read: its digest is kept. What no machine can read waits, with its text,
for a person of the tenant. Other domains take part by `handlers`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from infosoc.db.session import transaction
from infosoc.db.tenancy import current_scope, every_tenant, tenant_scope
from infosoc.kernel.errors import NotFound
from infosoc.mailings import inbound_rules
from infosoc.mailings.commands import claims, sending
from infosoc.mailings.commands.opt_out import Breadth, opt_out
from infosoc.mailings.inbound_rules import Incoming, Kind
from infosoc.mailings.kept_mail import kept
from infosoc.mailings.models import InboundMail, Mailing, MailingRecipient
from infosoc.mailings.queries.deliveries import Delivery, delivery
from infosoc.mailings.rules import RecipientState
from infosoc.mailings.tokens import Keys
from infosoc.outbox import commands as outbox
from infosoc.suppression import commands as suppression
from infosoc.suppression.commands import Evidence
from infosoc.suppression.rules import Channel
from infosoc.suppression.rules import Kind as Stop
from infosoc.tenancy.queries import all_tenants, scope_numbered

READ_BEFORE, BOUNCED, TRANSIENT, COMPLAINED = "read before", "bounced", "transient", "complained"
UNSUBSCRIBED, IGNORED, NOT_OURS, WAITS = "unsubscribed", "ignored", "not ours", "waits for a person"


@dataclass(frozen=True)
class Letter:
    """A mail that a person has written to a tenant's privacy address."""

    tenant_id: int
    sender: str
    subject: str
    text: str = field(repr=False)
    received_at: datetime
    files: tuple[str, ...] = ()  # the names of those that came along, which are not kept


# Each gets the session, in a transaction and the scope of the tenant, and says in a word what it did, or nothing.
Handler = Callable[[Session, Letter], str | None]
handlers: list[Handler] = []


def add_handler(handler: Handler) -> Handler:
    """Let a higher domain take mail to the privacy address."""
    if handler not in handlers:
        handlers.append(handler)
    return handler


def receive(raw: bytes, keys: Keys, *, came_to: Iterable[str] = (), now: datetime) -> str:
    """Apply one mail, in a transaction of its own; says what came of it."""
    digest = hashlib.sha256(raw.replace(b"\r\n", b"\n").strip()).digest()
    incoming = inbound_rules.read(raw, keys, came_to=came_to)
    try:
        with every_tenant("mail from outside is read"), transaction() as session:
            if session.scalar(select(InboundMail.id).where(InboundMail.digest == digest)) is not None:
                return READ_BEFORE
            note = InboundMail(digest=digest, kind=incoming.kind.value, received_at=now)
            session.add(note)
            session.flush()
            note.tenant_id, note.outcome = _apply(session, incoming, now)
            if note.outcome == WAITS:
                note.content = kept(raw[: inbound_rules.LARGEST])
            else:
                note.settled_at = now
            return note.outcome
    except IntegrityError:
        with every_tenant("mail from outside is read"), transaction() as session:
            if session.scalar(select(InboundMail.id).where(InboundMail.digest == digest)) is not None:
                return READ_BEFORE  # somebody else has read the same mail at the same moment
        raise


def waiting(session: Session) -> list[InboundMail]:
    """Mail of the scope's tenant that waits for a person, with its content."""
    return _unsettled(session, InboundMail.tenant_id == current_scope().tenant_id)


def nobodys(session: Session) -> list[InboundMail]:
    """Mail of which nobody knows whose it is: for whoever runs the installation, and for no tenant."""
    return _unsettled(session, InboundMail.tenant_id.is_(None))


def _unsettled(session: Session, whose: Any) -> list[InboundMail]:
    query = select(InboundMail).where(whose, InboundMail.settled_at.is_(None)).options(undefer(InboundMail.content))
    return list(session.scalars(query.order_by(InboundMail.received_at, InboundMail.id)))


def settle(session: Session, mails: Iterable[InboundMail], mail_id: int, *, now: datetime) -> None:
    """A person has seen to one of these mails: its text is let go."""
    for mail in mails:
        if mail.id == mail_id:
            mail.settled_at, mail.content = now, None
            return
    raise NotFound


# ---- what each kind does ---------------------------------------------------------------------------------------------


def _apply(session: Session, incoming: Incoming, now: datetime) -> tuple[int | None, str]:
    """Whose it is, and what came of it."""
    found = delivery(session, incoming.delivery) if incoming.delivery is not None else None
    if incoming.kind in (Kind.AUTOMATIC, Kind.DELAY):
        return (found.tenant_id if found else None), IGNORED
    if incoming.kind is Kind.LETTER:
        return _to_a_person(session, incoming, now)
    if found is None and incoming.is_permanent and incoming.message_id:
        whose = outbox.bounced(session, incoming.message_id, incoming.status)
        return whose, NOT_OURS if whose is None else BOUNCED
    if found is None:
        # A report without a sign of ours is about somebody else's mail; one that cannot be read may be about ours.
        return None, WAITS if incoming.kind is Kind.UNREADABLE else NOT_OURS
    with tenant_scope(scope_numbered(session, found.tenant_id)):
        return found.tenant_id, _of_a_letter(session, incoming, found, now)


def _of_a_letter(session: Session, incoming: Incoming, found: Delivery, now: datetime) -> str:
    if incoming.kind is Kind.COMPLAINT:
        return _complained(session, found, now)
    if incoming.kind is Kind.UNSUBSCRIBE:
        opt_out(session, found.number, Breadth.LIST, Evidence(Channel.MAIL), now=now)
        return UNSUBSCRIBED
    if incoming.kind is not Kind.BOUNCE:
        return WAITS
    return _bounced(session, found, incoming.status, now) if incoming.is_permanent else TRANSIENT


def _bounced(session: Session, found: Delivery, status: str, now: datetime) -> str:
    """The letter came back for good: the address is written to no more."""
    letter = _locked(session, found)
    if letter is None or letter.bounced_at is not None:
        return BOUNCED
    counts: dict[str, Any] = {"bounced": Mailing.bounced + 1}
    for state, column in (
        (RecipientState.SENT, Mailing.sent), (RecipientState.UNCERTAIN, Mailing.uncertain),
        (RecipientState.FAILED, Mailing.failed),
    ):  # fmt: skip
        if letter.state == state:
            counts[column.key] = column - 1
    letter.state, letter.bounced_at, letter.problem = RecipientState.BOUNCED.value, now, status
    letter.claimed_by = None
    session.flush()
    claims.count(session, found.mailing_id, counts)
    _suppress(session, found, Stop.BOUNCED, Channel.BOUNCE, now)
    sending.judge(session, found.mailing_id)
    return BOUNCED


def _complained(session: Session, found: Delivery, now: datetime) -> str:
    """The person has pressed "spam": nothing more from this company (M-32)."""
    letter = _locked(session, found)
    if letter is not None and letter.complained_at is None:
        letter.complained_at = now
        session.flush()
        claims.count(session, found.mailing_id, {"complained": Mailing.complained + 1})
        sending.judge(session, found.mailing_id)
    _suppress(session, found, Stop.COMPLAINED, Channel.COMPLAINT, now)
    return COMPLAINED


def _to_a_person(session: Session, incoming: Incoming, now: datetime) -> tuple[int | None, str]:
    """Mail to a tenant's privacy address is handed to whoever has asked for it; who writes to two, asks both."""
    found: list[tuple[int, str]] = []
    for tenant in all_tenants(session):
        own = str(tenant.settings.get("privacy_email") or "").strip().lower()
        if not own or own not in incoming.recipients:
            continue
        letter = Letter(tenant.id, incoming.sender, incoming.subject, incoming.text, now, incoming.files)
        with tenant_scope(scope_numbered(session, tenant.id)):
            outcomes = (handler(session, letter) for handler in handlers)
            outcome = next((one for one in outcomes if one), WAITS)
            session.flush()
        found.append((tenant.id, outcome[:40]))
    # A mail has one note: that of the company where it waits, if it does anywhere.
    return next((one for one in found if one[1] == WAITS), found[0] if found else (None, WAITS))


def _locked(session: Session, found: Delivery) -> MailingRecipient | None:
    return session.scalar(
        select(MailingRecipient)
        .where(MailingRecipient.id == found.recipient_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _suppress(session: Session, found: Delivery, kind: Stop, channel: Channel, now: datetime) -> None:
    """Under the hash of the address that the letter went to, which stays when the person has been removed."""
    if found.digest is not None:
        evidence = Evidence(channel, mailing_id=found.mailing_id)
        suppression.suppress(session, found.digest, kind, evidence, now=now)
        session.flush()


def forget_content(session: Session, before: datetime, now: datetime) -> None:
    """Let go of the text of mail that nobody has seen to."""
    old = update(InboundMail).where(InboundMail.content.is_not(None), InboundMail.received_at < before)
    session.execute(old.values(content=None, settled_at=now), execution_options={"synchronize_session": False})
