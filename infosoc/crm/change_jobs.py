"""What the worker does of large changes: bulk edits, looking for duplicates, and emptying the trash every night."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from infosoc.crm.commands import bulk, duplicates, purge
from infosoc.crm.commands.trash import purge_trash
from infosoc.crm.models.changes import BulkResult, Undo, UndoPart
from infosoc.crm.rules import TRASH_DAYS
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.jobs.registry import job, scheduled
from infosoc.jobs.runs import JobRun
from infosoc.kernel import clock
from infosoc.tenancy.queries import all_tenants, scope_of


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


@scheduled("crm.trash", daily_at="03:20")
def empty_trash(now: datetime) -> None:
    """What has lain in the trash for its time goes for good, and with it the images that could undo old deeds."""
    before = now - timedelta(days=TRASH_DAYS)
    with every_tenant("the trash of every tenant is emptied"):
        tenants = all_tenants(db.session())
    for tenant in tenants:
        with transaction() as session, tenant_scope(scope_of(tenants, tenant.id)):
            purge_trash(session, now=now)
            purge.log_trash(session, before)
            old = select(Undo.id).where(Undo.made_at < before)
            for part in (BulkResult, UndoPart):
                session.execute(delete(part).where(part.undo_id.in_(old)))
            session.execute(delete(Undo).where(Undo.made_at < before))
