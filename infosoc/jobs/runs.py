"""One attempt at one job: claimed, done, and noted, each by a conditional update."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from infosoc.db.changed import rows_changed
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.jobs import registry, rules
from infosoc.jobs.models import Job
from infosoc.jobs.rules import JobState
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.tenancy.queries import scope_numbered

log = logging.getLogger(__name__)


class LostClaim(Exception):
    """Another worker has taken the job over; whatever was about to be committed is rolled back."""


class Interrupted(Exception):
    """The worker is ending; the job goes back to the queue with what it has committed."""


class UnknownJob(Exception):
    """No function is registered for the job's name."""


@dataclass(frozen=True)
class JobRun:
    """What a job's function gets. It writes in short transactions of its own and may be started more than once.

    `done` and `total` are what the last `progress` of an earlier attempt committed: go on from there.
    """

    job_id: int
    public_id: str
    name: str
    tenant_id: int
    args: dict[str, Any]
    by_id: int | None
    attempt: int
    done: int
    total: int
    claimed_by: str
    is_stopping: Callable[[], bool]

    def progress(self, session: Session, done: int, total: int | None = None) -> None:
        """Note how far it is, inside the transaction of the piece just done.

        Also the fence: when the job has been taken over, this raises and the piece is rolled back.
        """
        # Attempts are counted since the last progress: a long job may be interrupted many times, a stuck one may not.
        values = {"done": done, "attempts": 1} | ({} if total is None else {"total": total})
        _change(session, self, **values)

    def pause_point(self) -> None:
        """Call between two pieces: lets the worker end here when it has been told to."""
        if self.is_stopping():
            raise Interrupted


def claim(worker_id: str, is_stopping: Callable[[], bool], job_id: int | None = None) -> JobRun | None:
    """Take the next job that is due (or this one); None when there is none or another worker was first."""
    now = clock.now()
    with every_tenant("the worker looks for jobs"):
        waiting = select(Job.id).where(Job.state == JobState.QUEUED, Job.not_before <= now)
        if job_id is not None:
            waiting = select(Job.id).where(Job.state == JobState.QUEUED, Job.id == job_id)
        found = db.session().scalar(waiting.order_by(Job.not_before, Job.id).limit(1))
        db.session().rollback()
        if found is None:
            return None
        with transaction() as session:
            statement = update(Job).where(Job.id == found, Job.state == JobState.QUEUED)
            values = {"state": JobState.RUNNING, "claimed_by": worker_id, "attempts": Job.attempts + 1}
            if _rows(session, statement.values(**values, started_at=now, ended_at=None)) != 1:
                return None
            job = session.get_one(Job, found, populate_existing=True)
            return JobRun(
                job.id, job.public_id, job.name, job.tenant_id, dict(job.args), job.by_id, job.attempts,
                job.done, job.total, worker_id, is_stopping,
            )  # fmt: skip


def carry_out(app: Flask, run: JobRun) -> None:
    """Do the job and note what came of it. Call outside an application context."""
    with app.app_context():
        outcome: dict[str, Any]
        try:
            kind = registry.kinds.get(run.name)
            if kind is None:
                raise UnknownJob(run.name)
            with tenant_scope(scope_numbered(db.session(), run.tenant_id)):
                kind.function(run)
        except LostClaim:
            log.warning("job %s was taken over by another worker", run.public_id)
            return
        except Interrupted:
            outcome = {"state": JobState.QUEUED, "claimed_by": None, "attempts": Job.attempts - 1}
        except DomainError as error:
            outcome = _failure({"message": error.message, "values": {k: str(v) for k, v in error.values.items()}})
        except Exception:
            log.exception("job %s (%s) failed at attempt %s", run.public_id, run.name, run.attempt)
            db.session().rollback()
            outcome = _after_surprise(run)
        else:
            outcome = {"state": JobState.DONE, "claimed_by": None, "problem": {}, "ended_at": clock.now()}
        _note(run, outcome)


def _after_surprise(run: JobRun) -> dict[str, Any]:
    kind = registry.kinds.get(run.name)
    problem = {"message": rules.UNEXPECTED, "values": {"id": run.public_id}}
    with every_tenant("a job is to be tried again, or not"):
        attempts = db.session().scalar(select(Job.attempts).where(Job.id == run.job_id)) or run.attempt
    if kind is None or attempts >= kind.attempts:
        return _failure(problem)
    later = clock.now() + rules.delay_after(attempts)
    return {"state": JobState.QUEUED, "claimed_by": None, "not_before": later, "problem": problem}


def _failure(problem: dict[str, Any]) -> dict[str, Any]:
    return {"state": JobState.FAILED, "claimed_by": None, "problem": problem, "ended_at": clock.now()}


def _note(run: JobRun, outcome: dict[str, Any]) -> None:
    with every_tenant("the worker notes what came of a job"):
        try:
            with transaction() as session:
                _change(session, run, **outcome)
        except LostClaim:
            log.warning("job %s was taken over before its end was noted", run.public_id)


def _change(session: Session, run: JobRun, **values: Any) -> None:
    statement = update(Job).where(Job.id == run.job_id, Job.claimed_by == run.claimed_by)
    if _rows(session, statement.values(**values)) != 1:
        raise LostClaim(run.public_id)


def _rows(session: Session, statement: Any) -> int:
    return rows_changed(session, statement.execution_options(synchronize_session=False))
