"""Billing runs: started once, carried out chunk by chunk, each chunk a transaction of its own.

Nothing is invoiced twice, however often a run is started, cut off or repeated: a period of an agreement's line has one
row (`InvoicedCharge`), read under the lock that everyone who issues waits for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.tenancy import current_scope
from infosoc.invoicing.commands import issue
from infosoc.invoicing.commands.issue import Charged, NewInvoice
from infosoc.invoicing.models import BillingProblem, BillingRun
from infosoc.invoicing.queries import billing as queries
from infosoc.invoicing.queries.billing import Bill, Frame
from infosoc.invoicing.rules import billing as rules
from infosoc.invoicing.rules.billing import Days, RunState
from infosoc.jobs import commands as jobs
from infosoc.jobs.models import Job
from infosoc.jobs.rules import JobState
from infosoc.kernel.errors import DomainError, Invalid, Refused
from infosoc.kernel.words import N_
from infosoc.ledger.commands.posting import open_year
from infosoc.ledger.queries import years
from infosoc.subscriptions.models import Agreement
from infosoc.tenancy.models import Tenant

JOB = "invoicing.billing"
LONGEST_MESSAGE = 300


class NotBilledThen(Invalid):
    message = N_("Agreements are invoiced here from %(day)s. Choose that month or a later one.")


class NothingToInvoice(Refused):
    message = N_("There is nothing to invoice.")


@dataclass(frozen=True)
class Made:
    """What came of a chunk."""

    invoices: int
    problems: int


def frame(session: Session, days: Days, issued_on: date) -> Frame:
    """What the invoices of a run have in common; raises what stops all of them, such as a locked period."""
    brand = session.scalar(select(Tenant.brand).where(Tenant.id == current_scope().tenant_id)) or ""
    made = queries.frame(session, days, issued_on, brand=brand)
    open_year(years.years(session), issued_on)
    return made


def days_of(session: Session, month: date) -> Days:
    """The days of a run for a month, by the settings; raises when nothing is billed here by then."""
    bills_from = queries.settings(session).bills_from
    if bills_from is None:
        raise queries.NoFirstDay
    days = rules.days_of(month, bills_from)
    if days.through_on < bills_from:
        raise NotBilledThen(field="month", day=bills_from.isoformat())
    return days


def start(session: Session, month: date, issued_on: date, *, page: str, by: int | None, now: datetime) -> BillingRun:
    """Start the run of a month. One that is under way for the same days is what comes back, set going again.

    `page` is the address of all runs, for the list of jobs.
    """
    audit.take_turn(session)
    days = days_of(session, month)
    frame(session, days, issued_on)
    under_way = session.scalar(
        select(BillingRun).where(
            BillingRun.through_on == days.through_on, BillingRun.state != RunState.DONE.value,
            BillingRun.issued_on == issued_on,
        )
    )  # fmt: skip
    if under_way is None:
        return _started(session, days, issued_on, [], page=page, by=by, now=now)
    _enqueue(session, under_way, [], page=page, by=by, now=now)
    return under_way


def go_on(session: Session, run_id: int, *, page: str, by: int | None, now: datetime) -> BillingRun:
    """A run that was cut off goes on; after one that is through, a new run for what it could not invoice.

    The new run has the days and the day of issue of the first one.
    """
    audit.take_turn(session)
    run = session.get_one(BillingRun, run_id)
    days = Days(run.first_on, run.through_on)
    frame(session, days, run.issued_on)
    if run.state != RunState.DONE.value:
        _enqueue(session, run, [], page=page, by=by, now=now)
        return run
    query = select(BillingProblem.agreement_id).where(BillingProblem.run_id == run.id)
    ids = sorted(session.scalars(query))
    if not ids:
        raise NothingToInvoice
    return _started(session, days, run.issued_on, ids, page=page, by=by, now=now)


def _started(
    session: Session, days: Days, issued_on: date, only: Sequence[int], *, page: str, by: int | None, now: datetime
) -> BillingRun:
    run = BillingRun(
        first_on=days.first_on, through_on=days.through_on, issued_on=issued_on, state=RunState.QUEUED.value,
        made_by=by, made_at=now,
    )  # fmt: skip
    session.add(run)
    session.flush()
    run.planned = _enqueue(session, run, only, page=page, by=by, now=now).total
    audit.record(session, "billing run started", "billing_run", run.id, by=by)
    return run


def _enqueue(
    session: Session, run: BillingRun, only: Sequence[int], *, page: str, by: int | None, now: datetime
) -> Job:
    """The job of a run: through the agreements by number, or through those that are named."""
    first, last = session.execute(select(func.min(Agreement.number), func.max(Agreement.number))).one()
    base, last = (first or 1) - 1, last or 0
    args: dict[str, Any] = {"run": run.id, "base": base, "last": last, "only": list(only)}
    return jobs.enqueue(
        session, JOB, args=args, unique_key=job_key(run), title=N_("Billing run for %(month)s"),
        title_values={"month": f"{run.through_on:%Y-%m}"}, link=f"{page}/{run.public_id}", by=by,
        total=len(only) or last - base, now=now,
    )  # fmt: skip


def job_key(run: BillingRun) -> str:
    return f"billing:{run.public_id}"


def job_of(session: Session, run: BillingRun) -> Job | None:
    return session.scalar(select(Job).where(Job.unique_key == job_key(run)))


def stopped(session: Session, runs: Collection[BillingRun]) -> set[int]:
    """Those of some runs that are not through and whose job has failed."""
    keys = {job_key(one): one.id for one in runs if one.state != RunState.DONE.value}
    if not keys:
        return set()
    query = select(Job.unique_key).where(Job.unique_key.in_(keys), Job.state == JobState.FAILED)
    return {keys[key] for key in session.scalars(query) if key}


def bill(session: Session, run_id: int, agreement_ids: Collection[int], *, by: int | None, now: datetime) -> Made:
    """Invoice a chunk of agreements; those that cannot be are noted with the reason. Raises what stops all of them."""
    audit.take_turn(session)  # what has been invoiced is read after it, so nobody invoices the same meanwhile
    run = session.get_one(BillingRun, run_id)
    common = frame(session, Days(run.first_on, run.through_on), run.issued_on)
    found = queries.bills(session, agreement_ids, common)
    good = [new_invoice(one, run.id) for one in found if one.record]
    if good:
        try:
            issue.issue_many(session, good, by=by, now=now)
        except DomainError as error:
            raise NotAsOne(error, [one.agreement_id for one in good if one.agreement_id]) from error
    bad = _note_problems(session, run, {one.agreement.id: one.problem for one in found if one.problem})
    run.made, run.state = run.made + len(good), RunState.RUNNING.value
    return Made(len(good), bad)


class NotAsOne(Exception):
    """The bills of a chunk could not be issued together: whoever asked tries fewer at a time."""

    def __init__(self, error: DomainError, agreement_ids: list[int]) -> None:
        super().__init__(str(error))
        self.error, self.agreement_ids = error, agreement_ids


def new_invoice(bill: Bill, run_id: int | None) -> NewInvoice:
    """A bill as what is to be issued, with the periods that it invoices."""
    if bill.record is None:
        raise bill.problem or NothingToInvoice
    charged = tuple(Charged(one.line.id, one.period.starts_on, one.net_ore) for one in bill.charges)
    name = rules.source(
        bill.agreement.id, [(one.period_on, one.agreement_line_id) for one in charged],
        is_supplement=all(one.is_supplement for one in bill.charges),
    )  # fmt: skip
    return NewInvoice(
        name, bill.agreement.company_id, bill.record, bill.accounts, bill.agreement.delivery, bill.recipient,
        agreement_id=bill.agreement.id, run_id=run_id, charges=charged,
    )  # fmt: skip


def fail(session: Session, run_id: int, agreement_id: int, error: DomainError) -> None:
    """Note an agreement whose bill was good until it was to be issued."""
    run = session.get_one(BillingRun, run_id)
    _note_problems(session, run, {agreement_id: error})
    run.state = RunState.RUNNING.value


def _note_problems(session: Session, run: BillingRun, problems: dict[int, DomainError]) -> int:
    """Write down why agreements were not invoiced, each once, and count them; says how many are new."""
    if not problems:
        return 0
    query = select(BillingProblem.agreement_id).where(
        BillingProblem.run_id == run.id, BillingProblem.agreement_id.in_(problems)
    )
    noted = set(session.scalars(query))
    new = {at: error for at, error in problems.items() if at not in noted}
    for at, error in new.items():
        facts = {name: str(value) for name, value in error.values.items()}
        message = error.message[:LONGEST_MESSAGE]
        session.add(BillingProblem(run_id=run.id, agreement_id=at, message=message, facts=facts))
    run.failed += len(new)
    return len(new)


def finish(session: Session, run_id: int, *, now: datetime) -> None:
    """The run has been through all agreements."""
    run = session.get_one(BillingRun, run_id)
    if run.state != RunState.DONE.value:
        run.state, run.finished_at = RunState.DONE.value, now
