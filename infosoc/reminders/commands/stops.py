"""Stopping the reminders of one invoice, and letting them go on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.invoicing.models import Invoice
from infosoc.kernel.errors import Invalid, NotFound, Refused
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.reminders.models import ReminderStop


class ReasonMissing(Invalid):
    message = N_("Enter why reminders for the invoice should stop.")


class StoppedAlready(Refused):
    message = N_("Reminders for this invoice are already stopped.")


class NotStopped(Refused):
    message = N_("Reminders for this invoice are not stopped.")


def stop(session: Session, public_id: str, reason: str, *, by: int | None, now: datetime) -> ReminderStop:
    """No letters about the invoice from now on."""
    invoice = invoice_at(session, public_id)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if standing(session, invoice.id):
        raise StoppedAlready(field="reason")
    row = ReminderStop(invoice_id=invoice.id, reason=clean(reason)[:300], made_by=by, made_at=now)
    session.add(row)
    session.flush()
    changes = {"reason": (None, row.reason)}
    audit.record(session, "reminders stopped", "invoice", invoice.id, by=by, changes=changes)
    return row


def resume(session: Session, public_id: str, *, by: int | None, now: datetime) -> ReminderStop:
    """Letters again, as the policy says."""
    invoice = invoice_at(session, public_id)
    row = standing(session, invoice.id)
    if row is None:
        raise NotStopped
    row.ended_by, row.ended_at = by, now
    session.flush()
    audit.record(session, "reminders resumed", "invoice", invoice.id, by=by)
    return row


def invoice_at(session: Session, public_id: str) -> Invoice:
    """The invoice at an address, after a turn in the line of those who change it; raises NotFound."""
    audit.take_turn(session)
    query = select(Invoice).where(Invoice.public_id == public_id)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def standing(session: Session, invoice_id: int) -> ReminderStop | None:
    return session.scalar(
        select(ReminderStop).where(ReminderStop.invoice_id == invoice_id, ReminderStop.ended_at.is_(None))
    )
