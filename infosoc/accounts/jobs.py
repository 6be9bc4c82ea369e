"""Regular work: what accounts no longer need is deleted every night."""

from __future__ import annotations

from datetime import datetime

from infosoc.accounts.commands import people
from infosoc.db.session import transaction
from infosoc.jobs.registry import scheduled


@scheduled("accounts.forget_old", daily_at="03:10")
def forget_old(now: datetime) -> None:
    """Ended sessions, old links, counted tries and received forms."""
    with transaction() as session:
        people.forget_old(session, now=now)
