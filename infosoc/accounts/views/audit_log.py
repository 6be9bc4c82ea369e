"""The audit log of the tenant, for those who watch over it. Reading it is itself in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, after_this_request, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from infosoc.accounts import queries
from infosoc.accounts.request import may
from infosoc.audit import commands as audit
from infosoc.audit import visibility
from infosoc.audit.queries import READING, HistoryItem, LogFilter, log
from infosoc.audit.words import FIELDS, SUBJECTS
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow

blueprint = Blueprint("audit_log", __name__, url_prefix="/<tenant>/audit")
ON_A_PAGE = 50


@dataclass(frozen=True)
class Asked:
    """The page's address, read: every wrong value counts as not given."""

    actor: str
    kind: str
    first: date | None
    last: date | None
    readings: bool
    before: int | None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Asked:
        before = values.get("before", "")
        return cls(
            actor=values.get("who", ""),
            kind=values.get("what", "") if values.get("what") in SUBJECTS else "",
            first=_day(values.get("from", "")),
            last=_day(values.get("to", "")),
            readings=values.get("readings") == "1",
            before=int(before) if before.isdigit() and len(before) < 16 else None,
        )

    def filter(self, people: dict[str, int]) -> LogFilter:
        return LogFilter(
            actor_id=(people.get(self.actor, 0) if self.actor else None),
            subject_kind=self.kind or None,
            first=_start(self.first) if self.first else None,
            after=_start(self.last + timedelta(days=1)) if self.last else None,
            readings=self.readings,
        )

    def address(self, **changes: object) -> str:
        values = {
            "who": self.actor, "what": self.kind, "from": self.first, "to": self.last,
            "readings": "1" if self.readings else "",
        } | changes  # fmt: skip
        return url_for("audit_log.index", **{name: value for name, value in values.items() if value})


@blueprint.get("")
@allow(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    """Who did what, when, from what to what; newest first."""
    session, asked = db.session(), Asked.of(request.args)
    members = queries.members(session, today=clock.today())
    found = log(
        session, asked.filter({one.user.public_id: one.user.id for one in members}), before=asked.before,
        limit=ON_A_PAGE + 1,
    )  # fmt: skip
    shown = found[:ON_A_PAGE]
    after_this_request(_note_reading)
    return render_template(
        "accounts/audit_log.html",
        items=shown,
        asked=asked,
        names=queries.names_of(session, {item.event.actor_id for item in found if item.event.actor_id}),
        hidden=_hidden(shown),
        members=members,
        subjects=SUBJECTS,
        fields=FIELDS,
        older=asked.address(before=shown[-1].event.number) if len(found) > ON_A_PAGE else None,
    )


def _hidden(items: list[HistoryItem]) -> set[int]:
    if may(Permission.PROTECTED_READ):
        return set()
    return visibility.hidden(db.session(), [item.event for item in items])


def _note_reading(response: Response) -> Response:
    """Write down that the log has been read, once the page is made."""
    if response.status_code == 200:
        with transaction() as session:
            audit.record(session, READING, "tenant", g.tenant.id, by=current_user.id)
    return response


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.STOCKHOLM)
