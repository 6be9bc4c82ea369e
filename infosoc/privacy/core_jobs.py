"""Nightly work of the privacy policy, and the wiping after a removal."""

from __future__ import annotations

from datetime import datetime

from infosoc.db import search, wiping
from infosoc.db.session import transaction
from infosoc.jobs.registry import job, scheduled
from infosoc.jobs.runs import JobRun
from infosoc.privacy import journal
from infosoc.privacy.commands import replay, retention
from infosoc.privacy.commands.erasure import WIPE


@job(WIPE)
def wipe_removed(run: JobRun) -> None:
    """Merge the index of words, so that removed ones are gone from the disk; many removals, one merging."""
    with transaction() as session:
        search.forget_removed(session)
    wiping.empty_log()


@scheduled("privacy.retention", daily_at="03:05")
def retain(now: datetime) -> None:
    """Propose, remove and forget what has had its time; then bring the journal up to date, and the disk."""
    retention.run(now=now, apply=True)
    replay.complete()
    journal.forget_old(now)
    wiping.empty_log()
