"""The history of a company or a contact person: its own deeds and those on its parts, also from before it was parted
from a joint record."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.audit.queries import HistoryItem, history
from infosoc.crm.models.contacts import Contact, ContactRelation, Post

MOST = 200

# A record parted from a joint one tells in its first event which.
SEPARATED_COMPANY = "company separated"
SEPARATED_CONTACT = "contact separated"
FORMER = "former"


def of_company(session: Session, company_id: int, *, see_protected: bool) -> list[HistoryItem]:
    """What was done with a company and with our people there."""
    people = (
        select(Post.contact_id)
        .join(Contact, Contact.id == Post.contact_id)
        .join(ContactRelation, ContactRelation.contact_id == Contact.id)
        .where(Post.company_id == company_id)
    )
    if not see_protected:
        people = people.where(Contact.is_protected.is_(False))
    subjects = [("company", one) for one in _with_former(session, SEPARATED_COMPANY, [company_id])]
    contacts = _with_former(session, SEPARATED_CONTACT, list(session.scalars(people)))
    return history(session, subjects + [("contact", one) for one in contacts], limit=MOST)


def of_contact(session: Session, contact_id: int) -> list[HistoryItem]:
    """What was done with a contact person."""
    subjects = [("contact", one) for one in _with_former(session, SEPARATED_CONTACT, [contact_id])]
    return history(session, subjects, limit=MOST)


def actors(session: Session, items: list[HistoryItem]) -> dict[int, str]:
    """The names of those who did these things."""
    ids = {item.event.actor_id for item in items if item.event.actor_id is not None}
    if not ids:
        return {}
    return {row[0]: row[1] for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def names_of_people(session: Session, items: list[HistoryItem], *, see_protected: bool) -> dict[int, str]:
    """The names of the contact persons that a company's history is about."""
    ids = {item.event.subject_id for item in items if item.event.subject_kind == "contact"}
    query = select(Contact.id, Contact.name).where(Contact.id.in_(ids))
    if not see_protected:
        query = query.where(Contact.is_protected.is_(False))
    return {row[0]: row[1] for row in session.execute(query)} if ids else {}


def last_change(session: Session, kind: str, subject_id: int, field: str) -> tuple[AuditEvent, str] | None:
    """The last change of one fact, and who made it."""
    row = session.execute(
        select(AuditEvent, User.name)
        .join(AuditValue, AuditValue.event_id == AuditEvent.id)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_kind == kind, AuditEvent.subject_id == subject_id, AuditValue.field == field)
        .order_by(AuditEvent.number.desc())
        .limit(1)
    ).first()
    return (row[0], row[1] or row[0].actor_name) if row else None


def _with_former(session: Session, deed: str, ids: list[int]) -> list[int]:
    """These records and those they were parted from."""
    if not ids:
        return []
    kind = "company" if deed == SEPARATED_COMPANY else "contact"
    query = (
        select(AuditValue.before)
        .join(AuditEvent, AuditEvent.id == AuditValue.event_id)
        .where(
            AuditEvent.subject_kind == kind,
            AuditEvent.subject_id.in_(ids),
            AuditEvent.deed == deed,
            AuditValue.field == FORMER,
        )
    )
    return [*ids, *(int(former) for former in session.scalars(query) if former)]
