"""What may have been meant when a search finds nothing: records that have a word one letter away from a typed one.

Asked only when there is no hit. A word is asked for in each of its spellings, a few hundred look-ups in the same
index and by the same codes as any search, so that the answer reaches no further and takes as long in a large register.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from infosoc.db import prepared, search_tokens
from infosoc.db.search import KIND_ORDER, REGISTER, Hit
from infosoc.db.tenancy import current_scope
from infosoc.kernel.text import sort_key

MISSPELT = 9


def find_near(session: Session, query: str) -> list[Hit]:
    """Companies and persons that answer the query when one of its words is spelt otherwise, names before places."""
    scope = current_scope()
    readings = search_tokens.misspelt(query)
    if not readings:
        return []
    reached = search_tokens.reach(REGISTER, scope.register, scope.tenant_id)
    best: dict[tuple[str, int], tuple] = {}
    for row in _rows(session, reached, readings):
        if row[0] == scope.tenant_id or (row[1], row[2]) not in best:
            best[(row[1], row[2])] = row
    meant = {one for reading in readings for item in reading if len(item) > 1 for one in item}
    hits = [Hit(*row[:6], rank=MISSPELT + _vaguer(row[4], meant)) for row in best.values()]
    return sorted(hits, key=lambda hit: (hit.rank, KIND_ORDER[hit.kind], sort_key(hit.title)))


def _vaguer(title: str, meant: set[str]) -> int:
    """Whether the meant word is the first of the name, another of it, the beginning of one, or stands elsewhere."""
    words = search_tokens.words(title)
    if words and words[0] in meant:
        return 0
    if meant.intersection(words):
        return 1
    return 2 if any(word.startswith(one) for word in words for one in meant) else 3


def _rows(session: Session, reached: search_tokens.Reach, readings: list[list[list[str]]]) -> list[tuple]:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    write = search_tokens.fts_query if on_sqlite else search_tokens.ts_query
    begun = (" OR " if on_sqlite else " | ").join(f"({write(reached, items, whole=False)})" for items in readings)
    return prepared.own_rows(session, SQLITE_STATEMENT if on_sqlite else POSTGRESQL_STATEMENT, {"begun": begun})


POSTGRESQL_STATEMENT = "select * from search_near(%(begun)s)"
SQLITE_STATEMENT = (
    "SELECT d.tenant_id, d.kind, d.subject_id, d.public_id, d.title, d.subtitle FROM "
    "(SELECT rowid FROM search_index WHERE search_index MATCH :begun LIMIT 60) c "
    "CROSS JOIN search_document d ON d.id = c.rowid"
)
