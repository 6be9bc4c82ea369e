"""One timeline of everything that has happened with a company or a contact person, newest first.

Each domain registers a source; a source gives its newest items before a point, and the timeline merges them. Pages are
keyed by the last item shown, so that what arrives meanwhile moves nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

_FORMAT = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class Cursor:
    """Where a page ended. Later domains choose a `rank` of their own: a short word."""

    at: datetime
    rank: str
    public_id: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).strftime(_FORMAT)}-{self.rank}-{self.public_id}"

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        """The cursor of an address; a mangled one begins from the top."""
        at, _, rest = (text or "").partition("-")
        rank, _, public_id = rest.partition("-")
        try:
            return cls(datetime.strptime(at, _FORMAT).replace(tzinfo=UTC), rank, public_id)
        except ValueError:
            return None


@dataclass(frozen=True)
class Item:
    """One thing that happened. `kind` is an icon and a style, `label` a message id."""

    at: datetime
    rank: str
    public_id: str
    kind: str
    label: str
    text: str = ""
    by: str = ""
    by_id: int | None = None
    person: str = ""
    person_id: str = ""
    company: str = ""
    company_id: str = ""
    outcome: str = ""
    direction: str = ""
    tenant_id: int | None = None
    is_trashed: bool = False
    is_protected: bool = False  # the person is: a view leaves the name out for most

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.at, self.rank, self.public_id)

    @property
    def is_attempt(self) -> bool:
        return self.kind == "attempt"


@dataclass(frozen=True)
class Subject:
    """Whose timeline, and what of it. `kinds` empty means everything; `who` is a contact person's public id."""

    company_id: int | None = None
    contact_id: int | None = None
    kinds: frozenset[str] = frozenset()
    who: str = ""


@dataclass(frozen=True)
class Page:
    items: list[Item]
    older: Cursor | None


Source = Callable[[Session, Subject, Cursor | None, int], list[Item]]
_sources: list[Source] = []
KINDS: dict[str, str] = {}  # what there can be in a timeline, by kind, for those who look for one; sources add theirs


def add_source(source: Source) -> Source:
    """Let a domain put what it knows into the timeline."""
    if source not in _sources:
        _sources.append(source)
    return source


def page(session: Session, subject: Subject, before: Cursor | None, limit: int) -> Page:
    """The newest items before the cursor, of all sources."""
    lists = [source(session, subject, before, limit + 1) for source in _sources]
    items = list(heapq.merge(*lists, key=_key, reverse=True))[: limit + 1]
    return Page(items[:limit], items[limit - 1].cursor if len(items) > limit else None)


def _key(item: Item) -> tuple[datetime, str, str]:
    return (item.at, item.rank, item.public_id)


def is_before(
    cursor: Cursor | None, rank: str, at: InstrumentedAttribute[Any], public_id: InstrumentedAttribute[str]
) -> ColumnElement[bool] | None:
    """The condition by which a source begins after the cursor; written so that an index on the instant serves it."""
    if cursor is None:
        return None
    if rank > cursor.rank:
        return at < cursor.at
    if rank < cursor.rank:
        return at <= cursor.at
    return and_(at <= cursor.at, or_(at < cursor.at, public_id < cursor.public_id))
