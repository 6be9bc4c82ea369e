"""Full-text search behind one function, on SQLite (FTS5) and PostgreSQL (tsvector).

One statement asks four small questions of indexes, none of which grows with the register: names that begin so, whole
words, beginnings of words, and the newest notes in the log; only what comes back is ranked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Index,
    String,
    Text,
    TextClause,
    UniqueConstraint,
    and_,
    exists,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from infosoc.db import prepared, search_tokens
from infosoc.db.base import Base, SortKey
from infosoc.db.search_tokens import Group
from infosoc.db.tenancy import Scope, TenantScoped, current_scope
from infosoc.kernel.text import fold, sort_key


class SearchDocument(TenantScoped, Base):
    """The words of one record as one tenant may find it. Erased and remade with the record."""

    __tablename__ = "search_document"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "subject_id"),
        Index("ix_search_document_name", "tenant_id", "kind", "name_folded"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int]
    public_id: Mapped[str] = mapped_column(String(11))
    title: Mapped[str] = mapped_column(String(200))
    subtitle: Mapped[str] = mapped_column(String(300), default="")
    name_folded: Mapped[str] = mapped_column(SortKey, default="")
    tokens: Mapped[str] = mapped_column(Text)


COMPANY, CONTACT, ENTRY = "company", "contact", "entry"
GROUPS = {COMPANY: (Group.COMPANY, Group.OWN), CONTACT: (Group.PERSON,), ENTRY: (Group.LOG,)}
REGISTER = (Group.COMPANY, Group.PERSON, Group.OWN)
KIND_ORDER = {COMPANY: 0, CONTACT: 1, ENTRY: 2}


class Hit(NamedTuple):
    """One record found; `rank` is 0 for an exact name, larger the vaguer."""

    tenant_id: int
    kind: str
    subject_id: int
    public_id: str
    title: str
    subtitle: str
    rank: int


# How many candidates each question may bring, and what a candidate's question says of it.
NAMES, WHOLE, BEGUN, NOTES = 20, 40, 60, 20
BY_NAME, BY_WORDS, BY_BEGINNINGS = 0, 1, 2


def find(session: Session, query: str, *, limit: int = 30, kinds: frozenset[str] | None = None) -> list[Hit]:
    """What the scope may find by these words, best first; å ä ö written out come before folded ones."""
    items = search_tokens.asked(query)
    scope = current_scope()
    if not items:
        return []
    asked = _Asked(query.strip().lower(), fold(query.strip()), items)
    best: dict[tuple[str, int], tuple[int, tuple]] = {}
    for row in _candidates(session, scope, query, items):
        key = (row[1], row[2])
        ours = row[0] == scope.tenant_id
        if (kinds is None or row[1] in kinds) and (key not in best or ours):
            rank = _rank(asked, row[4].lower(), row[6])
            if key not in best or rank < best[key][0]:
                best[key] = (rank, row)
    hits = [Hit(*row[:6], rank=rank) for rank, row in best.values()]
    return sorted(hits, key=_order)[:limit]


def find_ids(session: Session, query: str, kind: str, *, tenant_id: int, limit: int, skip: int = 0) -> list[int]:
    """The ids of one kind of record that answer, as the index has them: for lists, which have an order of their own.

    Only the documents of the tenant whose list it is are read. It has one of each record that its list can show, so
    that the limit counts records, each once, and none is crowded out by what other tenants have.
    """
    items = search_tokens.asked(query)
    scope = current_scope()
    if not items or tenant_id not in scope.register:
        return []
    reached = search_tokens.reach(GROUPS[kind], (tenant_id,), scope.tenant_id)
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    write = search_tokens.fts_query if on_sqlite else search_tokens.ts_query
    most = {"most": limit} if on_sqlite else {"upto": skip + limit}
    values = {"begun": write(reached, items, whole=False), "skip": skip, **most}
    return list(session.scalars(_ids_statement(on_sqlite), values))


@lru_cache(maxsize=2)
def _ids_statement(on_sqlite: bool) -> TextClause:
    sql = SQLITE_IDS if on_sqlite else POSTGRESQL_IDS
    return text(sql).execution_options(own_sql=True)


POSTGRESQL_IDS = "select * from search_ids(:begun, :upto) offset :skip"
SQLITE_IDS = (
    "SELECT d.subject_id FROM "
    "(SELECT rowid FROM search_index WHERE search_index MATCH :begun ORDER BY rowid LIMIT :most OFFSET :skip) c "
    "CROSS JOIN search_document d ON d.id = c.rowid"
)


def answer_values(query: str, kind: str) -> dict[str, str]:
    """What `answers` is given for a query, by name."""
    scope = current_scope()
    (codes,) = search_tokens.reach(GROUPS[kind], (scope.tenant_id,), scope.tenant_id)
    found = search_tokens.patterns(codes, search_tokens.asked(query))
    return {f"word_{at}_{way}": one for at, ways in enumerate(found) for way, one in enumerate(ways)}


def answers(subject_id: Any, kind: str, names: tuple[str, ...]) -> ColumnElement[bool]:
    """That our own document of a record answers a query, tested on its tokens: for rows that are found by other means.

    `names` are those of `answer_values`, and decide the SQL.
    """
    tokens = literal(" ") + SearchDocument.tokens + literal(" ")
    items: dict[str, list[ColumnElement[bool]]] = {}
    for name in names:
        items.setdefault(name.rsplit("_", 1)[0], []).append(tokens.like(prepared.bound(name, Text())))
    every = and_(*(or_(*ways) for ways in items.values()))
    return exists(
        select(SearchDocument.id).where(SearchDocument.kind == kind, SearchDocument.subject_id == subject_id, every)
    )


@dataclass(frozen=True)
class _Asked:
    raw: str
    folded: str
    items: list[list[str]]


def _order(hit: Hit) -> tuple[int, int, str, int]:
    if hit.kind == ENTRY:
        return (hit.rank, KIND_ORDER[hit.kind], "", -hit.subject_id)
    return (hit.rank, KIND_ORDER[hit.kind], sort_key(hit.title), 0)


def _rank(asked: _Asked, name: str, question: int) -> int:
    """Exact name, beginning of the name, whole words in the name or elsewhere, beginnings; as written before folded."""
    if question == BY_NAME:
        if name == asked.raw:
            return 0
        if fold(name) == asked.folded:
            return 1
        return 2 if name.startswith(asked.raw) else 3
    if asked.raw in name:
        return 4 if question == BY_WORDS else 7
    if question == BY_WORDS:
        return 5 if asked.folded in fold(name) else 6
    return 8


def _candidates(session: Session, scope: Scope, query: str, items: list[list[str]]) -> list[tuple]:
    """A hundred rows or so, by index alone."""
    register = search_tokens.reach(REGISTER, scope.register, scope.tenant_id)
    log = search_tokens.reach((Group.LOG,), scope.log, scope.tenant_id)
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    write = search_tokens.fts_query if on_sqlite else search_tokens.ts_query
    first = search_tokens.name_key(query)
    values = {
        "whole": write(register, items, whole=True),
        "begun": write(register, items, whole=False),
        "log": write(log, items, whole=False),
        "first": first,
        # "~" sorts after every sign that a key holds.
        "last": first + "~" if first else "",
    }
    sql = _sqlite_statement(scope.register) if on_sqlite else POSTGRESQL_STATEMENT
    return prepared.own_rows(session, sql, values)


POSTGRESQL_STATEMENT = "select * from search_candidates(%(whole)s, %(begun)s, %(log)s, %(first)s, %(last)s)"
_COLUMNS = "d.tenant_id, d.kind, d.subject_id, d.public_id, d.title, d.subtitle, c.question"


@lru_cache(maxsize=256)
def _sqlite_statement(register: tuple[int, ...]) -> str:
    """The four questions; tenant ids are integers of our own, never text from outside."""
    names = [
        f"SELECT * FROM (SELECT id, {BY_NAME} AS question FROM search_document WHERE tenant_id = {int(tenant)} "
        f"AND kind = '{kind}' AND name_folded >= :first AND name_folded < :last ORDER BY name_folded LIMIT {NAMES})"
        for tenant in register
        for kind in (COMPANY, CONTACT)
    ]
    matches = [
        f"SELECT * FROM (SELECT rowid, {question} FROM search_index WHERE search_index MATCH :{name}"
        f"{order} LIMIT {most})"
        for name, question, order, most in (
            ("whole", BY_WORDS, "", WHOLE),
            ("begun", BY_BEGINNINGS, "", BEGUN),
            ("log", BY_BEGINNINGS, " ORDER BY rowid DESC", NOTES),
        )
    ]
    found = " UNION ALL ".join([*names, *matches])
    return f"SELECT {_COLUMNS} FROM ({found}) c CROSS JOIN search_document d ON d.id = c.id"


def forget_removed(session: Session) -> None:
    """Make removed words physically gone from the index (after an erasure); rows are gone by `secure_delete`.

    FTS5 only marks removed entries until its segments are merged. Takes time in proportion to the index.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(
            text("INSERT INTO search_index (search_index) VALUES ('optimize')").execution_options(own_sql=True)
        )
