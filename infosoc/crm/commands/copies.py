"""Keeps the copies that lists filter and sort by equal to what they copy."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.contacts import ContactRelation, Post
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import CONTACT_KINDS, EntryKind


def refresh_activity(session: Session, company_id: int) -> None:
    """Recompute last contact, last attempt and next follow-up of a company, as this tenant knows it."""
    session.flush()
    live = select(func.max(LogEntry.happened_at)).where(
        LogEntry.company_id == company_id, LogEntry.trashed_at.is_(None)
    )
    next_due = select(func.min(FollowUp.due_on)).where(
        FollowUp.company_id == company_id, FollowUp.done_at.is_(None), FollowUp.trashed_at.is_(None)
    )
    values = {
        "last_contact_at": session.scalar(live.where(LogEntry.kind.in_(CONTACT_KINDS))),
        "last_attempt_at": session.scalar(live.where(LogEntry.kind == EntryKind.ATTEMPT)),
        "next_follow_up_on": session.scalar(next_due),
    }
    session.execute(update(CompanyRelation).where(CompanyRelation.company_id == company_id).values(**values))


def refresh_contact_activity(session: Session, contact_id: int) -> None:
    """Recompute when a contact person was last in touch."""
    session.flush()
    last = session.scalar(
        select(func.max(LogEntry.happened_at)).where(
            LogEntry.contact_id == contact_id, LogEntry.trashed_at.is_(None), LogEntry.kind.in_(CONTACT_KINDS)
        )
    )
    session.execute(
        update(ContactRelation).where(ContactRelation.contact_id == contact_id).values(last_contact_at=last)
    )


def refresh_people(session: Session, company_id: int) -> None:
    """Recompute how many contact persons this tenant knows at a company."""
    session.flush()
    people = session.scalar(
        select(func.count())
        .select_from(Post)
        .join(ContactRelation, ContactRelation.contact_id == Post.contact_id)
        .where(Post.company_id == company_id, ContactRelation.trashed_at.is_(None))
    )
    session.execute(update(CompanyRelation).where(CompanyRelation.company_id == company_id).values(contacts=people))
