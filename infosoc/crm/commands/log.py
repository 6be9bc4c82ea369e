"""Writing in the contact log, correcting it, and the trash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.audit.commands import Change
from infosoc.crm import activity_rules as rules
from infosoc.crm import search_documents
from infosoc.crm.activity_rules import NewEntry, NewFollowUp
from infosoc.crm.commands import copies, take_in
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries import follow_ups, log
from infosoc.db import bulk, prepared
from infosoc.kernel import clock
from infosoc.kernel.errors import Stale
from infosoc.kernel.identity import refuse_personal_numbers
from infosoc.kernel.public_id import new_public_id


@dataclass(frozen=True)
class CompanyAt:
    """The company that something was logged on."""

    id: int
    public_id: str
    name: str


@dataclass(frozen=True)
class Logged:
    """What came of one form: the entry's public id, the follow-up that it made, the one that it did."""

    public_id: str
    company: CompanyAt
    follow_up: FollowUp | None = None
    done: FollowUp | None = None


def log_contact(
    session: Session,
    company: str,
    entry: NewEntry,
    *,
    by: int,
    now: datetime,
    source: str = "",
    follow_up: NewFollowUp | None = None,
    does: str | None = None,
) -> Logged:
    """Write down one contact or attempt; in the same step do a follow-up (`does`) and plan the next one.

    It is the deed done most, so its row, its trace and its copies are written past the ORM.
    """
    _check(entry, follow_up, now)
    at = _company(session, company, by=by, now=now, source=source)
    done = follow_ups.follow_up(session, does, company_id=at.id) if does else None
    contact_id = _contact_id(session, entry.contact, at, by=by, now=now, source=source)
    entry_id, public_id = _write(session, entry, at, contact_id, by=by, now=now)
    planned = _plan(session, follow_up, at, contact_id, entry_id, by=by, now=now)
    if done is not None and done.done_at is None:
        done.done_at, done.done_by, done.done_in_id = now, by, entry_id
    _record(session, entry_id, planned, done, by=by)
    copies.note_entry(session, entry.kind, entry.happened_at, at.id, contact_id, planned.due_on if planned else None)
    if done is not None:
        copies.refresh_next_follow_up(session, at.id)
    return Logged(public_id, at, planned, done)


def _check(entry: NewEntry, follow_up: NewFollowUp | None, now: datetime) -> None:
    rules.check_entry(entry, now)
    refuse_personal_numbers(entry.text, field="text")
    if follow_up is not None:
        refuse_personal_numbers(follow_up.note, field="follow_up_note")
        rules.check_due(follow_up.due_on, clock.local(now).date())


def _company(session: Session, public_id: str, *, by: int, now: datetime, source: str) -> CompanyAt:
    """The company in our register; one that only others had is taken in first."""
    known = prepared.rows(session, "company to log on", _known, {"public_id": public_id})
    if known and known[0][3] is None:
        return CompanyAt(*known[0][:3])
    taken = take_in.company(session, public_id, by=by, now=now, source=source).company
    return CompanyAt(taken.id, taken.public_id, taken.name)


def _known() -> Select[int, str, str, datetime | None]:
    return (
        select(Company.id, Company.public_id, Company.name, CompanyRelation.trashed_at)
        .join(CompanyRelation, CompanyRelation.company_id == Company.id)
        .where(Company.public_id == prepared.bound("public_id", Company.public_id.type))
    )


_COLUMNS = (
    "id", "public_id", "company_id", "contact_id", "kind", "direction", "outcome", "by_id", "happened_at", "text",
    "version", "created_at",
)  # fmt: skip


def _write(
    session: Session, entry: NewEntry, at: CompanyAt, contact_id: int | None, *, by: int, now: datetime
) -> tuple[int, str]:
    """The row, and what it is found by."""
    (entry_id,) = bulk.new_ids(session, LogEntry, 1)
    public_id = new_public_id()
    row = (entry_id, public_id, at.id, contact_id, entry.kind.value, entry.direction.value,
           entry.outcome.value if entry.outcome else None, by, entry.happened_at, entry.text, 1, now)  # fmt: skip
    bulk.add(session, LogEntry, _COLUMNS, [row])
    if entry.text:
        search_documents.add_entry(session, entry_id, public_id, at.name, entry.text)
    return entry_id, public_id


def _plan(
    session: Session, planned: NewFollowUp | None, at: CompanyAt, contact_id: int | None, entry_id: int, *, by: int,
    now: datetime,
) -> FollowUp | None:  # fmt: skip
    if planned is None:
        return None
    follow_up = FollowUp(
        company_id=at.id, contact_id=contact_id, assignee_id=planned.assignee_id or by, due_on=planned.due_on,
        note=planned.note, made_in_id=entry_id, created_at=now, created_by=by,
    )  # fmt: skip
    session.add(follow_up)
    return follow_up


def _record(session: Session, entry_id: int, planned: FollowUp | None, done: FollowUp | None, *, by: int) -> None:
    session.flush()
    deeds: list[audit.Deed] = [("contact logged", "entry", entry_id, [])]
    if planned is not None:
        deeds.append(("follow-up planned", "follow_up", planned.id, [("due_on", None, str(planned.due_on))]))
    if done is not None:
        deeds.append(("follow-up done", "follow_up", done.id, []))
    audit.record_bulk(session, deeds, by=by)


def _contact_id(
    session: Session, public_id: str | None, at: CompanyAt, *, by: int, now: datetime, source: str
) -> int | None:
    if not public_id:
        return None
    return take_in.contact(session, public_id, at.id, by=by, now=now, source=source).id


def correct(
    session: Session, public_id: str, entry: NewEntry, *, version: int | None, by: int, now: datetime, source: str = ""
) -> LogEntry:
    """Change an entry of one's own. Whoever saw an older version of it is told so."""
    logged = log.entry(session, public_id)
    if logged.by_id != by:
        raise rules.NotYours
    if version is not None and logged.version != version:
        raise Stale
    rules.check_entry(entry, now)
    refuse_personal_numbers(entry.text, field="text")
    contact = None
    if entry.contact:
        contact = take_in.contact(session, entry.contact, logged.company_id, by=by, now=now, source=source)
    before = logged.contact
    changes = _apply(logged, entry, contact.id if contact else None)
    if not changes:
        return logged
    if changes.pop("contact_id", None):
        changes["contact"] = (before.name if before else None, contact.name if contact else None)
    audit.record(session, "entry corrected", "entry", logged.id, by=by, changes=changes)
    _refresh(session, logged.company_id, {before.id if before else None, logged.contact_id})
    return logged


def _apply(logged: LogEntry, entry: NewEntry, contact_id: int | None) -> dict[str, Change]:
    """Set what differs; returns it as (before, after)."""
    new: dict[str, object] = {
        "kind": entry.kind, "direction": entry.direction, "outcome": entry.outcome, "happened_at": entry.happened_at,
        "text": entry.text, "contact_id": contact_id,
    }  # fmt: skip
    changes: dict[str, tuple[object, object]]
    changes = {name: (getattr(logged, name), value) for name, value in new.items() if getattr(logged, name) != value}
    for name, (_before, value) in changes.items():
        setattr(logged, name, value)
    return changes


def trash(session: Session, public_id: str, *, by: int, now: datetime, steward: bool = False) -> LogEntry:
    """Move an entry to the trash, where it stays for thirty days."""
    logged = log.entry(session, public_id)
    if not rules.may_change(logged.by_id, by, steward=steward):
        raise rules.NotYours
    if logged.trashed_at is None:
        logged.trashed_at = now
        audit.record(session, "entry moved to the trash", "entry", logged.id, by=by)
        _refresh(session, logged.company_id, {logged.contact_id})
    return logged


def undo(session: Session, public_id: str, *, by: int, now: datetime) -> LogEntry:
    """Take back one's own entry with what came of it: its follow-up goes, the one it did is open again."""
    logged = trash(session, public_id, by=by, now=now)
    for follow_up in follow_ups.of_entry(session, logged.id):
        if follow_up.made_in_id == logged.id and follow_up.done_at is None:
            follow_up.trashed_at = now
        if follow_up.done_in_id == logged.id:
            follow_up.done_at = follow_up.done_by = follow_up.done_in_id = None
    copies.refresh_next_follow_up(session, logged.company_id)
    return logged


def restore(session: Session, public_id: str, *, by: int, steward: bool = False) -> LogEntry:
    """Take an entry back from the trash."""
    logged = log.entry(session, public_id)
    if not rules.may_change(logged.by_id, by, steward=steward):
        raise rules.NotYours
    if logged.trashed_at is not None:
        logged.trashed_at = None
        audit.record(session, "entry restored", "entry", logged.id, by=by)
        _refresh(session, logged.company_id, {logged.contact_id})
    return logged


def _refresh(session: Session, company_id: int, contact_ids: set[int | None]) -> None:
    copies.refresh_activity(session, company_id)
    for contact_id in contact_ids:
        if contact_id is not None:
            copies.refresh_contact_activity(session, contact_id)
