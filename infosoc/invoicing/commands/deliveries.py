"""Sending an invoice once more, and what a person, a worker or an access point notes of a delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.tenancy import current_scope
from infosoc.invoicing.access_points import Receipt
from infosoc.invoicing.models import Delivery, Invoice, InvoicingSettings
from infosoc.invoicing.queries.parties import NotSetUp
from infosoc.invoicing.rules.delivery import AccessPoint, Channel, State, may_follow
from infosoc.kernel import email
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.words import N_

RESTORED = N_("The database has been restored from a backup. The invoice may have gone out since that was taken.")
REPLACED = N_("It was sent another way instead.")


class NotThatState(Refused):
    message = N_("That cannot be said of this delivery now.")


def send(
    session: Session, public_id: str, channel: Channel, recipient: str, *, by: int | None, now: datetime
) -> Delivery:
    """Let an issued invoice go out once more, this way and to this address; what had not gone yet does not go."""
    invoice = session.scalar(select(Invoice).where(Invoice.public_id == public_id).with_for_update())
    if invoice is None:
        raise NotFound
    to = email.canonical(recipient) if channel is Channel.EMAIL else ""
    waiting = select(Delivery).where(Delivery.invoice_id == invoice.id, Delivery.prepared_at.is_(None))
    for old in session.scalars(waiting.with_for_update()):
        if not old.receipt:  # else it is being handed over this moment
            old.state, old.problem, old.prepared_at, old.changed_at = State.FAILED, REPLACED, now, now
    session.flush()
    made = Delivery(
        invoice_id=invoice.id, channel=channel, state=State.CREATED, recipient=to, made_by=by, made_at=now,
        changed_at=now,
    )  # fmt: skip
    session.add(made)
    invoice.delivery, invoice.delivery_state = channel, State.CREATED
    session.flush()
    audit.record(session, "invoice sent again", "invoice", invoice.id, by=by)
    return made


def mark(session: Session, public_ids: Sequence[str], state: State, *, by: int, now: datetime) -> int:
    """Note what a person knows of deliveries that no machine follows; how many were changed.

    Of one alone it is refused where it cannot be said; of several, those of which it has been said are passed over.
    """
    query = select(Delivery).where(Delivery.public_id.in_(public_ids)).order_by(Delivery.id).with_for_update()
    found = list(session.scalars(query))
    if not found:
        raise NotFound
    changed = [one for one in found if may_follow(one.channel, one.state, state)]
    if not changed and len(found) == 1:
        raise NotThatState
    for one in changed:
        one.state, one.changed_at, one.prepared_at = state, now, one.prepared_at or now
    session.flush()
    audit.record_bulk(session, [("delivery marked", "invoice", one.invoice_id, []) for one in changed], by=by)
    return len(changed)


def receive(session: Session, receipt: Receipt, *, now: datetime) -> bool:
    """Note what an access point says of a file; whether it is one of ours. The same receipt twice changes nothing."""
    query = select(Delivery).where(Delivery.public_id == receipt.key, Delivery.channel == Channel.PEPPOL)
    one = session.scalar(query.with_for_update())
    if one is None:
        return False
    if (one.state, one.problem) != (receipt.state, receipt.text) and one.state != State.DELIVERED:
        one.state, one.problem, one.changed_at = receipt.state, receipt.text, now
        one.receipt = receipt.number or one.receipt
        session.flush()
    return True


def choose_access_point(session: Session, way: str, *, by: int) -> None:
    """Say what e-invoices are handed over to from now on."""
    own = session.scalar(select(InvoicingSettings).with_for_update())
    if own is None:
        raise NotSetUp
    before, own.access_point = own.access_point, AccessPoint(way).value
    if before != way:
        tenant_id = current_scope().tenant_id
        audit.record(
            session, "access point chosen", "tenant", tenant_id, by=by, changes={"access_point": (before, way)}
        )


def unprepared(session: Session, ids: Sequence[int]) -> list[Delivery]:
    """Those that are still a worker's to prepare, locked."""
    query = select(Delivery).where(Delivery.id.in_(ids), Delivery.prepared_at.is_(None)).order_by(Delivery.id)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def statements_after_restore(now: datetime) -> list[Any]:
    """What a restored database needs before anybody works on it: what waited then may have gone out since."""
    waiting = update(Delivery).where(Delivery.prepared_at.is_(None))
    return [waiting.values(state=State.FAILED.value, problem=RESTORED, prepared_at=now, changed_at=now)]


def fail(one: Delivery, problem: str, *, now: datetime) -> None:
    """It does not go out, and why."""
    one.state, one.problem, one.prepared_at, one.changed_at = State.FAILED, problem[:4000], now, now
