"""Follow-ups: planned, done, put off, moved, trashed. Each deed can be taken back."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.audit import commands as audit
from infosoc.crm import activity_rules as rules
from infosoc.crm.activity_rules import NewFollowUp
from infosoc.crm.commands import copies, take_in
from infosoc.crm.models.log import FollowUp
from infosoc.crm.queries import follow_ups
from infosoc.kernel import clock
from infosoc.kernel.errors import Stale
from infosoc.kernel.identity import refuse_personal_numbers


def plan(session: Session, company: str, planned: NewFollowUp, *, by: int, now: datetime, source: str = "") -> FollowUp:
    """Plan something to do about a company."""
    rules.check_due(planned.due_on, clock.local(now).date())
    refuse_personal_numbers(planned.note, field="note")
    relation = take_in.company(session, company, by=by, now=now, source=source)
    contact = None
    if planned.contact:
        contact = take_in.contact(session, planned.contact, relation.company_id, by=by, now=now, source=source)
    follow_up = FollowUp(
        company_id=relation.company_id, contact_id=contact.id if contact else None, due_on=planned.due_on,
        assignee_id=planned.assignee_id or by, note=planned.note, created_at=now, created_by=by,
    )  # fmt: skip
    session.add(follow_up)
    session.flush()
    _told(session, "follow-up planned", follow_up, by=by, due_on=(None, planned.due_on))
    return follow_up


def do(session: Session, public_id: str, *, by: int, now: datetime) -> FollowUp:
    """Mark it done. Done twice is done once."""
    follow_up = follow_ups.follow_up(session, public_id)
    if follow_up.done_at is None:
        follow_up.done_at, follow_up.done_by = now, by
        _told(session, "follow-up done", follow_up, by=by)
    return follow_up


def reopen(session: Session, public_id: str, *, by: int) -> FollowUp:
    """Take back that it was done."""
    follow_up = follow_ups.follow_up(session, public_id)
    if follow_up.done_at is not None:
        follow_up.done_at = follow_up.done_by = follow_up.done_in_id = None
        _told(session, "follow-up reopened", follow_up, by=by)
    return follow_up


def put_off(session: Session, public_id: str, due_on: date, *, by: int, today: date) -> tuple[FollowUp, date]:
    """Move it to another day; returns it with the day it had, for the undo."""
    rules.check_due(due_on, today)
    return _moved(session, public_id, due_on, by=by)


def put_back(session: Session, public_id: str, due_on: date, *, by: int) -> FollowUp:
    """Undo a move: the day it had may well have passed."""
    return _moved(session, public_id, due_on, by=by)[0]


def _moved(session: Session, public_id: str, due_on: date, *, by: int) -> tuple[FollowUp, date]:
    follow_up = follow_ups.follow_up(session, public_id)
    before = follow_up.due_on
    if before != due_on:
        follow_up.due_on = due_on
        _told(session, "follow-up moved", follow_up, by=by, due_on=(before, due_on))
    return follow_up, before


def change(
    session: Session, public_id: str, planned: NewFollowUp, *, version: int | None, by: int, now: datetime
) -> FollowUp:
    """Change day, note, person or who does it."""
    follow_up = follow_ups.follow_up(session, public_id)
    if version is not None and follow_up.version != version:
        raise Stale
    refuse_personal_numbers(planned.note, field="note")
    if planned.due_on != follow_up.due_on:
        rules.check_due(planned.due_on, clock.local(now).date())
    contact = None
    if planned.contact:
        contact = take_in.contact(session, planned.contact, follow_up.company_id, by=by, now=now, source="")
    new = {
        "due_on": planned.due_on, "note": planned.note, "assignee_id": planned.assignee_id or by,
        "contact_id": contact.id if contact else None,
    }  # fmt: skip
    changes = {name: (getattr(follow_up, name), value) for name, value in new.items()}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    before = follow_up.contact
    for name, (_before, value) in changes.items():
        setattr(follow_up, name, value)
    if changes.pop("contact_id", None):
        changes["contact"] = (before.name if before else None, contact.name if contact else None)
    if changes.pop("assignee_id", None):
        changes["assignee"] = (
            follow_up.assignee.name,
            session.scalar(select(User.name).where(User.id == new["assignee_id"])),
        )
    if changes:
        _told(session, "follow-up changed", follow_up, by=by, **changes)
    return follow_up


def trash(session: Session, public_id: str, *, by: int, now: datetime) -> FollowUp:
    follow_up = follow_ups.follow_up(session, public_id)
    if follow_up.trashed_at is None:
        follow_up.trashed_at = now
        _told(session, "follow-up moved to the trash", follow_up, by=by)
    return follow_up


def restore(session: Session, public_id: str, *, by: int) -> FollowUp:
    follow_up = follow_ups.follow_up(session, public_id)
    if follow_up.trashed_at is not None:
        follow_up.trashed_at = None
        _told(session, "follow-up restored", follow_up, by=by)
    return follow_up


def _told(session: Session, deed: str, follow_up: FollowUp, *, by: int, **changes: tuple[object, object]) -> None:
    """Write the deed down and keep the copy on the company's row."""
    audit.record(session, deed, "follow_up", follow_up.id, by=by, changes=changes)
    copies.refresh_next_follow_up(session, follow_up.company_id)
