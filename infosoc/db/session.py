"""The session, and the only commit in the system."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_first_steps: list[Callable[[Session], None]] = []
_last_steps: list[Callable[[Session], None]] = []

# Tables are plain models on `db.base.Base`; the extension gives the engine and the session of a request.
db = SQLAlchemy(
    session_options={"expire_on_commit": False},
)


class NotInTransaction(RuntimeError):
    """Something was about to be written outside `transaction()`."""


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of writing: commits at the end, rolls back on any error. It does not nest.

    What was read before belongs to an older snapshot, so it is let go first: load inside what you change.
    """
    if _writing.get():
        raise RuntimeError("transaction() does not nest")
    session = db.session()
    session.rollback()
    token = _writing.set(True)
    try:
        for step in _first_steps:
            step(session)
        yield session
        session.flush()
        for step in _last_steps:
            step(session)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(token)


def in_transaction() -> bool:
    """Whether writing is allowed right now."""
    return _writing.get()


def before_commit(step: Callable[[Session], None]) -> Callable[[Session], None]:
    """Register a step that every transaction takes last (search index, for one)."""
    _last_steps.append(step)
    return step


def at_start(step: Callable[[Session], None]) -> Callable[[Session], None]:
    """Register a step that every transaction takes first (the submission id, for one)."""
    _first_steps.append(step)
    return step


@event.listens_for(Session, "before_flush")
def _only_in_transaction(session: Session, _context: Any, _instances: Any) -> None:
    if not _writing.get() and (session.new or session.dirty or session.deleted):
        raise NotInTransaction("write inside `with transaction()`")


def prepare_engine(engine: Engine) -> None:
    """Set what each new connection needs; called once for each engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _keep_to_ourselves)
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        event.listen(engine, "connect", _postgresql_connect)


def _keep_to_ourselves(_dialect: Any, _record: Any, arguments: list[Any], _more: dict[str, Any]) -> None:
    """The file of the database is for its owner alone; SQLite makes those beside it (-wal, -shm) alike."""
    name = str(arguments[0]) if arguments else ""
    if not name or name == ":memory:" or name.startswith("file:"):
        return
    for path in (Path(name), Path(f"{name}-wal"), Path(f"{name}-shm")):
        # Of another owner, or gone since: then it is not ours to shut.
        with suppress(OSError):
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                path.chmod(0o600)
    if not Path(name).exists():
        with suppress(OSError):  # a folder that is missing is told of by the driver
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600))


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is sent by _sqlite_begin, not guessed by the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "busy_timeout=15000",
        "foreign_keys=ON",
        "synchronous=FULL",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    # A writer takes its lock at once; a read snapshot that turns writer would fail with "database is locked".
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def _postgresql_connect(connection: Any, _record: Any) -> None:
    # Row-level security binds neither superusers nor owners of old tables: the application works as its own role.
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = 'infosoc_app'")
        if cursor.fetchone():
            cursor.execute("set role infosoc_app")
        # The policies make every plan look dear; compiling it would take longer than any page here does.
        cursor.execute("set jit = off")
        # What a search finds is read in parts, one request each: every look must begin where the last one did.
        cursor.execute("set synchronize_seqscans = off")
    connection.commit()
