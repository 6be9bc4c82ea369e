"""Noting when a person was first told who we are and where their data come from (GDPR article 14)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.kernel.errors import NotFound


def note(session: Session, public_id: str, *, on: date, by: int) -> ContactRelation:
    """The first time counts: a later one changes nothing."""
    query = select(ContactRelation).join(Contact, Contact.id == ContactRelation.contact_id)
    relation = session.scalar(query.where(Contact.public_id == public_id).with_for_update(of=ContactRelation))
    if relation is None or relation.trashed_at is not None:
        raise NotFound
    if relation.informed_on is None:
        relation.informed_on = on
        session.flush()
        changes = {"informed_on": (None, on.isoformat())}
        audit.record(session, "contact changed", "contact", relation.contact_id, by=by, changes=changes)
    return relation
