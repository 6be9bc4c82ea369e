"""Keeps the copies that lists filter and sort by equal to what they copy."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import CONTACT_KINDS, EntryKind
from infosoc.db import bulk


def note_entry(
    session: Session,
    kind: EntryKind,
    happened_at: datetime,
    company_id: int,
    contact_id: int | None,
    due_on: date | None,
) -> None:
    """Move the copies forward for one new entry and its follow-up: one statement, two with a contact person.

    Neither needs to read the log again: a new entry can only make the last contact later, the next day sooner.
    The version of the row stays as it is, so that nobody who edits the company meets a conflict.
    """
    values: dict[str, object] = {}
    if kind in CONTACT_KINDS:
        values["last_contact_at"] = bulk.Later(happened_at)
    elif kind == EntryKind.ATTEMPT:
        values["last_attempt_at"] = bulk.Later(happened_at)
    if due_on is not None:
        values["next_follow_up_on"] = bulk.Sooner(due_on)
    if values:
        bulk.change(session, CompanyRelation, {"company_id": company_id}, values)
        _let_go(session, CompanyRelation, list(values))
    if contact_id is not None and kind in CONTACT_KINDS:
        later = {"last_contact_at": bulk.Later(happened_at)}
        bulk.change(session, ContactRelation, {"contact_id": contact_id}, later)
        _let_go(session, ContactRelation, list(later))


def refresh_next_follow_up(session: Session, company_id: int) -> None:
    """Recompute the next follow-up alone."""
    session.flush()
    next_due = select(func.min(FollowUp.due_on)).where(
        FollowUp.company_id == company_id, FollowUp.done_at.is_(None), FollowUp.trashed_at.is_(None)
    )
    values = {"next_follow_up_on": session.scalar(next_due)}
    _set(session, CompanyRelation, CompanyRelation.company_id == company_id, values)


def _set(session: Session, model, where, values: dict) -> None:
    session.execute(update(model).where(where).values(**values).execution_options(synchronize_session=False))
    _let_go(session, model, list(values))


def _let_go(session: Session, model, names: list[str]) -> None:
    """Have the rows at hand read these columns again."""
    for row in list(session.identity_map.values()):
        if isinstance(row, model):
            session.expire(row, names)


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
    """Recompute how many contact persons this tenant knows at a company; a protected one does not show."""
    session.flush()
    people = session.scalar(
        select(func.count())
        .select_from(Post)
        .join(ContactRelation, ContactRelation.contact_id == Post.contact_id)
        .join(Contact, Contact.id == Post.contact_id)
        .where(Post.company_id == company_id, ContactRelation.trashed_at.is_(None), Contact.is_protected.is_(False))
    )
    session.execute(update(CompanyRelation).where(CompanyRelation.company_id == company_id).values(contacts=people))
