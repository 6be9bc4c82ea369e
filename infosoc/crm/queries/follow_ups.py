"""Reading follow-ups."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from infosoc.crm.models.log import FollowUp
from infosoc.crm.queries import timeline
from infosoc.crm.queries.timeline import Cursor, Item, Subject
from infosoc.kernel.errors import NotFound
from infosoc.kernel.words import N_

RANK = "follow-up"
DONE_SHOWN = 30
OPEN_SHOWN = 50


def follow_up(session: Session, public_id: str, *, company_id: int | None = None) -> FollowUp:
    """One follow-up with its company, person and who is to do it; also one in the trash."""
    query = select(FollowUp).where(FollowUp.public_id == public_id).options(*_shown())
    if company_id is not None:
        query = query.where(FollowUp.company_id == company_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def open_of(session: Session, *, company_id: int | None = None, contact_id: int | None = None) -> list[FollowUp]:
    """What is to be done about a company or a person, soonest first."""
    query = select(FollowUp).where(FollowUp.done_at.is_(None), FollowUp.trashed_at.is_(None)).options(*_shown())
    if company_id is not None:
        query = query.where(FollowUp.company_id == company_id)
    if contact_id is not None:
        query = query.where(FollowUp.contact_id == contact_id)
    return list(session.scalars(query.order_by(FollowUp.due_on, FollowUp.id).limit(OPEN_SHOWN)))


def of_company(session: Session, company_id: int) -> list[FollowUp]:
    """Open ones, soonest first, and the latest done ones, in one statement: a record page shows both."""
    done = (
        select(FollowUp.id)
        .where(FollowUp.company_id == company_id, FollowUp.done_at.is_not(None), FollowUp.trashed_at.is_(None))
        .order_by(FollowUp.done_at.desc())
        .limit(DONE_SHOWN)
    )
    query = (
        select(FollowUp)
        .where(FollowUp.company_id == company_id, FollowUp.trashed_at.is_(None))
        .where(or_(FollowUp.done_at.is_(None), FollowUp.id.in_(done)))
        .options(*_shown())
        .order_by(FollowUp.due_on, FollowUp.id)
    )
    return list(session.scalars(query.limit(OPEN_SHOWN + DONE_SHOWN)))


def of_entry(session: Session, entry_id: int) -> list[FollowUp]:
    """The follow-ups that an entry made or did."""
    query = select(FollowUp).where(or_(FollowUp.made_in_id == entry_id, FollowUp.done_in_id == entry_id))
    return list(session.scalars(query.where(FollowUp.trashed_at.is_(None))))


@timeline.add_source
def done_items(session: Session, subject: Subject, before: Cursor | None, limit: int) -> list[Item]:
    """Follow-ups that were done without an entry of their own."""
    if (subject.kinds and RANK not in subject.kinds) or subject.who:
        return []
    query = select(FollowUp).where(
        FollowUp.done_at.is_not(None), FollowUp.done_in_id.is_(None), FollowUp.trashed_at.is_(None)
    )
    if subject.company_id is not None:
        query = query.where(FollowUp.company_id == subject.company_id)
    if subject.contact_id is not None:
        query = query.where(FollowUp.contact_id == subject.contact_id)
    condition = timeline.is_before(before, RANK, FollowUp.done_at, FollowUp.public_id)
    if condition is not None:
        query = query.where(condition)
    query = query.options(*_shown()).order_by(FollowUp.done_at.desc(), FollowUp.public_id.desc()).limit(limit)
    return [_item(row) for row in session.scalars(query)]


def _item(row: FollowUp) -> Item:
    assert row.done_at is not None  # noqa: S101 - the query asks for those that are done
    return Item(
        at=row.done_at, rank=RANK, public_id=row.public_id, kind="follow-up", label=N_("Follow-up done"),
        text=row.note, by=row.assignee.name, by_id=row.done_by, person=row.contact.name if row.contact else "",
        person_id=row.contact.public_id if row.contact else "", company=row.company.name,
        company_id=row.company.public_id, tenant_id=row.tenant_id,
        is_protected=row.contact is not None and row.contact.is_protected,
    )  # fmt: skip


def _shown() -> list:
    return [joinedload(FollowUp.company), joinedload(FollowUp.contact), joinedload(FollowUp.assignee)]
