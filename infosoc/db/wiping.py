"""Making removed rows physically gone, where the database keeps more than it shows."""

from __future__ import annotations

from sqlalchemy import Engine


def empty_log(engine: Engine) -> None:
    """Write SQLite's log of changes back and cut it off: it holds pages as they were before.

    PostgreSQL overwrites dead rows when it vacuums, by itself; its log of changes is for the operator to expire.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        connection.close()
