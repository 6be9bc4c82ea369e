"""What the worker does of large changes: bulk edits, and looking for duplicates."""

from __future__ import annotations

from sqlalchemy import select

from infosoc.crm.commands import bulk, duplicates
from infosoc.crm.models.changes import Undo
from infosoc.db.session import db, transaction
from infosoc.jobs.registry import job
from infosoc.jobs.runs import JobRun
from infosoc.kernel import clock


@job("bulk edit")
def edit_many(run: JobRun) -> None:
    """One short transaction a chunk; what has a result already is not done again."""
    undo = db.session().scalar(select(Undo).where(Undo.id == run.args["undo"]))
    if undo is None:
        return
    undo_id, ids = undo.id, list(undo.images["ids"])
    waiting = bulk.waiting(db.session(), undo)
    for at in range(0, len(waiting), bulk.CHUNK):
        run.pause_point()
        chunk = waiting[at : at + bulk.CHUNK]
        with transaction() as session:
            bulk.apply(session, undo_id, chunk)
            run.progress(session, len(ids) - len(waiting) + at + len(chunk), len(ids))


@job("look for duplicates")
def look_for_duplicates(run: JobRun) -> None:
    """Goes through the register in one transaction; looking again finds nothing twice."""
    with transaction() as session:
        duplicates.look(session, now=clock.now(), progress=lambda done, total: run.progress(session, done, total))
