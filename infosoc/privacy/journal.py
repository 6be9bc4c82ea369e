"""The journal of removals, objections and restrictions: files of the data folder, for a backup that is put back (P-42).

A line holds ids and keyed hashes, never a name or an address. It is written, and on the disk, before the transaction
that it tells of is committed: a removal that was promised is not forgotten by a restore. Reading it again is harmless,
for what holds already is not done twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from infosoc.db.session import before_commit
from infosoc.kernel import clock
from infosoc.privacy import folders
from infosoc.privacy.models import Erasure, Restriction
from infosoc.suppression.models import Suppression

ERASURE, SUPPRESSION, LIFTED = "erasure", "suppression", "lifted"
RESTRICTION, UNRESTRICTED = "restriction", "unrestricted"
FOLDER = "journal"
KEPT = timedelta(days=400)  # far longer than any backup
_LINES, _FILES = "privacy_journal", "privacy_files"
_replaying: ContextVar[bool] = ContextVar("replaying", default=False)
Line = dict[str, Any]


@contextmanager
def replaying() -> Iterator[None]:
    """Do again what the journal says, without writing it down anew."""
    token = _replaying.set(True)
    try:
        yield
    finally:
        _replaying.reset(token)


def lines() -> list[Line]:
    """Everything in the journal, oldest first; a line that was cut off in the middle is left out."""
    found: list[Line] = []
    for path in sorted(_folder().glob("*.jsonl")) if _folder().is_dir() else ():
        for text in path.read_text().splitlines():
            try:
                found.append(json.loads(text))
            except ValueError:
                continue
    return sorted(found, key=lambda line: line["at"])


def write_missing(rows: Iterable[Line]) -> int:
    """Add lines that are not there; returns how many."""
    known = {_key(line) for line in lines()}
    missing = [row for row in rows if _key(row) not in known]
    _append(missing)
    return len(missing)


def forget_old(now: datetime) -> int:
    """Remove the files of months that no backup reaches back to."""
    oldest = f"{now - KEPT:%Y-%m}"
    old = [path for path in _folder().glob("*.jsonl") if path.stem < oldest] if _folder().is_dir() else []
    for path in old:
        path.unlink()
    return len(old)


def of_erasure(row: Erasure) -> Line:
    return {
        "what": ERASURE, "at": _at(row.erased_at), "tenant": row.tenant_id, "contact": row.contact_id,
        "public_id": row.report.get("public_id", ""), "records": row.report.get("records", []),
        "digests": list(row.digests), "channel": row.channel,
    }  # fmt: skip


def of_suppression(row: Suppression) -> Line:
    is_lifted = row.lifted_at is not None
    return {
        "what": LIFTED if is_lifted else SUPPRESSION, "at": _at(row.lifted_at or row.made_at),
        "tenant": row.tenant_id, "digest": row.digest.hex(), "kind": row.kind, "list": row.list_id,
        "is_joint": bool(row.is_joint), "channel": row.channel, "by": row.lifted_by,
    }  # fmt: skip


def of_restriction(row: Restriction, public_id: str) -> list[Line]:
    """That a person's data may not be used, and when they may again."""
    whose = {"tenant": row.tenant_id, "contact": row.contact_id, "public_id": public_id}
    found = [{"what": RESTRICTION, "at": _at(row.made_at), **whose}]
    return found + ([{"what": UNRESTRICTED, "at": _at(row.lifted_at), **whose}] if row.lifted_at else [])


def note(session: Session, told: Line) -> None:
    """Have a line written when the transaction is committed."""
    if not _replaying.get():
        session.info.setdefault(_LINES, []).append(told)


def remove_after_commit(session: Session, path: Path) -> None:
    """Have a file removed once the transaction holds."""
    session.info.setdefault(_FILES, []).append(path)


@event.listens_for(Session, "after_flush")
def _notice(session: Session, _context: Any) -> None:
    if _replaying.get():
        return
    told: list[Line] = [of_erasure(row) for row in session.new if isinstance(row, Erasure)]
    told += [of_suppression(row) for row in session.new if isinstance(row, Suppression)]
    told += [
        of_suppression(row) for row in session.dirty
        if isinstance(row, Suppression) and inspect(row).attrs.lifted_at.history.has_changes()
    ]  # fmt: skip
    if told:
        session.info.setdefault(_LINES, []).extend(told)


@before_commit
def _write(session: Session) -> None:
    _append(session.info.pop(_LINES, []))


@event.listens_for(Session, "after_commit")
def _remove_files(session: Session) -> None:
    for path in session.info.pop(_FILES, ()):
        path.unlink(missing_ok=True)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_LINES, None)
    session.info.pop(_FILES, None)


def _append(told: list[Line]) -> None:
    if not told:
        return
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _folder() / f"{clock.now():%Y-%m}.jsonl"
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in told)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write("\n" + text if _is_cut_off(path) else text)
        file.flush()
        os.fsync(file.fileno())


def _is_cut_off(path: Path) -> bool:
    """Whether a crash broke off the last line: the next one begins on a line of its own."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 1))
        return size > 0 and file.read(1) != b"\n"


def _folder() -> Path:
    return folders.data_dir() / FOLDER


def _key(line: Line) -> tuple[str, ...]:
    names = ("what", "at", "tenant", "contact", "digest", "digests", "kind", "list")
    return tuple(str(line.get(name, "")) for name in names)


def _at(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds")
