"""The register's background work."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from infosoc.crm import search_documents
from infosoc.crm.commands import import_revert, imports
from infosoc.crm.import_rules import Elsewhere
from infosoc.crm.models.log import LogEntry
from infosoc.crm.queries import imports as queries
from infosoc.db import search_index
from infosoc.db.search import ENTRY
from infosoc.db.session import db, transaction
from infosoc.jobs.registry import job, scheduled
from infosoc.jobs.runs import Interrupted, JobRun, LostClaim
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError

ATTEMPTS = 3


def folder() -> Path:
    """Where imported files lie until they are settled."""
    return current_app.extensions["settings"].data_dir / "imports"


@job(imports.PREVIEW, attempts=ATTEMPTS)
def preview_import(run: JobRun) -> None:
    try:
        imports.make_preview(folder(), run.args["batch"], note=run.progress, pause=run.pause_point)
    except DomainError as error:
        imports.note_problem(run.args["batch"], error)
        raise


@job(imports.COMMIT, attempts=ATTEMPTS)
def commit_import(run: JobRun) -> None:
    try:
        imports.commit(folder(), run.args["batch"], note=run.progress, pause=run.pause_point)
    except (Interrupted, LostClaim, Elsewhere):
        raise
    except Exception as error:
        if isinstance(error, DomainError) or run.attempt >= ATTEMPTS:
            imports.stop(queries.batch(db.session(), run.args["batch"]).id)
        raise


@job(imports.REVERT, attempts=ATTEMPTS)
def revert_import(run: JobRun) -> None:
    import_revert.revert(
        run.args["batch"], by=run.by_id, now=clock.now(), note=run.progress, pause=run.pause_point
    )  # fmt: skip


@job(search_documents.REINDEX)
def reindex_entries(run: JobRun) -> None:
    """The log of one company under its present name, some entries at a time; what is right already is not written."""
    done, some = run.done, search_documents.MOST_AT_ONCE
    query = select(LogEntry.id).where(LogEntry.company_id == run.args["company"], LogEntry.text != "")
    while True:
        run.pause_point()
        with transaction() as session:
            ids = list(session.scalars(query.order_by(LogEntry.id).offset(done).limit(some)))
            search_index.mark(session, ENTRY, ids)
            done += len(ids)
            run.progress(session, done, max(done, run.total))
        if len(ids) < some:
            return


@scheduled("crm.imports.forget", daily_at="03:20")
def forget_imports(now: datetime) -> None:
    """Drafts, and what takes imports back, are kept for a while only."""
    imports.forget_old(now, folder())
