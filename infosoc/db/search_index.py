"""Keeps the search index equal to the records, in the transaction that changes them.

A domain says which rows concern which documents (`watch`) and how a document is made (`builder`). Rows written by the
session are noticed by themselves; code that writes past it (bulk statements) calls `mark`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import delete, event, insert, select
from sqlalchemy.orm import Session

from infosoc.db.search import SearchDocument
from infosoc.db.session import before_commit
from infosoc.db.tenancy import every_tenant

Subject = tuple[str, int]
Row = dict[str, Any]
Builder = Callable[[Session, list[int]], list[Row]]

_watched: dict[type[Any], Callable[[Any], Iterable[Subject]]] = {}
_builders: dict[str, Builder] = {}
_resolvers: dict[str, Callable[[Session, list[int]], Iterable[Subject]]] = {}
MARKS = "search_marks"


def watch(model: type[Any], subjects: Callable[[Any], Iterable[Subject]]) -> None:
    """When a row of this table is written, these subjects are to be indexed again."""
    _watched[model] = subjects


def builder(kind: str, build: Builder) -> None:
    """How the documents of a kind are made: rows of `search_document` for every tenant that holds the subject."""
    _builders[kind] = build


def resolver(kind: str, resolve: Callable[[Session, list[int]], Iterable[Subject]]) -> None:
    """A kind that is no document itself, but stands for others (the tag of a company, the people of one)."""
    _resolvers[kind] = resolve


def mark(session: Session, kind: str, ids: Iterable[int]) -> None:
    """Have these subjects indexed again before the transaction ends."""
    session.info.setdefault(MARKS, set()).update((kind, one) for one in ids)


@event.listens_for(Session, "after_flush")
def _notice(session: Session, _context: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        subjects = _watched.get(type(row))
        if subjects:
            session.info.setdefault(MARKS, set()).update(subject for subject in subjects(row) if subject[1] is not None)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(MARKS, None)


@before_commit
def index_marked(session: Session) -> None:
    """Make again the documents of all that was marked."""
    marks: set[Subject] = session.info.pop(MARKS, set())
    if not marks:
        return
    by_kind: dict[str, list[int]] = {}
    for kind, subject_id in sorted(marks):
        by_kind.setdefault(kind, []).append(subject_id)
    with every_tenant("the search index follows the joint register"):
        for kind in set(by_kind) & set(_resolvers):
            for other, subject_id in _resolvers[kind](session, by_kind.pop(kind)):
                by_kind.setdefault(other, []).append(subject_id)
        for kind, ids in by_kind.items():
            for at in range(0, len(ids), 500):
                _remake(session, kind, ids[at : at + 500])


def _remake(session: Session, kind: str, ids: list[int]) -> None:
    """Write what differs, and nothing else."""
    wanted = {(row["tenant_id"], row["subject_id"]): row for row in _builders[kind](session, ids)}
    columns = [column for column in SearchDocument.__table__.columns if column.name != "kind"]
    query = select(*columns).where(SearchDocument.kind == kind, SearchDocument.subject_id.in_(ids))
    stale = []
    for row in session.execute(query).mappings():
        new = wanted.get((row["tenant_id"], row["subject_id"]))
        if new is not None and all(row[name] == value for name, value in new.items()):
            del wanted[(row["tenant_id"], row["subject_id"])]
        else:
            stale.append(row["id"])
    if stale:
        session.execute(delete(SearchDocument).where(SearchDocument.id.in_(stale)))
    if wanted:
        session.execute(insert(SearchDocument), [{**row, "kind": kind} for row in wanted.values()])
