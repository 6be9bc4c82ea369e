"""A place outside memory for what a long read looks up again; private to one process, gone when it is closed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from types import TracebackType
from typing import Any


class Scratch:
    """Things by number, and numbers by key. Holds only what the reader may see anyway; no tenant is in it."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("")  # a temporary file that SQLite removes by itself
        self._file.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            "CREATE TABLE thing (kind TEXT, id INTEGER, value TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;"
            "CREATE TABLE by_key (key TEXT, id INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID;"
        )

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, kind: str, things: Iterable[tuple[int, Any]]) -> None:
        """Keep these, in place of what was kept under their numbers."""
        rows = [(kind, one, json.dumps(value)) for one, value in things]
        self._file.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", rows)

    def note(self, keys: Iterable[tuple[str, int]]) -> None:
        """Let a thing be found by a key."""
        self._file.executemany("INSERT OR IGNORE INTO by_key VALUES (?, ?)", list(keys))

    def found(self, keys: Iterable[str]) -> set[int]:
        """The numbers noted under any of these keys."""
        look = self._file.execute
        return {row[0] for key in keys for row in look("SELECT id FROM by_key WHERE key = ?", (key,))}

    def get(self, kind: str, ids: Iterable[int]) -> dict[int, Any]:
        """What is kept under these numbers."""
        look = self._file.execute
        rows = ((one, look("SELECT value FROM thing WHERE kind = ? AND id = ?", (kind, one)).fetchone()) for one in ids)
        return {one: json.loads(row[0]) for one, row in rows if row is not None}
