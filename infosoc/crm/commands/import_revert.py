"""Taking an import back as one unit: what it made goes, what it changed is as before; what was changed since is kept.

First the companies that it made, with all their rows; then, backwards, what it did to companies that were there. Each
chunk is one short transaction, and a row that is settled says so: begun again after a crash, it goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.audit.models import AuditHead
from infosoc.crm import import_rules as rules
from infosoc.crm.commands import import_removal, import_undo
from infosoc.crm.commands.import_runs import Note
from infosoc.crm.commands.imports import REVERT
from infosoc.crm.import_rules import REVERTIBLE, State
from infosoc.crm.imports import reasons
from infosoc.crm.imports.planning import Result
from infosoc.crm.imports.reasons import TOLD, Reason
from infosoc.crm.models.imports import ImportBatch, ImportRow
from infosoc.crm.queries import imports as queries
from infosoc.db.session import transaction
from infosoc.jobs import commands as jobs
from infosoc.kernel.words import N_

CHUNK = 500
ACTED = (Result.NEW, Result.CHANGED)


def ask(session: Session, public_id: str, *, link: str, by: int | None, now: datetime) -> ImportBatch:
    """Have an import taken back by the worker."""
    batch = begin(session, public_id, by=by, now=now)
    jobs.enqueue(
        session, REVERT, args={"batch": batch.public_id}, unique_key=f"import:{batch.public_id}:revert",
        title=N_("Undoing %(file)s"), title_values={"file": batch.shown_name}, link=link, by=by, now=now,
        total=_left(session, batch.id),
    )  # fmt: skip
    return batch


def revert_here(public_id: str, *, by: int | None, now: datetime) -> None:
    """Take an import back in this process; one that was broken off goes on."""
    with transaction() as session:
        batch = queries.batch(session, public_id)
        if batch.state != State.REVERTING:
            begin(session, public_id, by=by, now=now)
    revert(public_id, by=by, now=now)


def begin(session: Session, public_id: str, *, by: int | None, now: datetime) -> ImportBatch:
    batch = queries.batch(session, public_id, lock=True)
    if batch.state not in REVERTIBLE or batch.committed_at is None:
        raise rules.NotNow
    if now - batch.committed_at > rules.KEEP_IMAGES:
        raise rules.TooLate
    batch.state = State.REVERTING
    session.flush()
    return batch


def revert(
    public_id: str, *, by: int | None, now: datetime, note: Note | None = None, pause: Callable[[], None] = lambda: None
) -> None:
    """Take back what is left of an import, and settle it."""
    with transaction() as session:
        batch = queries.batch(session, public_id)
        if batch.state != State.REVERTING:
            return
        batch_id, total = batch.id, _left(session, batch.id)
    for step in (_companies_made, _rows_undone):
        is_more = True
        while is_more:
            pause()
            with transaction() as session:
                session.scalar(select(AuditHead.id).with_for_update())
                is_more = step(session, batch_id, by, now)
                if note is not None:
                    left = _left(session, batch_id)
                    note(session, max(0, total - left), max(total, left))
    _settle(batch_id, by, now)


def _companies_made(session: Session, batch_id: int, by: int | None, now: datetime) -> bool:
    """Some of the companies that the import made; whether there may be more."""
    query = (
        select(ImportRow)
        .where(
            ImportRow.batch_id == batch_id, ImportRow.reverted.is_(None), ImportRow.result == Result.NEW,
            ImportRow.before.is_(None),  # what was taken in from another tenant is undone like any other row
        )
        .order_by(ImportRow.number.desc())
        .limit(CHUNK)
    )  # fmt: skip
    rows = list(session.scalars(query))
    ids = {row.company_id for row in rows if row.company_id is not None}
    found = import_removal.units(session, batch_id, ids)
    kept = import_removal.touched(session, found) if found else set()
    gone = set(found) - kept
    people = {person for one in gone for person in found[one].people}
    for row in rows:
        if row.company_id is None:  # somebody has removed it for good
            row.reverted = "yes"
    for one, unit in found.items():
        for row in unit.rows:
            _settle_row(row, "kept" if one in kept else "yes")
    session.flush()
    import_undo.undo_points(session, [row for one in gone for row in found[one].rows])
    free = import_removal.untouched_people(session, _expected(found, people))
    held = import_removal.remove_companies(session, gone, people & free, by=by)
    for one in held:
        _say(found[one].rows[0], "held_by_others")
    return bool(rows)


def _expected(found: dict[int, import_removal.Unit], people: set[int]) -> dict[int, int]:
    return {person: unit.person_events[person] for unit in found.values() for person in unit.people & people}


def _rows_undone(session: Session, batch_id: int, by: int | None, now: datetime) -> bool:
    """Some of the rows that changed what was there, the last first; whether there may be more."""
    query = (
        select(ImportRow)
        .where(ImportRow.batch_id == batch_id, ImportRow.reverted.is_(None), ImportRow.result.in_(ACTED))
        .order_by(ImportRow.number.desc())
        .limit(CHUNK)
    )
    rows = list(session.scalars(query))
    for row in rows:
        undone = import_undo.undo(session, row, by=by, now=now)
        _settle_row(row, undone)
    return bool(rows)


def _settle_row(row: ImportRow, how: str) -> None:
    row.reverted = how
    if how != "yes":
        _say(row, "kept" if how == "kept" else "kept_in_part")


def _say(row: ImportRow, code: str) -> None:
    row.reason = reasons.write([Reason(TOLD, code), *reasons.read(row.reason)])


def _left(session: Session, batch_id: int) -> int:
    query = select(func.count(ImportRow.id)).where(
        ImportRow.batch_id == batch_id, ImportRow.reverted.is_(None), ImportRow.result.in_(ACTED)
    )
    return session.scalar(query) or 0


def _settle(batch_id: int, by: int | None, now: datetime) -> None:
    with transaction() as session:
        batch = session.get_one(ImportBatch, batch_id, with_for_update=True, populate_existing=True)
        if batch.state != State.REVERTING:
            return
        kept = queries.kept_count(session, batch)
        batch.state, batch.reverted_at = State.REVERTED, now
        batch.counts = {**batch.counts, "kept": kept}
        changes = {"file": (batch.shown_name, None), "rows kept": (None, kept)}
        audit.record(session, "import reverted", "import", batch.id, by=by, changes=changes)
