"""What invoicing does in the background: billing runs, and the release of deferred income each month."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.invoicing.commands import billing, deferral
from infosoc.invoicing.commands.billing import NotAsOne
from infosoc.invoicing.queries.billing import CHUNK
from infosoc.jobs.registry import job, scheduled
from infosoc.jobs.runs import JobRun
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.subscriptions.models import Agreement
from infosoc.tenancy.queries import all_tenants, scope_of

log = logging.getLogger(__name__)

Step = Callable[[Session], object]


@job(billing.JOB)
def run_billing(run: JobRun) -> None:
    """Invoice all agreements of a run, a chunk a transaction; goes on after the last chunk that was committed."""
    only, done = run.args["only"], run.done
    while done < run.total:
        run.pause_point()
        until = min(done + CHUNK, run.total)
        ids = only[done:until] if only else _numbered(run.args["base"] + done, run.args["base"] + until)
        _bill(run, ids, done=done, until=until)
        done = until
    with transaction() as session:
        billing.finish(session, run.args["run"], now=clock.now())
        run.progress(session, done)


def _numbered(after: int, through: int) -> list[int]:
    """The agreements with numbers beyond one and up to another."""
    query = select(Agreement.id).where(Agreement.number > after, Agreement.number <= through).order_by(Agreement.number)
    ids = list(db.session().scalars(query))
    db.session().rollback()
    return ids


def _bill(run: JobRun, ids: list[int], *, done: int, until: int) -> None:
    """One chunk in one transaction. Where the ledger refuses some of it, half at a time, until it is one that fails."""
    try:
        with transaction() as session:
            billing.bill(session, run.args["run"], ids, by=run.by_id, now=clock.now())
            run.progress(session, until)
    except NotAsOne as refused:
        if len(refused.agreement_ids) == 1:
            _note(run, ids, refused.agreement_ids[0], refused.error, done=done, until=until)
            return
        middle = len(ids) // 2
        _bill(run, ids[:middle], done=done, until=done)
        _bill(run, ids[middle:], done=done, until=until)


def _note(run: JobRun, ids: list[int], failed: int, error: DomainError, *, done: int, until: int) -> None:
    """The one that fails is written down; the others of the piece had nothing to invoice, or problems of their own."""
    with transaction() as session:
        billing.fail(session, run.args["run"], failed, error)
        run.progress(session, done)
    _bill(run, [one for one in ids if one != failed], done=done, until=until)


@scheduled("invoicing.deferral", daily_at="01:10")
def release_deferred(now: datetime) -> None:
    """Make income of what belongs to months that have ended, tenant by tenant; one that cannot is told in the log."""
    with every_tenant("deferred income of every tenant is released"):
        tenants = all_tenants(db.session())
    for tenant in tenants:
        with tenant_scope(scope_of(tenants, tenant.id)):
            try:
                deferral.release_ended(clock.local(now).date(), by=None, now=now)
            except DomainError as error:
                log.warning("deferred income of %s was not released: %s", tenant.slug, error)
