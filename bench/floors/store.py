"""A floor's own connection, one a thread: sqlite3 or psycopg, whichever FLOOR_DATABASE names."""

from __future__ import annotations

import os
import sqlite3
import threading
from typing import Any

import psycopg
from psycopg.types.string import TextLoader

_own = threading.local()


def is_sqlite(where: str) -> bool:
    return where.startswith("/")


def connect(where: str) -> Any:
    """Plain and durable. On PostgreSQL as the superuser: a floor knows no row-level security."""
    if is_sqlite(where):
        connection = sqlite3.connect(where, isolation_level=None, timeout=15)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
            connection.execute(f"PRAGMA {pragma}")
        return connection
    opened = psycopg.connect(where, autocommit=True)
    opened.adapters.register_loader("json", TextLoader)  # as SQLite has it: what is copied need not be taken apart
    return opened


def connection() -> Any:
    """This thread's connection to the database that the environment names."""
    if not hasattr(_own, "connection"):
        _own.connection = connect(os.environ["FLOOR_DATABASE"])
    return _own.connection


def marked(sql: str, where: str | None = None) -> str:
    """The statement with the driver's marks: `?` on SQLite, `%s` on PostgreSQL."""
    return sql if is_sqlite(where or os.environ["FLOOR_DATABASE"]) else sql.replace("?", "%s")
