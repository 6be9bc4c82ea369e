"""Putting work in the queue, in the transaction of its cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from infosoc.jobs import queries
from infosoc.jobs.models import Job
from infosoc.jobs.rules import JobState
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_


class NotFailed(Refused):
    message = N_("Only a job that has failed can be started again.")


def enqueue(
    session: Session,
    name: str,
    *,
    args: Mapping[str, Any],
    unique_key: str,
    title: str,
    now: datetime,
    title_values: Mapping[str, Any] | None = None,
    link: str | None = None,
    by: int | None = None,
    total: int = 0,
    not_before: datetime | None = None,
) -> Job:
    """Ask for a piece of work for the tenant in whose scope this runs; it is there when the transaction commits.

    The same key asks for the same job: what is there already is returned (one that failed is started again).
    `args` are plain JSON and hold ids, never personal data; `title` is a message id shown with `title_values`.
    """
    there = queries.job_named(session, unique_key)
    if there is not None:
        if there.state == JobState.FAILED:
            _start_again(session, there, now)
        return there
    job = Job(
        name=name, unique_key=unique_key, args=dict(args), title=title, title_values=dict(title_values or {}),
        link=link, by_id=by, total=total, state=JobState.QUEUED, not_before=not_before or now, created_at=now,
    )  # fmt: skip
    session.add(job)
    session.flush()
    return job


def try_again(session: Session, public_id: str, *, now: datetime) -> Job:
    """Put a failed job back into the queue."""
    job = queries.job_at(session, public_id)
    if job.state != JobState.FAILED:
        raise NotFailed
    _start_again(session, job, now)
    return job


def _start_again(session: Session, job: Job, now: datetime) -> None:
    job.state, job.attempts, job.problem = JobState.QUEUED, 0, {}
    job.not_before, job.ended_at, job.claimed_by = now, None, None
    session.flush()
