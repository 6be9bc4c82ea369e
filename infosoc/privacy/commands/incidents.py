"""Incidents: opening one starts the clocks; what is done is lines in a log that nobody can change (P-70)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.tenancy import current_scope
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.words import N_
from infosoc.privacy import rules
from infosoc.privacy.models import Incident, IncidentEntry
from infosoc.privacy.queries import incidents as queries
from infosoc.privacy.rules import EntryKind, IncidentRole
from infosoc.tenancy.models import Tenant


class NotYetAware(Invalid):
    message = N_("The time of discovery cannot be in the future.")


class NotDecidedYet(Refused):
    message = N_("First record that it was reported, or why it was not.")


class IncidentClosed(Refused):
    message = N_("The incident is closed.")


class DoneAlready(Refused):
    message = N_("That has already been recorded.")


@dataclass(frozen=True)
class NewIncident:
    """What is known when somebody notices. `aware_at` is when we knew: the clocks run from there."""

    title: str
    role: IncidentRole
    aware_at: datetime
    text: str


def open_incident(session: Session, new: NewIncident, *, by: int, now: datetime) -> Incident:
    """Open an incident; the authority must know within 72 hours from `aware_at`, holidays counted."""
    if new.aware_at > now:
        raise NotYetAware(field="aware_at")
    made = Incident(
        number=_next_number(session), title=new.title.strip(), role=new.role.value, aware_at=new.aware_at,
        report_by=rules.report_by(new.aware_at), made_by=by,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _log(session, made, EntryKind.SEEN, new.text, by=by, now=now)
    audit.record(session, "incident opened", "incident", made.id, by=by, changes={"name": (None, made.title)})
    return made


def note(session: Session, public_id: str, kind: EntryKind, text: str, *, by: int, now: datetime) -> Incident:
    """Write a line in the log; those that decide stop a clock, and the last one closes the incident."""
    incident = queries.incident(session, public_id, lock=True)
    if incident.closed_at is not None:
        raise IncidentClosed
    if kind is EntryKind.REPORTED:
        _once(incident.reported_at)
        incident.reported_at = now
    elif kind is EntryKind.TOLD:
        _once(incident.told_at)
        incident.told_at = now
    elif kind is EntryKind.CLOSED:
        _may_close(session, incident)
        incident.closed_at = now
    _log(session, incident, kind, text, by=by, now=now)
    audit.record(session, "incident logged", "incident", incident.id, by=by)
    return incident


def _once(done_at: datetime | None) -> None:
    if done_at is not None:
        raise DoneAlready


def _may_close(session: Session, incident: Incident) -> None:
    """Also what is not reported is documented, with the reasoning (article 33(5))."""
    is_own = incident.role == IncidentRole.CONTROLLER.value
    kinds = {entry.kind for entry in queries.entries(session, incident.id)}
    decided = {EntryKind.REPORTED, EntryKind.NOT_REPORTED} if is_own else {EntryKind.TOLD, EntryKind.NOT_REPORTED}
    if not kinds & {kind.value for kind in decided}:
        raise NotDecidedYet


def _log(session: Session, incident: Incident, kind: EntryKind, text: str, *, by: int, now: datetime) -> None:
    session.add(
        IncidentEntry(incident_id=incident.id, kind=kind.value, text=text.strip(), written_by=by, written_at=now)
    )
    session.flush()


def _next_number(session: Session) -> int:
    session.scalar(select(Tenant.id).where(Tenant.id == current_scope().tenant_id).with_for_update())
    return (session.scalar(select(func.max(Incident.number))) or 0) + 1
