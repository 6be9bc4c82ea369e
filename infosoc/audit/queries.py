"""Reading the audit log: the history of a record, and the check of the chain."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Case, ColumnElement, and_, case, func, literal, not_, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from infosoc.audit import chain
from infosoc.audit.models import AuditEvent, AuditValue


@dataclass(frozen=True)
class HistoryItem:
    """One deed as the history shows it."""

    event: AuditEvent
    values: list[AuditValue]
    below: int = 0  # the number that the events it stands for lie above
    size: int = 1
    companies: int = 0


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
# What a file makes, and what taking it back does, is one deed however long it takes; the event of the whole comes last.
FAMILIES = (
    ("company imported", "contact imported", "entry imported", "file imported"),
    ("company purged", "import reverted"),
)
WHOLE = "import"


@dataclass(frozen=True)
class LogFilter:
    """Which deeds the log page shows. `first` and `after` are instants, the second not included."""

    actor_id: int | None = None
    subject_kind: str | None = None
    first: datetime | None = None
    after: datetime | None = None
    readings: bool = False
    down_to: int | None = None


def log(session: Session, wanted: LogFilter, *, before: int | None = None, limit: int = 50) -> list[HistoryItem]:
    """The deeds of this tenant, newest first; `before` is the number of the last one on the page above."""
    query = (
        select(AuditEvent.id).order_by(AuditEvent.number.desc()).limit(limit).where(*_conditions(AuditEvent, wanted))
    )
    if before is not None:
        query = query.where(AuditEvent.number < before)
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


def _conditions(event: Any, wanted: LogFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.down_to is not None:
        found.append(event.number > wanted.down_to)
    if wanted.actor_id is not None:
        found.append(event.actor_id == wanted.actor_id)
    if wanted.subject_kind is not None:
        found.append(event.subject_kind == wanted.subject_kind)
    if wanted.first is not None:
        found.append(event.happened_at >= wanted.first)
    if wanted.after is not None:
        found.append(event.happened_at < wanted.after)
    if not wanted.readings:
        found.append(event.deed != READING)
    return found


def grouped_log(
    session: Session, wanted: LogFilter, *, before: int | None = None, limit: int = 50
) -> list[HistoryItem]:
    """The same with what one large deed wrote as one line: its newest event stands for all, and says how many.

    Each step goes from an event to the next one that does not belong with it, along the index of numbers.
    """
    runs = _runs(wanted, before, limit)
    below = func.lead(runs.c.number).over(order_by=runs.c.number.desc())
    page = select(runs.c.number, below.label("below")).subquery()
    rows = session.execute(
        select(AuditEvent, AuditValue, page.c.below, _size(page, wanted), _size(page, wanted, "company"))
        .join(page, page.c.number == AuditEvent.number)
        .outerjoin(AuditValue, AuditValue.event_id == AuditEvent.id)
        .order_by(AuditEvent.number.desc(), AuditValue.id)
    )
    found: dict[int, HistoryItem] = {}
    for event, value, lowest, size, companies in rows:
        item = found.setdefault(event.id, HistoryItem(event, [], lowest or wanted.down_to or 0, size, companies))
        if value is not None:
            item.values.append(value)
    return list(found.values())


def _runs(wanted: LogFilter, before: int | None, limit: int) -> CTE:
    """The numbers of the events that begin a line."""
    first, cur, nxt = aliased(AuditEvent), aliased(AuditEvent), aliased(AuditEvent)
    begin = select(first.number).where(*_conditions(first, wanted)).order_by(first.number.desc()).limit(1)
    if before is not None:
        begin = begin.where(first.number < before)
    runs = select(begin.scalar_subquery().label("number"), literal(1).label("step")).cte("runs", recursive=True)
    following = (
        select(nxt.number)
        .where(*_conditions(nxt, wanted), nxt.number < cur.number, not_(_belongs(nxt, cur)))
        .order_by(nxt.number.desc())
        .limit(1)
        .correlate(cur)
        .scalar_subquery()
    )
    return runs.union_all(
        select(following, runs.c.step + 1).select_from(runs).join(cur, cur.number == runs.c.number)
        .where(runs.c.step < limit)
    )  # fmt: skip


def _belongs(event: Any, newer: Any) -> ColumnElement[bool]:
    """Whether an event is part of the deed that the newer one is of: a file's, or one written in the same moment."""
    return and_(
        event.actor_id.is_not_distinct_from(newer.actor_id),
        _family(event) == _family(newer),
        event.subject_kind != WHOLE,
        or_(_family(newer) != 0, and_(event.deed == newer.deed, event.happened_at == newer.happened_at)),
    )


def _family(event: Any) -> Case[int]:
    return case(*((event.deed.in_(deeds), number) for number, deeds in enumerate(FAMILIES, 1)), else_=0)


def _size(page: Any, wanted: LogFilter, kind: str | None = None) -> Any:
    part = aliased(AuditEvent)
    lowest = func.coalesce(page.c.below, wanted.down_to or 0)
    count = select(func.count(part.id)).where(
        *_conditions(part, wanted), part.number.between(lowest + 1, page.c.number)
    )
    if kind:
        count = count.where(part.subject_kind == kind)
    return case((page.c.number - lowest > 1, count.correlate(page).scalar_subquery()), else_=1)


def with_values(session: Session, events: list[AuditEvent]) -> list[HistoryItem]:
    values: dict[int, list[AuditValue]] = defaultdict(list)
    query = select(AuditValue).where(AuditValue.event_id.in_([event.id for event in events])).order_by(AuditValue.id)
    for value in session.scalars(query):
        values[value.event_id].append(value)
    return [HistoryItem(event, values[event.id]) for event in events]


def first_break(session: Session) -> int | None:
    """The number of the first event that does not follow from the one before it; None when the chain is whole."""
    previous, expected = b"\0" * 32, 1
    found = session.scalars(select(AuditEvent).order_by(AuditEvent.number).execution_options(yield_per=1000))
    with closing(found) as events:
        for event in events:
            subject = f"{event.subject_kind}:{event.subject_id}"
            actor = str(event.actor_id)
            digest = chain.event_digest(
                previous, event.number, event.happened_at, actor, event.deed, subject, event.values_digest
            )
            if event.number != expected or digest != event.digest:
                return event.number
            previous, expected = digest, expected + 1
    return None
