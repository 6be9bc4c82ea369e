"""States of a job, how long to wait before it is tried again, and when a worker counts as dead. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from infosoc.kernel.words import N_

BEAT_EVERY = timedelta(seconds=3)
DEAD_AFTER = timedelta(seconds=20)
SEEN_RECENTLY = timedelta(seconds=30)
ATTEMPTS = 5
DELAYS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
KEEP_DONE = timedelta(days=30)
KEEP_FAILED = timedelta(days=90)
STOCKHOLM = ZoneInfo("Europe/Stockholm")


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


STATE_LABELS = {
    JobState.QUEUED: N_("Waiting"),
    JobState.RUNNING: N_("In progress"),
    JobState.DONE: N_("Done"),
    JobState.FAILED: N_("Failed"),
}

UNEXPECTED = N_("Something unexpected happened. The server's log has the details under %(id)s.")
ENDED_ABRUPTLY = N_("The work was cut off %(times)s times and is not tried again by itself.")


def delay_after(attempts: int) -> timedelta:
    """How long to wait after this many failed attempts."""
    return DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]


def next_daily(at: time, *, after: datetime) -> datetime:
    """The next instant when the Swedish wall clock shows this time."""
    local = after.astimezone(STOCKHOLM)
    due = datetime.combine(local.date(), at, STOCKHOLM)
    if due <= local:
        due = datetime.combine(local.date() + timedelta(days=1), at, STOCKHOLM)
    return due.astimezone(UTC)


def minutes_left(started_at: datetime | None, done: int, total: int, *, now: datetime) -> int | None:
    """Whole minutes that remain at the speed so far; none before it can be told."""
    if started_at is None or done <= 0 or total <= done:
        return None
    per_piece = (now - started_at) / done
    return -(-(per_piece * (total - done)) // timedelta(minutes=1))
