"""The queue's own housekeeping."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from infosoc.db.session import transaction
from infosoc.jobs import rules
from infosoc.jobs.models import Job
from infosoc.jobs.registry import scheduled
from infosoc.jobs.rules import JobState


@scheduled("jobs.forget", daily_at="03:40")
def forget_old_jobs(now: datetime) -> None:
    """Remove what has been done for a while; what failed is kept longer."""
    with transaction() as session:
        for state, keep in ((JobState.DONE, rules.KEEP_DONE), (JobState.FAILED, rules.KEEP_FAILED)):
            session.execute(delete(Job).where(Job.state == state, Job.ended_at < now - keep))
