"""The history of a company or a contact person: its own deeds and those on its parts, also from before it was parted
from a joint record."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.audit.queries import HistoryItem, with_values
from infosoc.crm.models.contacts import Contact, ContactRelation, Post

MOST = 200
Subject = tuple[str, int]

# A record parted from a joint one tells in its first event which.
SEPARATED_COMPANY = "company separated"
SEPARATED_CONTACT = "contact separated"
FORMER = "former"
# With whom an entry or a follow-up was: a name.
WITH = "contact"


@dataclass(frozen=True)
class Told:
    """A history with the names it needs: who did what, and which person it was done with."""

    items: list[HistoryItem]
    actors: dict[int, str]
    people: dict[int, str]


def of_company(session: Session, company_id: int, *, see_protected: bool) -> Told:
    """What was done with a company and with our people there."""
    query = (
        select(Contact.id, Contact.name)
        .join(Post, Post.contact_id == Contact.id)
        .join(ContactRelation, ContactRelation.contact_id == Contact.id)
        .where(Post.company_id == company_id)
    )
    if not see_protected:
        query = query.where(Contact.is_protected.is_(False))
    people = {row[0]: row[1] for row in session.execute(query)}
    former = _former(session, [("company", company_id), *(("contact", one) for one in people)])
    people |= {before: people[now] for (kind, before), now in former.items() if kind == "contact"}
    subjects = [("company", company_id), *(("contact", one) for one in people), *former]
    return _told(session, subjects, people)


def of_contact(session: Session, contact_id: int) -> Told:
    """What was done with a contact person."""
    subjects = [("contact", contact_id)]
    return _told(session, [*subjects, *_former(session, subjects)], {})


def of_entry(session: Session, entry_id: int, *, see_protected: bool) -> Told:
    """What was done with a log entry."""
    told = _told(session, [("entry", entry_id)], {})
    if see_protected:
        return told
    secret = _protected_names(session, told.items)
    items = [
        HistoryItem(one.event, [value for value in one.values if not {value.before, value.after} & secret])
        for one in told.items
    ]
    return Told(items, told.actors, told.people)


def _protected_names(session: Session, items: list[HistoryItem]) -> set[str | None]:
    """Names of protected persons among those that an entry has been said to be with."""
    values = [value for item in items for value in item.values if value.field == WITH]
    names = {name for value in values for name in (value.before, value.after) if name}
    if not names:
        return set()
    return set(session.scalars(select(Contact.name).where(Contact.name.in_(names), Contact.is_protected.is_(True))))


def _told(session: Session, subjects: list[Subject], people: dict[int, str]) -> Told:
    rows = session.execute(
        select(AuditEvent, User.name)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(tuple_(AuditEvent.subject_kind, AuditEvent.subject_id).in_(subjects))
        .order_by(AuditEvent.number.desc())
        .limit(MOST)
    ).all()
    actors = {event.actor_id: name for event, name in rows if event.actor_id is not None}
    return Told(with_values(session, [event for event, _ in rows]), actors, people)


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


def _former(session: Session, subjects: list[Subject]) -> dict[Subject, int]:
    """The records that these were parted from, each with the id of the one it lives on in."""
    query = (
        select(AuditEvent.subject_kind, AuditEvent.subject_id, AuditValue.before)
        .join(AuditValue, AuditValue.event_id == AuditEvent.id)
        .where(
            tuple_(AuditEvent.subject_kind, AuditEvent.subject_id).in_(subjects),
            AuditEvent.deed.in_((SEPARATED_COMPANY, SEPARATED_CONTACT)),
            AuditValue.field == FORMER,
        )
    )
    return {(kind, int(before)): now for kind, now, before in session.execute(query) if before}
