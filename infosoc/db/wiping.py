"""Making removed rows physically gone, where the database keeps more than it shows; and copies to try things on."""

from __future__ import annotations

from pathlib import Path

from infosoc.db import dumps
from infosoc.db.session import db


def empty_log() -> None:
    """Write SQLite's log of changes back and cut it off: it holds pages as they were before.

    PostgreSQL overwrites dead rows when it vacuums, by itself; its log of changes is for the operator to expire.
    """
    db.session.remove()
    if db.engine.dialect.name != "sqlite":
        return
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        connection.close()


def scratch_copy(folder: Path) -> Path | None:
    """A copy of a SQLite database in a folder; None on PostgreSQL, where a transaction is taken back instead."""
    db.session.remove()
    return dumps.dump(db.engine, folder) if db.engine.dialect.name == "sqlite" else None


def let_go() -> None:
    """Close the connections of a scratch copy's application."""
    db.session.remove()
    db.engine.dispose()
