"""Reading the audit log: the history of a record, and the check of the chain."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from infosoc.audit import chain
from infosoc.audit.models import AuditEvent, AuditValue


@dataclass(frozen=True)
class HistoryItem:
    """One deed as the history shows it."""

    event: AuditEvent
    values: list[AuditValue]


def history(session: Session, subjects: list[tuple[str, int]], *, limit: int = 100) -> list[HistoryItem]:
    """The deeds on these subjects, newest first. A record and its parts are several subjects."""
    if not subjects:
        return []
    events = list(
        session.scalars(
            select(AuditEvent)
            .where(tuple_(AuditEvent.subject_kind, AuditEvent.subject_id).in_(subjects))
            .order_by(AuditEvent.number.desc())
            .limit(limit)
        )
    )
    return with_values(session, events)


READING = "audit read"


@dataclass(frozen=True)
class LogFilter:
    """Which deeds the log page shows. `first` and `after` are instants, the second not included."""

    actor_id: int | None = None
    subject_kind: str | None = None
    first: datetime | None = None
    after: datetime | None = None
    readings: bool = False


def log(session: Session, wanted: LogFilter, *, before: int | None = None, limit: int = 50) -> list[HistoryItem]:
    """The deeds of this tenant, newest first; `before` is the number of the last one on the page above."""
    query = select(AuditEvent.id).order_by(AuditEvent.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.number < before)
    if wanted.actor_id is not None:
        query = query.where(AuditEvent.actor_id == wanted.actor_id)
    if wanted.subject_kind is not None:
        query = query.where(AuditEvent.subject_kind == wanted.subject_kind)
    if wanted.first is not None:
        query = query.where(AuditEvent.happened_at >= wanted.first)
    if wanted.after is not None:
        query = query.where(AuditEvent.happened_at < wanted.after)
    if not wanted.readings:
        query = query.where(AuditEvent.deed != READING)
    page = query.subquery()
    rows = session.execute(
        select(AuditEvent, AuditValue)
        .outerjoin(AuditValue, AuditValue.event_id == AuditEvent.id)
        .where(AuditEvent.id.in_(select(page.c.id)))
        .order_by(AuditEvent.number.desc(), AuditValue.id)
    )
    found: dict[int, HistoryItem] = {}
    for event, value in rows:
        item = found.setdefault(event.id, HistoryItem(event, []))
        if value is not None:
            item.values.append(value)
    return list(found.values())


def with_values(session: Session, events: list[AuditEvent]) -> list[HistoryItem]:
    values: dict[int, list[AuditValue]] = defaultdict(list)
    query = select(AuditValue).where(AuditValue.event_id.in_([event.id for event in events])).order_by(AuditValue.id)
    for value in session.scalars(query):
        values[value.event_id].append(value)
    return [HistoryItem(event, values[event.id]) for event in events]


def first_break(session: Session) -> int | None:
    """The number of the first event that does not follow from the one before it; None when the chain is whole."""
    previous, expected = b"\0" * 32, 1
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.number).execution_options(yield_per=1000)):
        subject = f"{event.subject_kind}:{event.subject_id}"
        actor = str(event.actor_id)
        digest = chain.event_digest(
            previous, event.number, event.happened_at, actor, event.deed, subject, event.values_digest
        )
        if event.number != expected or digest != event.digest:
            return event.number
        previous, expected = digest, expected + 1
    return None
