"""The audit log of the tenant, for those who watch over it. Reading it is itself in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, after_this_request, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select

from infosoc.accounts import queries
from infosoc.accounts.models import User
from infosoc.accounts.request import may
from infosoc.accounts.roles import ROLE_LABELS
from infosoc.audit import commands as audit
from infosoc.audit import subjects, visibility
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.audit.queries import READING, HistoryItem, LogFilter, grouped_log, log
from infosoc.audit.words import FIELDS, SUBJECTS, in_words, name_values
from infosoc.db.session import db, transaction
from infosoc.kernel import clock, sv
from infosoc.kernel.permission import Permission
from infosoc.tenancy.rules import BRANDS
from infosoc.web.access import allow

blueprint = Blueprint("audit_log", __name__, url_prefix="/<tenant>/audit")
ON_A_PAGE = 50
NAMED, HIDDEN = "named:", "hidden:"
Told = dict[str, list[tuple[Any, ...]]]  # what each question was answered by


@dataclass(frozen=True)
class Asked:
    """The page's address, read: every wrong value counts as not given."""

    actor: str
    kind: str
    first: date | None
    last: date | None
    readings: bool
    before: int | None
    down_to: int | None = None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Asked:
        return cls(
            actor=values.get("who", ""),
            kind=values.get("what", "") if values.get("what") in SUBJECTS else "",
            first=_day(values.get("from", "")),
            last=_day(values.get("to", "")),
            readings=values.get("readings") == "1",
            before=_number(values.get("before", "")),
            down_to=_number(values.get("down_to", "")),
        )

    def filter(self, people: dict[str, int]) -> LogFilter:
        return LogFilter(
            actor_id=(people.get(self.actor, 0) if self.actor else None),
            subject_kind=self.kind or None,
            first=_start(self.first) if self.first else None,
            after=_start(self.last + timedelta(days=1)) if self.last else None,
            readings=self.readings,
            down_to=self.down_to,
        )

    def address(self, **changes: object) -> str:
        values: dict[str, Any] = {
            "who": self.actor, "what": self.kind, "from": self.first, "to": self.last,
            "readings": "1" if self.readings else "", "down_to": self.down_to,
        } | changes  # fmt: skip
        return url_for("audit_log.index", **{name: value for name, value in values.items() if value})


@blueprint.get("")
@allow(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    """Who did what, when, from what to what; newest first."""
    session, asked = db.session(), Asked.of(request.args)
    members = queries.members(session, today=clock.today())
    found = (grouped_log if asked.down_to is None else log)(
        session, asked.filter({one.user.public_id: one.user.id for one in members}), before=asked.before,
        limit=ON_A_PAGE + 1,
    )  # fmt: skip
    shown = found[:ON_A_PAGE]
    after_this_request(_note_reading)
    return render_template(
        "accounts/audit_log.html",
        lines=_lines(shown, asked),
        asked=asked,
        members=members,
        subjects=SUBJECTS,
        older=asked.address(before=shown[-1].event.number) if len(found) > ON_A_PAGE else None,
    )


def _lines(items: list[HistoryItem], page: Asked) -> list[dict[str, Any]]:
    """The deeds as the page shows them, in the reader's words."""
    events = [item.event for item in items]
    asked = {f"{NAMED}{kind}": query for kind, query in subjects.questions(events).items()}
    if not may(Permission.PROTECTED_READ):
        asked |= {f"{HIDDEN}{kind}": query for kind, query in visibility.questions(events).items()}
    if actors := {event.actor_id for event in events if event.actor_id}:
        asked["actors"] = _people(actors)
    told = subjects.ask(db.session(), asked)
    names = {number: name for number, name, _ in told.get("actors", [])}
    known, hidden = _subjects(events, told), _hidden(events, told)
    return [
        {
            "at": item.event.happened_at,
            "who": names.get(item.event.actor_id or 0) or item.event.actor_name or gettext("The system"),
            "deed": gettext(item.event.deed),
            "kind": gettext(SUBJECTS.get(item.event.subject_kind, item.event.subject_kind)),
            "subject": known.get((item.event.subject_kind, item.event.subject_id)),
            "whole": page.address(before=item.event.number + 1, down_to=item.below) if item.size > 1 else None,
            "size": item.size,
            "companies": item.companies,
            "changes": [] if item.event.id in hidden else [_change(value) for value in item.values],
        }
        for item in items
    ]


def _subjects(events: list[AuditEvent], told: Told) -> dict[tuple[str, int | None], subjects.Subject]:
    """The subjects that somebody could name."""
    return {
        (kind, number): subjects.subject(kind, name, public_id)
        for kind in {event.subject_kind for event in events}
        for number, name, public_id in told.get(f"{NAMED}{kind}", [])
    }


def _hidden(events: list[AuditEvent], told: Told) -> set[int]:
    """The events whose values this reader may not see."""
    if may(Permission.PROTECTED_READ):
        return set()
    found = {name.removeprefix(HIDDEN): {row[0] for row in rows} for name, rows in told.items() if HIDDEN in name}
    return visibility.hidden(events, found)


def _change(value: AuditValue) -> dict[str, str]:
    return {
        "field": gettext(FIELDS.get(value.field, value.field)),
        "before": in_words(value.field, value.before, gettext),
        "after": in_words(value.field, value.after, gettext),
    }


def name_members() -> None:
    """Answer for members and accounts in the log."""
    name_values({"roles": {role.value: label for role, label in ROLE_LABELS.items()}, "brand": BRANDS})
    for kind in ("member", "user"):
        subjects.name_subjects(kind, _people)


def _people(ids: set[int]) -> subjects.Question:
    return select(User.id, User.name, User.public_id).where(User.id.in_(ids))


def _note_reading(response: Response) -> Response:
    """Write down that the log has been read, once the page is made."""
    if response.status_code == 200:
        with transaction() as session:
            audit.record(session, READING, "tenant", g.tenant.id, by=current_user.id)
    return response


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if sv.EARLIEST <= day.year <= sv.LATEST else None


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.STOCKHOLM)
