"""Reading incidents and their logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.kernel.errors import NotFound
from infosoc.privacy.models import Incident, IncidentEntry
from infosoc.privacy.rules import EntryKind, IncidentRole

MOST = 200


@dataclass(frozen=True)
class Clock:
    """How much of the 72 hours is left. `stopped` when the authority has been told, or it was decided not to."""

    left: timedelta
    stopped: bool

    @property
    def is_over(self) -> bool:
        return self.left < timedelta(0)

    @property
    def hours(self) -> int:
        """Whole hours left, or past."""
        return int(abs(self.left) / timedelta(hours=1))


def incident(session: Session, public_id: str, *, lock: bool = False) -> Incident:
    query = select(Incident).where(Incident.public_id == public_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def incidents(session: Session) -> list[Incident]:
    """Open ones first, then newest first."""
    query = select(Incident).order_by(Incident.closed_at.is_not(None), Incident.aware_at.desc(), Incident.id.desc())
    return list(session.scalars(query.limit(MOST)))


def entries(session: Session, incident_id: int) -> list[IncidentEntry]:
    """The log, oldest first."""
    query = select(IncidentEntry).where(IncidentEntry.incident_id == incident_id)
    return list(session.scalars(query.order_by(IncidentEntry.id)))


def decided_not_to_report(session: Session, ids: list[int]) -> set[int]:
    """Those of these incidents of which it was decided, and written down, that nobody is told."""
    query = select(IncidentEntry.incident_id).where(
        IncidentEntry.incident_id.in_(ids), IncidentEntry.kind == EntryKind.NOT_REPORTED.value
    )
    return set(session.scalars(query))


def clock_of(row: Incident, *, is_decided: bool, now: datetime) -> Clock:
    """The clock that matters for this incident: to the authority, or to the customer."""
    done = row.reported_at if row.role == IncidentRole.CONTROLLER.value else row.told_at
    until = done or row.closed_at or now
    return Clock(row.report_by - until, done is not None or is_decided or row.closed_at is not None)
