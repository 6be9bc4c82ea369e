"""Reading jobs, and whether anybody works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.jobs.models import Job, WorkerBeat
from infosoc.jobs.rules import SEEN_RECENTLY, JobState
from infosoc.kernel.errors import NotFound

ROWS = 50


@dataclass(frozen=True)
class JobPage:
    """One page of the tenant's jobs, newest first."""

    jobs: list[Job]
    total: int
    number: int
    is_moving: bool

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // ROWS))


def job_page(session: Session, number: int) -> JobPage:
    """The jobs of the tenant in whose scope this runs."""
    number = max(1, number)
    total, moving = session.execute(
        select(
            func.count(Job.id),
            func.count(Job.id).filter(Job.state.in_((JobState.QUEUED, JobState.RUNNING))),
        )
    ).one()
    statement = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(ROWS).offset((number - 1) * ROWS)
    return JobPage(list(session.scalars(statement)), total, number, is_moving=moving > 0)


def job_named(session: Session, unique_key: str) -> Job | None:
    """The tenant's job with this key."""
    return session.scalar(select(Job).where(Job.unique_key == unique_key))


def job_at(session: Session, public_id: str) -> Job:
    found = session.scalar(select(Job).where(Job.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def has_worker(session: Session, *, now: datetime) -> bool:
    """Whether a worker has been seen lately."""
    seen = session.scalar(select(func.max(WorkerBeat.seen_at)))
    return seen is not None and now - seen < SEEN_RECENTLY
