"""An import from beginning to end: by a job for those who upload, at once on the command line.

Resumable: how far it has come is written in the transaction of each chunk, and a second one that is at the same file
finds that it has moved on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.db.session import db, transaction
from infosoc.kernel import clock, collector
from infosoc.ledger.rules import MOST_LINES
from infosoc.payments.commands import booking, files
from infosoc.payments.commands.booking import Coming, EntryFacts
from infosoc.payments.models import BankFile
from infosoc.payments.rules import FileState
from infosoc.payments.survey import Survey

CHUNK = 1000
_GROWN = frozenset({0, 1, 4, 16})  # chunks after which PostgreSQL is told how large its tables have become
Note = Callable[[Session, int, int], None]
Pause = Callable[[], None]


class _MovedOn(Exception):
    """Somebody else has booked this chunk."""


def begin(public_id: str, *, by: int | None, read: Survey | None = None) -> None:
    """Read and check the file again, and decide which of its deposits are new."""
    session = db.session()
    file = files.file_at(session, public_id)
    if file.state != FileState.READ:
        return
    if read is None:
        with files.unpacked(session, file.id) as stream:
            read = files.survey(session, stream)
    with transaction() as writing:
        files.begin(writing, public_id, read, by=by, now=clock.now())


def carry_on(public_id: str, *, by: int | None, note: Note | None = None, pause: Pause | None = None) -> None:
    """Book what is left of a file that has been begun."""
    while True:
        try:
            _go_through(public_id, by, note, pause)
        except _MovedOn:
            db.session().rollback()
        else:
            return


def import_within(session: Session, stream: BinaryIO, *, name: str, by: int | None, now: datetime) -> BankFile:
    """All of it in the transaction of the caller, for files of which it is known that they are small."""
    read = files.survey(session, stream)
    file = files.take_in(session, stream, read, name=name, by=by, now=now)
    files.begin(session, file.public_id, read, by=by, now=now)
    of_section = files.taking(session, file.id)
    by_id = {entry.id: entry for entry in of_section.values()}
    stream.seek(0)
    for chunk in files.chunks(files.coming(stream, of_section), by_id, CHUNK, MOST_LINES):
        _book(session, file.public_id, file.taken, chunk, by_id, by=by, now=now)
    return file


def _go_through(public_id: str, by: int | None, note: Note | None, pause: Pause | None) -> None:
    session = db.session()
    file = files.file_at(session, public_id)
    if file.state != FileState.POSTING:
        return
    file_id, taken = file.id, file.taken
    of_section = files.taking(session, file_id)
    by_id = {entry.id: entry for entry in of_section.values()}
    with files.unpacked(session, file_id) as stream:
        session.rollback()
        left = islice(files.coming(stream, of_section), taken, None)
        _tell_sizes(0)
        for number, chunk in enumerate(files.chunks(left, by_id, CHUNK, MOST_LINES), 1):
            if pause:
                pause()
            with collector.paused(), transaction() as writing:
                _book(writing, public_id, taken, chunk, by_id, by=by, now=clock.now(), note=note)
            taken += len(chunk)
            _tell_sizes(number)


def _tell_sizes(chunks: int) -> None:
    """Else it checks foreign keys by any index that begins with the tenant, and reads all of the tenant's rows."""
    if chunks in _GROWN:
        with transaction() as session:
            bulk.refresh_statistics(session)


def _book(
    session: Session, public_id: str, taken: int, chunk: list[Coming], entry_of: dict[int, EntryFacts], *,
    by: int | None, now: datetime, note: Note | None = None,
) -> BankFile:  # fmt: skip
    audit.take_turn(session)
    file = files.file_at(session, public_id)
    if file.taken != taken:
        raise _MovedOn
    file.matched += booking.book(session, chunk, entry_of, by=by, now=now)
    file.taken += len(chunk)
    if file.taken >= file.total:
        file.state, file.posted_at = FileState.POSTED, now
    if note:
        note(session, file.taken, file.total)
    return file
