"""Which migration the database stands at, and which one the program is written for."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def is_at_head(session: Session) -> bool:
    """Whether the database is what the program expects."""
    return database_revision(session) == program_revision()


def database_revision(session: Session) -> str | None:
    """The revision of the database; none before the first migration."""
    connection = session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


@lru_cache(maxsize=1)
def program_revision() -> str:
    """The newest migration in `migrations/`."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def has_come_by(revision: str, way: str) -> bool:
    """Whether a database at `way` has had this revision."""
    return any(script.revision == revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions("base", way))


def known_revisions() -> set[str]:
    """Every revision that this program can bring up to date."""
    return {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
