"""What the subjects of the log are called and where they are shown. Each domain answers for its own kinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, String, cast, literal, select, union_all
from sqlalchemy.orm import Session

from infosoc.audit.models import AuditEvent


@dataclass(frozen=True)
class Subject:
    """One subject in words, with its address when it has a page."""

    name: str
    url: str | None = None


Question = Select[*tuple[Any, ...]]
Query = Callable[[set[int]], Question]
Address = Callable[[str], str]
_namers: dict[str, tuple[Query, Address | None]] = {}


def name_subjects(kind: str, query: Query, address: Address | None = None) -> None:
    """Register who knows the subjects of this kind; a subject that is gone or may not be seen is left out.

    The query gives id, name and public id; of the last `address` makes that of the page, where there is one.
    """
    _namers[kind] = (query, address)


def by_kind(events: Iterable[AuditEvent]) -> dict[str, set[int]]:
    """The ids of the subjects of some events."""
    found: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.subject_id is not None:
            found[event.subject_kind].add(event.subject_id)
    return found


def questions(events: Iterable[AuditEvent]) -> dict[str, Question]:
    """The query for the subjects of each kind that somebody can name."""
    return {kind: _namers[kind][0](ids) for kind, ids in by_kind(events).items() if kind in _namers}


def subject(kind: str, name: str, public_id: str) -> Subject:
    """A row of such a query in words."""
    address = _namers[kind][1]
    return Subject(name, address(public_id) if address else None)


def ask(session: Session, asked: dict[str, Question]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of several queries for (id, word, word), in one statement."""
    if not asked:
        return {}
    parts = []
    for name, query in asked.items():
        inner = query.subquery()
        words = [cast(one, String) for one in inner.c[1:]]
        columns: list[Any] = [literal(name, String()), cast(inner.c[0], BigInteger), *words]
        parts.append(select(*columns))
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for name, *row in session.execute(union_all(*parts)):
        found[name].append(tuple(row))
    return found
