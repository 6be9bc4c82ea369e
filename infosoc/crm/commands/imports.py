"""The steps of an import: a file is received, its columns are chosen, it is tried, it is done or thrown away."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, null, select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm import import_rules as rules
from infosoc.crm.commands import import_changes, import_runs
from infosoc.crm.commands.import_runs import Note, Preview, how_of, mapping_of
from infosoc.crm.import_rules import DRAFTS, State
from infosoc.crm.imports import files, headings, reasons
from infosoc.crm.imports.lists import Lists
from infosoc.crm.imports.planning import Plan, Policy
from infosoc.crm.imports.reading import Reading
from infosoc.crm.models.imports import ImportBatch, ImportMapping, ImportRow
from infosoc.crm.queries import import_matching
from infosoc.crm.queries import imports as queries
from infosoc.db import bulk
from infosoc.db.scratch import Scratch
from infosoc.db.session import db, transaction
from infosoc.jobs import commands as jobs
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_

PREVIEW, COMMIT, REVERT = "crm.import.preview", "crm.import.commit", "crm.import.revert"


def receive(
    session: Session, how: Reading, *, shown_name: str, file_name: str, sha256: str, by: int | None, now: datetime
) -> ImportBatch:
    """Write down that a file has come; its columns are as the last file with these headings had them, else guessed."""
    batch = ImportBatch(
        state=State.UPLOADED, shown_name=clean(shown_name)[:200] or "import", file_name=file_name, sha256=sha256,
        sheet=how.sheet[:80] or None, reading=import_runs.as_kept(how), mapping={}, counts={}, by_id=by, created_at=now,
    )  # fmt: skip
    batch.mapping = {
        "fields": list(_remembered(session, how) or headings.guess(how.headings, how.sample_cells, how.columns))
    }
    session.add(batch)
    session.flush()
    return batch


def _likely_fields(session: Session, how: Reading) -> list[str]:
    return list(_remembered(session, how) or headings.guess(how.headings, how.sample_cells, how.columns))


def _remembered(session: Session, how: Reading) -> tuple[str, ...] | None:
    signature = headings.signature(how.headings, how.columns)
    known = session.scalar(select(ImportMapping).where(ImportMapping.signature == signature))
    fields = tuple(known.mapping.get("fields", ())) if known is not None else ()
    return fields if len(fields) == how.columns else None


def read_again(session: Session, public_id: str, how: Reading) -> ImportBatch:
    """Read the file in another way than was found out; its columns are guessed anew."""
    batch = _draft(session, public_id)
    _forget_rows(session, batch)
    batch.reading, batch.sheet = import_runs.as_kept(how), how.sheet[:80] or None
    batch.mapping, batch.state = {"fields": _likely_fields(session, how)}, State.UPLOADED
    batch.counts, batch.done_rows = {}, 0
    return batch


def choose_columns(
    session: Session, public_id: str, mapping: tuple[str, ...], policy: Policy, *, now: datetime
) -> ImportBatch:
    """Say what each column holds; remembered for the next file with these headings."""
    batch = _draft(session, public_id)
    headings.check_mapping(mapping)
    how = how_of(batch)
    signature = headings.signature(how.headings, how.columns)
    known = session.scalar(select(ImportMapping).where(ImportMapping.signature == signature))
    if known is None:
        known = ImportMapping(signature=signature, mapping={}, used_at=now)
        session.add(known)
    known.mapping, known.used_at = {"fields": list(mapping)}, now
    _forget_rows(session, batch)
    batch.mapping, batch.policy, batch.problem = {"fields": list(mapping)}, policy.value, ""
    batch.state, batch.counts, batch.done_rows, batch.total_rows = State.PREVIEWING, {}, 0, 0
    return batch


def _draft(session: Session, public_id: str) -> ImportBatch:
    batch = queries.batch(session, public_id, lock=True)
    if batch.state not in DRAFTS:
        raise rules.NotNow
    return batch


def _forget_rows(session: Session, batch: ImportBatch) -> None:
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id), execution_options=_PLAIN)


_PREVIEWED = ("number", "result", "reason", "cells", "company_id", "made")
_PLAIN = {"synchronize_session": False}


# ---- the preview -----------------------------------------------------------------------------------------------------


def ask_for_preview(session: Session, batch: ImportBatch, *, link: str, by: int | None, now: datetime) -> None:
    """Have the file tried by the worker."""
    jobs.enqueue(
        session, PREVIEW, args={"batch": batch.public_id}, unique_key=f"import:{batch.public_id}:preview:{now:%s%f}",
        title=N_("Check of %(file)s"), title_values={"file": batch.shown_name}, link=link, by=by, now=now,
    )  # fmt: skip


def make_preview(
    folder: Path, public_id: str, *, note: Note | None = None, pause: Callable[[], None] = lambda: None
) -> None:
    """Try a whole file and keep what each row would do. Started again, it begins again."""
    with transaction() as session:
        batch = queries.batch(session, public_id, lock=True)
        if batch.state != State.PREVIEWING:
            return
        _forget_rows(session, batch)
        batch.done_rows = 0
        batch_id, how, mapping, policy = batch.id, how_of(batch), mapping_of(batch), Policy(batch.policy)
        source = import_runs.file_of(folder, batch)
    today, done = clock.today(), 0
    with Scratch() as scratch:
        preview = Preview(import_matching.lists(db.session()), policy, scratch)
        for rows in import_runs.in_chunks(import_runs.rows_of(source, how, mapping, today=today)):
            pause()
            plans = preview.plan(db.session(), rows)
            done += len(rows)
            with transaction() as session:
                kept = [
                    (plan.number, plan.result.value, reasons.write(plan.reasons),
                     import_runs.kept_cells(row.cells, mapping), _real_id(plan), _told(plan, preview.lists))
                    for plan, row in zip(plans, rows, strict=True)
                ]  # fmt: skip
                bulk.add(session, ImportRow, _PREVIEWED, kept, batch_id=batch_id)
                if note is not None:
                    note(session, done, 0)
        counts = preview.counts
    with transaction() as session:
        batch = queries.batch(session, public_id, lock=True)
        if batch.state == State.PREVIEWING:
            batch.state, batch.counts, batch.total_rows, batch.done_rows = State.PREVIEWED, counts, done, 0


def note_problem(public_id: str, error: DomainError) -> None:
    """Keep why a file could not be gone through; its columns can be looked at again."""
    with transaction() as session:
        batch = queries.batch(session, public_id, lock=True)
        if batch.state == State.PREVIEWING:
            values = {name: str(value) for name, value in error.values.items()}
            batch.state, batch.problem = State.UPLOADED, json.dumps({"message": error.message, "values": values})


def _told(plan: Plan, lists: Lists) -> dict[str, Any] | None:
    """What the page shows of a row that would change something; the import itself begins with rows of its own."""
    changes = import_changes.planned(plan, lists)
    return {"told": changes} if changes else None


def _real_id(plan: Any) -> int | None:
    return plan.company.id if plan.company is not None and plan.company.id > 0 else None


# ---- for good --------------------------------------------------------------------------------------------------------


def ask_for_commit(
    session: Session, public_id: str, source: str, *, good_only: bool, link: str, by: int | None, now: datetime
) -> ImportBatch:
    """Have the file imported by the worker, as it was previewed."""
    batch = queries.batch(session, public_id, lock=True)
    if batch.state != State.PREVIEWED:
        raise rules.NotNow
    source = rules.check_source(source)
    counts = {**rules.empty_counts(), **batch.counts}
    if counts["refused"] and not good_only:
        raise rules.HasRefusedRows(field="good_only")
    if not batch.total_rows - counts["refused"]:
        raise rules.SaysNothing
    begin(session, batch, source, good_only=good_only, now=now)
    jobs.enqueue(
        session, COMMIT, args={"batch": batch.public_id}, unique_key=f"import:{batch.public_id}:commit",
        title=N_("Import of %(file)s"), title_values={"file": batch.shown_name}, link=link, by=by, now=now,
        total=batch.total_rows,
    )  # fmt: skip
    return batch


def begin(session: Session, batch: ImportBatch, source: str, *, good_only: bool, now: datetime) -> None:
    """Let the import begin: the preview's rows give way to the real ones."""
    _forget_rows(session, batch)
    batch.state, batch.source, batch.good_only = State.COMMITTING, source, good_only
    batch.committed_at, batch.done_rows, batch.counts = now, 0, {}
    session.flush()


def commit(folder: Path, public_id: str, *, note: Note | None = None, pause: Callable[[], None] = lambda: None) -> None:
    """Import what is left of the file, and settle it. Safe to call again after a crash."""
    with transaction() as session:
        batch = queries.batch(session, public_id)
        if batch.state != State.COMMITTING:
            return
        batch_id, source = batch.id, import_runs.file_of(folder, batch)
    import_runs.commit_rows(source, batch_id, note=note, pause=pause)
    settle(batch_id)
    files.remove(folder, source.name)


def settle(batch_id: int) -> None:
    """Note that all rows are in."""
    with transaction() as session:
        batch = session.get_one(ImportBatch, batch_id, with_for_update=True, populate_existing=True)
        if batch.state != State.COMMITTING:
            return
        batch.state, batch.total_rows = State.COMMITTED, batch.done_rows
        batch.counts = {**rules.empty_counts(), **batch.counts}
        changes = {"file": (None, batch.shown_name), "source": (None, batch.source),
                   "rows": (None, batch.done_rows)}  # fmt: skip
        audit.record(session, "file imported", "import", batch.id, by=batch.by_id, changes=changes)


def stop(batch_id: int) -> None:
    """Note that an import was broken off; what it did can be taken back."""
    with transaction() as session:
        session.execute(
            update(ImportBatch)
            .where(ImportBatch.id == batch_id, ImportBatch.state == State.COMMITTING)
            .values(state=State.FAILED),
            execution_options=_PLAIN,
        )


def discard(session: Session, public_id: str, folder: Path) -> None:
    """Throw a file away before it was imported."""
    batch = _draft(session, public_id)
    _forget_rows(session, batch)
    batch.state, batch.reading, batch.mapping, batch.counts = State.DISCARDED, {}, {}, {}
    files.remove(folder, batch.file_name)


def forget_old(now: datetime, folder: Path) -> None:
    """Regular work over all tenants: drafts that nobody finished, and the images of imports that are settled."""
    with transaction() as session:
        drafts = select(ImportBatch).where(
            ImportBatch.state.in_(DRAFTS), ImportBatch.created_at < now - rules.KEEP_DRAFTS
        )
        for batch in session.scalars(drafts):
            _forget_rows(session, batch)
            files.remove(folder, batch.file_name)
            batch.state, batch.reading, batch.mapping, batch.counts = State.DISCARDED, {}, {}, {}
        settled = select(ImportBatch.id).where(ImportBatch.committed_at < now - rules.KEEP_IMAGES)
        images = (ImportRow.cells.is_not(None), ImportRow.before.is_not(None), ImportRow.made.is_not(None))
        session.execute(
            update(ImportRow)
            .where(ImportRow.batch_id.in_(settled), images[0] | images[1] | images[2])
            .values(cells=null(), before=null(), made=null(), reason=""),
            execution_options=_PLAIN,
        )
        known = set(session.scalars(select(ImportBatch.file_name)))
    files.remove_strangers(folder, known, older_than=(now - rules.KEEP_DRAFTS).timestamp())
