"""Going through a file: as a preview that writes nothing of the register, or for good, chunk by chunk.

A chunk is one short transaction, and the batch counts its rows in that transaction: done again after a crash, the work
goes on where it was. The command line and the job share these functions.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit.models import AuditHead
from infosoc.crm import import_rules as rules
from infosoc.crm.commands import import_writing
from infosoc.crm.commands.import_chunk import Chunk, Origin
from infosoc.crm.import_rules import CHUNK, State
from infosoc.crm.imports import files, known, reading, reasons
from infosoc.crm.imports.fields import IGNORE
from infosoc.crm.imports.known import Directory
from infosoc.crm.imports.lists import Lists
from infosoc.crm.imports.parsed import ParsedRow, Refusal
from infosoc.crm.imports.planning import Plan, Policy, plan_refused, plan_row
from infosoc.crm.imports.reading import Reading, Source
from infosoc.crm.imports.values import parse_row
from infosoc.crm.models.imports import ImportBatch
from infosoc.crm.queries import import_matching
from infosoc.db import bulk
from infosoc.db.scratch import Scratch
from infosoc.db.session import transaction
from infosoc.kernel.identity import mask_personal_numbers

Note = Callable[[Session, int, int], None]
LONGEST_KEPT_CELL = 2000
_GROWN = frozenset(4**step for step in range(12))  # after so many chunks the tables have a size they did not have


@dataclass(frozen=True)
class Row:
    """A row of the file, taken apart."""

    number: int
    cells: list[str]
    parsed: ParsedRow | Refusal


def rows_of(source: Source, how: Reading, mapping: tuple[str, ...], *, today: date, skip: int = 0) -> Iterator[Row]:
    """The data rows of a file, taken apart one by one."""
    for number, cells in islice(reading.rows(source, how), skip, None):
        yield Row(number, cells, parse_row(cells, mapping, today=today))


def kept_cells(cells: list[str], mapping: tuple[str, ...]) -> list[str]:
    """The cells as they may be kept: without personal identity numbers, and nothing of columns that were left out."""
    return [
        "" if field == IGNORE else mask_personal_numbers(cell)[:LONGEST_KEPT_CELL]
        for cell, field in zip(cells, mapping, strict=False)
    ]


def count(counts: dict[str, int], plans: Iterable[Plan]) -> None:
    """Add some rows to the counts."""
    for plan in plans:
        counts[plan.result.value] += 1
        if any(reason.kind == reasons.WARNED for reason in plan.reasons):
            counts["warned"] += 1


def in_chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while True:
        with _no_collecting():
            chunk = list(islice(rows, CHUNK))
        if not chunk:
            return
        yield chunk


def planned(rows: list[Row], directory: Directory, lists: Lists, policy: Policy) -> list[Plan]:
    """What each row does, in their order."""
    return [
        plan_refused(row.number, row.parsed)
        if isinstance(row.parsed, Refusal)
        else plan_row(row.number, row.parsed, directory, lists, policy)
        for row in rows
    ]


# ---- for good --------------------------------------------------------------------------------------------------------


def commit_rows(
    source: Source, batch_id: int, *, note: Note | None = None, pause: Callable[[], None] = lambda: None
) -> None:
    """Import what is left of a batch. May be ended anywhere and called again."""
    with transaction() as session:
        batch = session.get_one(ImportBatch, batch_id, populate_existing=True)
        job = _Job.of(batch)
        lists = import_matching.lists(session)
        done = batch.done_rows
    rows = rows_of(source, job.how, job.mapping, today=job.origin.today, skip=done)
    for number, chunk in enumerate(in_chunks(rows), 1):
        pause()
        with _no_collecting(), transaction() as session:
            batch = _locked(session, batch_id, done)
            _write_chunk(session, job, chunk, lists, batch)
            done += len(chunk)
            batch.done_rows = done
            if note is not None:
                note(session, done, max(batch.total_rows, done))
        if number in _GROWN:
            with transaction() as session:
                bulk.refresh_statistics(session)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """A chunk makes a hundred thousand objects and drops them all; looking for circles among them is a quarter more."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True)
class _Job:
    """What every chunk of one import needs to know."""

    how: Reading
    mapping: tuple[str, ...]
    policy: Policy
    origin: Origin

    @classmethod
    def of(cls, batch: ImportBatch) -> _Job:
        if batch.committed_at is None:
            raise rules.NotNow
        origin = Origin(batch.id, batch.shown_name, batch.source, batch.by_id, batch.committed_at)
        return cls(how_of(batch), mapping_of(batch), Policy(batch.policy), origin)


def _write_chunk(session: Session, job: _Job, rows: list[Row], lists: Lists, batch: ImportBatch) -> None:
    good = [row.parsed for row in rows if isinstance(row.parsed, ParsedRow)]
    touched = job.origin.batch_id if job.policy is Policy.OVERWRITE else None
    directory = import_matching.directory(session, good, batch_id=touched, made_at=job.origin.now)
    plans = planned(rows, directory, lists, job.policy)
    cells = {row.number: kept_cells(row.cells, job.mapping) for row in rows if isinstance(row.parsed, Refusal)}
    for plan, row in zip(plans, rows, strict=True):
        if plan.result == "refused" and row.number not in cells:
            cells[row.number] = kept_cells(row.cells, job.mapping)
    import_writing.write(session, Chunk(plans, cells, job.origin, lists))
    counts = {**rules.empty_counts(), **batch.counts}
    count(counts, plans)
    batch.counts = counts


def _locked(session: Session, batch_id: int, done: int) -> ImportBatch:
    """The batch, if this run still is the one that goes on with it. One import at a time in a tenant matches rows."""
    session.scalar(select(AuditHead.id).with_for_update())
    batch = session.get_one(ImportBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch.state != State.COMMITTING or batch.done_rows != done:
        raise rules.Elsewhere
    return batch


def how_of(batch: ImportBatch) -> Reading:
    """How the file of a batch is read; its sample is not kept."""
    told = batch.reading
    try:
        return Reading(
            kind=told["kind"], encoding=told["encoding"], delimiter=told["delimiter"], sheets=tuple(told["sheets"]),
            sheet=told["sheet"], heading_row=told["heading_row"], headings=tuple(told["headings"]),
            columns=told["columns"], sample=(),
        )  # fmt: skip
    except KeyError:
        raise rules.FileIsGone from None


def as_kept(how: Reading) -> dict[str, Any]:
    """How a file is read, as its batch keeps it."""
    return {
        "kind": how.kind, "encoding": how.encoding, "delimiter": how.delimiter, "sheets": list(how.sheets),
        "sheet": how.sheet, "heading_row": how.heading_row, "columns": how.columns,
        "headings": [mask_personal_numbers(heading)[:200] for heading in how.headings],
    }  # fmt: skip


def mapping_of(batch: ImportBatch) -> tuple[str, ...]:
    """The field of each column of a batch."""
    return tuple(batch.mapping.get("fields", ()))


# ---- beforehand ------------------------------------------------------------------------------------------------------


class Preview:
    """What a file would do, row by row, without writing anything of the register.

    What earlier rows would make is kept outside memory, so that a file of any length takes no more room than a chunk.
    """

    def __init__(self, lists: Lists, policy: Policy, scratch: Scratch) -> None:
        self.lists, self._policy, self._scratch = lists, policy, scratch
        self._lowest = 0
        self.counts = rules.empty_counts()

    def plan(self, session: Session, rows: list[Row]) -> list[Plan]:
        """What these rows would do after those before them."""
        good = [row.parsed for row in rows if isinstance(row.parsed, ParsedRow)]
        keys = {key for row in good for key in _keys_of(row)}
        companies = self._scratch.get("company", self._scratch.found(keys))
        emails = [f"p:{address}" for row in good for address in known.row_emails(row)]
        people_ids = self._scratch.found(emails) | {one for kept in companies.values() for one in kept[_PEOPLE]}
        people = self._scratch.get("person", people_ids)
        also = {one for one in companies if one > 0}
        also |= {company_id for kept in people.values() for company_id, _ in kept[_POSTS] if company_id > 0}
        directory = import_matching.directory(session, good, also=also, also_people={one for one in people if one > 0})
        directory.begin_below(self._lowest)
        for kept in companies.values():
            directory.put_company(known.company_from_json(kept))
        for kept in people.values():
            directory.put_person(known.person_from_json(kept))
        plans = planned(rows, directory, self.lists, self._policy)
        self._keep(plans)
        self._lowest = directory.lowest
        count(self.counts, plans)
        return plans

    def _keep(self, plans: list[Plan]) -> None:
        companies = {plan.company.id: plan.company for plan in plans if plan.company is not None}
        people = {plan.person.id: plan.person for plan in plans if plan.person is not None}
        self._scratch.put("company", ((one, known.company_as_json(company)) for one, company in companies.items()))
        self._scratch.put("person", ((one, known.person_as_json(person)) for one, person in people.items()))
        self._scratch.note(
            (key, company.id)
            for company in companies.values()
            for key in (f"n:{company.org_number}", f"k:{company.key}", *_email_keys("e", company.points))
        )
        for person in people.values():
            emails = _email_keys("p", person.points)
            self._scratch.note((key, person.id) for key in emails)
            self._scratch.note((f"e{key[1:]}", company_id) for key in emails for company_id in person.posts)


_PEOPLE = known.Company.__slots__.index("people")
_POSTS = known.Person.__slots__.index("posts")


def _keys_of(row: ParsedRow) -> Iterator[str]:
    yield f"k:{known.key_of(row.name)}"
    if row.org_number:
        yield f"n:{row.org_number}"
    for address in known.row_emails(row):
        yield f"e:{address}"


def _email_keys(prefix: str, points: set[tuple[str, str]]) -> list[str]:
    return [f"{prefix}:{value}" for group, value in points if group == "emails"]


def file_of(folder: Path, batch: ImportBatch) -> Path:
    """The kept file of a batch."""
    path = files.path_of(folder, batch.file_name)
    if path is None:
        raise rules.FileIsGone
    return path
