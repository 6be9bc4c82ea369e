"""Which migration the database stands at, and which one the program is written for.

The files of `migrations/versions` are read for their two lines, not run: the health check asks in every process.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from infosoc.db.migrations import FOLDER

_REVISION = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:"(\w+)"|None)$', re.MULTILINE)


def is_at_head(session: Session) -> bool:
    """Whether the database is what the program expects."""
    return database_revision(session) == program_revision()


def database_revision(session: Session) -> str | None:
    """The revision of the database; none before the first migration."""
    connection = session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def program_revision() -> str:
    """The newest migration in `migrations/`."""
    before = _before()
    heads = set(before) - set(before.values())
    if len(heads) != 1:
        raise RuntimeError(f"migrations/ has not one newest migration, but {sorted(heads)}")
    return heads.pop()


def has_come_by(revision: str, way: str) -> bool:
    """Whether a database at `way` has had this revision."""
    before, at = _before(), way
    while at and at != revision:
        at = before[at]
    return at == revision


def known_revisions() -> set[str]:
    """Every revision that this program can bring up to date."""
    return set(_before())


@lru_cache(maxsize=1)
def _before() -> dict[str, str]:
    """Each migration with the one that it builds on; the first one builds on nothing."""
    found = (_REVISION.search(path.read_text(encoding="utf-8")) for path in (FOLDER / "versions").glob("*.py"))
    return {match[1]: match[2] or "" for match in found if match}
