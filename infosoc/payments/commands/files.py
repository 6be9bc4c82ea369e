"""Bank files: taken in, begun, and gone through chunk by chunk; each step is safe to take twice.

The whole file is read, and its control sums checked, before anything of it is booked. The lock that is taken first
makes two who book wait for each other, so that a deposit is never taken twice, whichever file brings it.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.payments.commands.booking import Coming, EntryFacts, entry_facts
from infosoc.payments.models import BankEntry, BankFile
from infosoc.payments.queries import entries
from infosoc.payments.queries.entries import Planned
from infosoc.payments.readers import files as readers
from infosoc.payments.readers.errors import BankFileError
from infosoc.payments.readers.records import Opening, Payment
from infosoc.payments.rules import FileState
from infosoc.payments.survey import Survey

_PIECE = 1 << 20
_SPOOLED = 4 << 20
ENTRY_COLUMNS = (
    "id", "section", "line", "format", "account", "serial", "paid_on", "amount_ore", "payments", "checked",
    "amounts_digest", "references_digest", "key", "group_id", "takes", "ledger_account",
)  # fmt: skip


class SameFile(BankFileError):
    code = "same_file"
    message = N_(
        "Line %(line)s: this file has been imported before, on %(day)s as “%(name)s”. Nothing is booked from it again."
    )


class IsTest(BankFileError):
    code = "test_file"
    message = N_("Line %(line)s: the bank has marked the file as a test. Nothing is booked from it.")


class NotOpen(Refused):
    message = N_("The file is being booked, or has been booked already.")


def survey(session: Session, stream: BinaryIO) -> Survey:
    """Read a whole file and check it; raises a `BankFileError`."""
    return entries.survey_for(session).read(readers.read(stream))


def take_in(session: Session, stream: BinaryIO, read: Survey, *, name: str, by: int | None, now: datetime) -> BankFile:
    """Keep a file that has been read. The same file again is the one that is there, or refused once it is booked."""
    audit.take_turn(session)
    digest, size, content = _compressed(stream)
    for known in session.scalars(select(BankFile).where(BankFile.sha256 == digest).order_by(BankFile.id.desc())):
        if known.state != FileState.POSTED:
            return known
        if not known.report.get("refused"):
            raise SameFile(1, day=f"{known.made_at:%Y-%m-%d}", name=known.name)
    file = BankFile(
        name=clean(name)[:200] or "bank file", sha256=digest, size=size, content=content, format=read.report.format,
        report=told(read), state=FileState.READ, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(file)
    session.flush()
    return file


def told(read: Survey) -> dict[str, object]:
    """What is kept of a reading: the answer of the command line, and what was refused."""
    answer = read.report.as_json()
    left_out = {one["section"] for one in read.refused}
    refused = [one for one in answer["refused"] if one["section"] not in left_out]
    return {**answer, "refused": [*refused, *read.refused], "is_test": read.report.is_test}


def _compressed(stream: BinaryIO) -> tuple[bytes, int, bytes]:
    digest, packed, size, parts = hashlib.sha256(), zlib.compressobj(1), 0, []
    stream.seek(0)
    for piece in iter(lambda: stream.read(_PIECE), b""):
        digest.update(piece)
        size += len(piece)
        parts.append(packed.compress(piece))
    return digest.digest(), size, b"".join([*parts, packed.flush()])


def unpacked(session: Session, file_id: int) -> BinaryIO:
    """The file as it came."""
    content = session.scalar(select(BankFile.content).where(BankFile.id == file_id)) or b""
    out = tempfile.SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115 - the reader closes it
    unpack = zlib.decompressobj()
    for start in range(0, len(content), _PIECE):
        out.write(unpack.decompress(content[start : start + _PIECE]))
    out.write(unpack.flush())
    out.seek(0)
    return out  # type: ignore[return-value]  # all that its readers ask of a file


def begin(session: Session, public_id: str, read: Survey, *, by: int | None, now: datetime) -> BankFile:
    """Decide which deposits are new, and write them down; from now on no other file can book them."""
    audit.take_turn(session)
    file = file_at(session, public_id)
    if file.state != FileState.READ:
        return file
    if read.report.is_test:
        raise IsTest(1)
    planned = entries.plan(session, read)
    if not any(one.takes for one in planned) and (known := _booked_before(session, file)):
        raise SameFile(1, day=f"{known.made_at:%Y-%m-%d}", name=known.name)
    _write_entries(session, file, planned)
    file.report = told(read) | {"known": sum(not one.takes and one.section.payments > 0 for one in planned)}
    file.total = sum(one.section.payments for one in planned if one.takes)
    file.state = FileState.POSTING if file.total else FileState.POSTED
    file.posted_at = None if file.total else now
    deposits = sum(one.takes for one in planned)
    changes = {"file": (None, file.name), "deposits": (None, deposits), "payments": (None, file.total)}
    audit.record(session, "bank file imported", "bank_file", file.id, by=by, changes=changes)
    return file


def _booked_before(session: Session, file: BankFile) -> BankFile | None:
    query = select(BankFile).where(BankFile.sha256 == file.sha256, BankFile.state == FileState.POSTED)
    return session.scalars(query.order_by(BankFile.id.desc()).limit(1)).first()


def _write_entries(session: Session, file: BankFile, planned: Sequence[Planned]) -> None:
    rows = []
    for at, (one, section) in zip(
        bulk.new_ids(session, BankEntry, len(planned)), ((one, one.section) for one in planned), strict=True
    ):
        rows.append(
            (at, section.number, section.line, section.format, section.account[:60], section.serial[:80],
             section.paid_on, section.amount_ore, section.payments, section.checked, section.amounts,
             section.references, one.key, one.group_id or at, one.takes, section.ledger_account)
        )  # fmt: skip
    bulk.add(session, BankEntry, ENTRY_COLUMNS, rows, file_id=file.id)


def discard(session: Session, public_id: str) -> None:
    """Throw away a file of which nothing has been booked."""
    audit.take_turn(session)
    file = file_at(session, public_id)
    if file.state != FileState.READ:
        raise NotOpen
    session.delete(file)


def file_at(session: Session, public_id: str) -> BankFile:
    """The file at an address, as it is now; raises NotFound."""
    found = session.scalar(
        select(BankFile).where(BankFile.public_id == public_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def taking(session: Session, file_id: int) -> dict[int, EntryFacts]:
    """The deposits whose payments the file is booked from, by section."""
    query = select(BankEntry).where(BankEntry.file_id == file_id, BankEntry.takes)
    return {entry.section: entry_facts(entry) for entry in session.scalars(query)}


def coming(stream: BinaryIO, of_section: dict[int, EntryFacts]) -> Iterator[Coming]:
    """The payments that are to be booked, in the file's order."""
    section, position = 0, 0
    for event in readers.read(stream):
        if isinstance(event, Payment):
            position += 1
            if entry := of_section.get(section):
                yield Coming(entry.id, position, event)
        elif isinstance(event, Opening):
            section, position = event.section, 0


def chunks(
    rows: Iterable[Coming], entry_of: dict[int, EntryFacts], most: int, most_lines: int
) -> Iterator[list[Coming]]:
    """As many payments of one day as one transaction takes, and one voucher can hold."""
    chunk: list[Coming] = []
    lines = 0
    for one in rows:
        needed = 2 + 2 * len(one.payment.references)
        is_other_day = bool(chunk) and entry_of[chunk[-1].entry_id].paid_on != entry_of[one.entry_id].paid_on
        if chunk and (is_other_day or len(chunk) >= most or lines + needed > most_lines):
            yield chunk
            chunk, lines = [], 0
        chunk.append(one)
        lines += needed
    if chunk:
        yield chunk
