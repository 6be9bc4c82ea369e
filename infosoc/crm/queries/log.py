"""Reading the contact log: one entry, a company's timeline, the whole log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session, joinedload

from infosoc.crm.models.contacts import Contact
from infosoc.crm.models.log import LogEntry
from infosoc.crm.queries import timeline
from infosoc.crm.queries.timeline import Cursor, Item, Page, Subject
from infosoc.crm.rules import CONTACT_KINDS, ENTRY_KIND_LABELS, OUTCOME_LABELS, EntryKind, Outcome
from infosoc.db.tenancy import current_scope
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound

RANK = "log"
IMPORTED = "Import"  # the same word in both languages, in place of an author
LONGEST_PAGE = 50


@dataclass(frozen=True)
class LogFilter:
    """What of the whole log is shown."""

    kinds: frozenset[str] = frozenset()
    by_id: int | None = None
    since: date | None = None
    until: date | None = None
    in_trash: bool = False


def entry(session: Session, public_id: str) -> LogEntry:
    """One entry of ours with its company, person and author; also one in the trash."""
    found = session.scalar(
        select(LogEntry)
        .where(LogEntry.public_id == public_id)
        .options(joinedload(LogEntry.company), joinedload(LogEntry.contact), joinedload(LogEntry.by))
    )
    if found is None:
        raise NotFound
    return found


@timeline.add_source
def of_subject(session: Session, subject: Subject, before: Cursor | None, limit: int) -> list[Item]:
    """Entries about a company or a person: ours, and those of tenants that show us their log."""
    kinds = [kind for kind in EntryKind if kind in subject.kinds]
    if subject.kinds and not kinds:
        return []
    query = _rows().where(LogEntry.trashed_at.is_(None))
    if subject.company_id is not None:
        query = query.where(LogEntry.company_id == subject.company_id)
    if subject.contact_id is not None:
        query = query.where(LogEntry.contact_id == subject.contact_id)
    if subject.who:
        query = query.where(Contact.public_id == subject.who)
    if kinds:
        query = query.where(LogEntry.kind.in_(kinds))
    query = _newest(query, before, limit).execution_options(shown="log")
    return [item(row) for row in session.scalars(query)]


def whole_log(session: Session, wanted: LogFilter, before: Cursor | None, limit: int = LONGEST_PAGE) -> Page:
    """A page of the whole log. Each tenant's part is read by its own index before they are merged."""
    shown = (current_scope().tenant_id,) if wanted.in_trash else current_scope().log
    parts = []
    for tenant_id in shown:
        part = select(LogEntry.id).where(LogEntry.tenant_id == tenant_id)
        parts.append(_first(narrowed(part, wanted), wanted, before, limit + 1))
    # The ids first: with all that is shown beside them, PostgreSQL would join the whole log before it looks for them.
    ids = list(session.scalars(union_all(*parts), execution_options={"shown": "log"}))
    query = _rows().where(LogEntry.id.in_(ids)).execution_options(shown="log")
    query = query.order_by(LogEntry.happened_at.desc(), LogEntry.public_id.desc())
    items = [item(row) for row in session.scalars(query.limit(limit + 1))]
    return Page(items[:limit], items[limit - 1].cursor if len(items) > limit else None)


def _first(query: Select, wanted: LogFilter, before: Cursor | None, limit: int) -> Select:
    """The newest of these. `trashed_at` leads the index, so it leads the order too, though it is always empty."""
    if not wanted.in_trash and wanted.by_id is None:
        query = query.order_by(LogEntry.trashed_at.desc())
    newest = _newest(query, before, limit).subquery()
    return select(newest.c.id)


def narrowed(query: Select, wanted: LogFilter) -> Select:
    """A query over our own entries, narrowed as the list is."""
    query = query.where(LogEntry.trashed_at.is_not(None) if wanted.in_trash else LogEntry.trashed_at.is_(None))
    if wanted.kinds:
        query = query.where(LogEntry.kind.in_(sorted(wanted.kinds)))
    if wanted.by_id is not None:
        query = query.where(LogEntry.by_id == wanted.by_id)
    if wanted.since:
        query = query.where(LogEntry.happened_at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(LogEntry.happened_at <= _midnight(wanted.until, time.max))
    return query


def _rows() -> Select:
    return (
        select(LogEntry)
        .outerjoin(Contact, Contact.id == LogEntry.contact_id)
        .options(joinedload(LogEntry.company), joinedload(LogEntry.contact), joinedload(LogEntry.by))
    )


def _newest(query: Select, before: Cursor | None, limit: int) -> Select:
    condition = timeline.is_before(before, RANK, LogEntry.happened_at, LogEntry.public_id)
    if condition is not None:
        query = query.where(condition)
    return query.order_by(LogEntry.happened_at.desc(), LogEntry.public_id.desc()).limit(limit)


def _midnight(day: date, at: time = time.min) -> datetime:
    return datetime.combine(day, at, tzinfo=clock.STOCKHOLM)


def item(row: LogEntry) -> Item:
    """An entry as the timeline shows it."""
    kind = EntryKind(row.kind)
    company, contact = row.company, row.contact
    return Item(
        at=row.happened_at, rank=RANK, public_id=row.public_id, kind=kind.value, label=ENTRY_KIND_LABELS[kind],
        text=row.text, by=row.by.name if row.by else IMPORTED, by_id=row.by_id, tenant_id=row.tenant_id,
        person=contact.name if contact else "", person_id=contact.public_id if contact else "",
        company=company.name if company else "", company_id=company.public_id if company else "",
        direction=row.direction if kind in CONTACT_KINDS else "",
        outcome=OUTCOME_LABELS[Outcome(row.outcome)] if row.outcome else "", is_trashed=row.trashed_at is not None,
        is_protected=contact is not None and contact.is_protected,
    )  # fmt: skip
