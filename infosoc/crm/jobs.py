"""The register's background work."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import current_app

from infosoc.crm import search_documents
from infosoc.crm.commands import import_revert, imports
from infosoc.crm.import_rules import Elsewhere
from infosoc.crm.queries import imports as queries
from infosoc.db.session import db
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


job(search_documents.REINDEX)(search_documents.reindex_entries)


@scheduled("crm.imports.forget", daily_at="03:20")
def forget_imports(now: datetime) -> None:
    """Drafts, and what takes imports back, are kept for a while only."""
    imports.forget_old(now, folder())
