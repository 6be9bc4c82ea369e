"""Full-text search behind one function, on SQLite (FTS5) and PostgreSQL (tsvector).

One statement asks four small questions of indexes, none of which grows with the register: names that begin so, whole
words, beginnings of words, and the newest notes in the log; only what comes back is ranked.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from infosoc.db import search_tokens
from infosoc.db.base import Base, SortKey
from infosoc.db.search_tokens import Group
from infosoc.db.tenancy import Scope, TenantScoped, current_scope
from infosoc.kernel.text import fold, sort_key


class SearchDocument(TenantScoped, Base):
    """The words of one record as one tenant may find it. Erased and remade with the record."""

    __tablename__ = "search_document"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "subject_id"),
        Index("ix_search_document_name", "tenant_id", "kind", "name_sort"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int]
    public_id: Mapped[str] = mapped_column(String(11))
    title: Mapped[str] = mapped_column(String(200))
    subtitle: Mapped[str] = mapped_column(String(300), default="")
    name_sort: Mapped[str] = mapped_column(SortKey, default="")
    tokens: Mapped[str] = mapped_column(Text)


COMPANY, CONTACT, ENTRY = "company", "contact", "entry"
GROUPS = {COMPANY: Group.REGISTER, CONTACT: Group.REGISTER, ENTRY: Group.LOG}
_KIND_ORDER = {COMPANY: 0, CONTACT: 1, ENTRY: 2}


@dataclass(frozen=True)
class Hit:
    """One record found; `rank` is 0 for an exact name, larger the vaguer."""

    tenant_id: int
    kind: str
    subject_id: int
    public_id: str
    title: str
    subtitle: str
    rank: int


NAMES, WHOLE, BEGUN, NOTES = 12, 60, 200, 60


def find(session: Session, query: str, *, limit: int = 30, kinds: frozenset[str] | None = None) -> list[Hit]:
    """What the scope may find by these words, best first; å ä ö written out come before folded ones."""
    items = search_tokens.asked(query)
    scope = current_scope()
    if not items:
        return []
    rows = _candidates(session, scope, query, items)
    best: dict[tuple[str, int], Hit] = {}
    for row in rows:
        hit = Hit(*row[:6], rank=_rank(query, items, row[4], row[6]))
        key = (hit.kind, hit.subject_id)
        if (kinds is None or hit.kind in kinds) and (key not in best or hit.tenant_id == scope.tenant_id):
            best[key] = hit
    return sorted(best.values(), key=_order)[:limit]


def find_ids(session: Session, query: str, kind: str, limit: int = 500) -> list[int]:
    """The ids of one kind of record, best first."""
    return [hit.subject_id for hit in find(session, query, limit=limit, kinds=frozenset({kind}))]


def _order(hit: Hit) -> tuple[int, int, str, int]:
    newest_first = -hit.subject_id if hit.kind == ENTRY else 0
    return (hit.rank, _KIND_ORDER[hit.kind], sort_key(hit.title) if hit.kind != ENTRY else "", newest_first)


def _rank(query: str, items: list[list[str]], title: str, tokens: str) -> int:
    """How well a record answers: exact name, beginning of the name, whole words, beginnings, anywhere."""
    asked, name = query.strip().lower(), title.lower()
    if name == asked:
        return 0
    if fold(name) == fold(asked):
        return 1
    if name.startswith(asked):
        return 2
    if fold(name).startswith(fold(asked)):
        return 3
    held = {token[search_tokens.CODE_LETTERS + 1 :] for token in tokens.split()}
    whole = all(any(word in held for word in item) for item in items)
    if whole and all(word in name for word in asked.split()):
        return 4
    if whole:
        return 5
    in_title = search_tokens.words(title)
    return 6 if all(any(w.startswith(a) for w in in_title for a in item) for item in items) else 7


def _candidates(session: Session, scope: Scope, query: str, items: list[list[str]]) -> list[tuple]:  # type: ignore[type-arg]
    """A few hundred rows at most, by index alone."""
    register = search_tokens.reach(Group.REGISTER, scope.register, scope.tenant_id)
    log = search_tokens.reach(Group.LOG, scope.log, scope.tenant_id)
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    write = search_tokens.fts_query if on_sqlite else search_tokens.ts_query
    first = sort_key(query)
    values = {
        "whole": write(register, items, whole=True),
        "begun": write(register, items, whole=False),
        "log": write(log, items, whole=False),
        "first": first,
        # "~" sorts after every sign that a sort key holds.
        "last": first + "~" if first else "",
    }
    if on_sqlite:
        statement = text(_sqlite_statement(scope.register))
    else:
        statement = text("select * from search_candidates(:whole, :begun, :log, :first, :last)")
    return [tuple(row) for row in session.execute(statement.execution_options(own_sql=True), values)]


_COLUMNS = "d.tenant_id, d.kind, d.subject_id, d.public_id, d.title, d.subtitle, d.tokens"


def _sqlite_statement(register: tuple[int, ...]) -> str:
    """The four questions; tenant ids are integers of our own, never text from outside."""
    names = [
        f"SELECT * FROM (SELECT id FROM search_document WHERE tenant_id = {int(tenant)} AND kind = '{kind}' "  # noqa: S608
        f"AND name_sort >= :first AND name_sort < :last ORDER BY name_sort LIMIT {NAMES})"
        for tenant in register
        for kind in (COMPANY, CONTACT)
    ]
    matches = [
        f"SELECT * FROM (SELECT rowid FROM search_index WHERE search_index MATCH :{name}{order} LIMIT {most})"  # noqa: S608
        for name, order, most in (("whole", "", WHOLE), ("begun", "", BEGUN), ("log", " ORDER BY rowid DESC", NOTES))
    ]
    found = " UNION ".join([*names, *matches])
    return f"SELECT {_COLUMNS} FROM search_document d WHERE d.id IN ({found})"  # noqa: S608


def forget_removed(session: Session) -> None:
    """Make removed words physically gone from the index (after an erasure); rows are gone by `secure_delete`.

    FTS5 only marks removed entries until its segments are merged. Takes time in proportion to the index.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(
            text("INSERT INTO search_index (search_index) VALUES ('optimize')").execution_options(own_sql=True)
        )
