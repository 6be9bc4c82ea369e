"""The whole contact log as a list: filters in the address, older pages by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from infosoc.accounts.models import User
from infosoc.accounts.queries import colleagues
from infosoc.accounts.request import may
from infosoc.crm.lists.filters import NO_ROW
from infosoc.crm.queries import log as queries
from infosoc.crm.queries.log import LogFilter
from infosoc.crm.queries.timeline import Cursor
from infosoc.crm.rules import ENTRY_KIND_LABELS, EntryKind
from infosoc.crm.views.activity import shown_to_reader
from infosoc.crm.views.contact_log import blueprint
from infosoc.db.session import db
from infosoc.kernel import clock, sv
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, is_htmx


@dataclass(frozen=True)
class State:
    """The list's state: what stands in its address."""

    kinds: tuple[str, ...]
    by: str
    since: str
    until: str
    trash: str

    @classmethod
    def of_request(cls) -> State:
        return cls.of(request.args.to_dict(flat=False))

    @classmethod
    def of(cls, given: Mapping[str, list[str]]) -> State:
        """The state that an address says, as far as this person may ask it."""
        args = {name: values[0] for name, values in given.items() if values}
        asked = [kind[:20] for kind in given.get("kind", ()) if kind]
        # Kinds that mean nothing are kept, so that they match nothing, here and in an export.
        kinds = tuple(kind.value for kind in EntryKind if kind.value in asked) or tuple(asked[:1])
        return cls(kinds, args.get("by", "")[:20], args.get("since", "")[:20], args.get("until", "")[:20],
                   "1" if args.get("trash") and may(Permission.CRM_TRASH) else "")  # fmt: skip

    def url(self, endpoint: str = "contact_log.index", **changed: Any) -> str:
        """The list's address in this state but for what is changed."""
        state = {"kind": list(self.kinds), "by": self.by, "since": self.since, "until": self.until, "trash": self.trash}
        return url_for(endpoint, **{name: value for name, value in {**state, **changed}.items() if value})

    @property
    def period(self) -> str:
        return f"{self.since}–{self.until}" if self.since or self.until else ""

    def choices(self, kinds: dict[EntryKind, str]) -> list[tuple[str, str]]:
        return [(kind.value, gettext(label)) for kind, label in kinds.items()]

    def wanted(self, people: list[User]) -> LogFilter:
        # Somebody unknown, or who has left, has written nothing here; the list must not show everybody's instead.
        by_id = next((user.id for user in people if user.public_id == self.by), NO_ROW if self.by else None)
        kinds, since, until = frozenset(self.kinds), _day(self.since), _day(self.until)
        if (self.since and since is None) or (self.until and until is None):
            by_id = NO_ROW
        return LogFilter(kinds, by_id, since, until, in_trash=bool(self.trash))


def filter_of(given: Mapping[str, list[str]]) -> LogFilter:
    """What of the log an address asks for, for deeds on all of it."""
    return State.of(given).wanted(colleagues(db.session()))


@blueprint.get("/log")
@allow(Permission.CRM_READ)
def index() -> ResponseReturnValue:
    return render_template("crm/log.html", **_values())


@blueprint.get("/log/rows")
@allow(Permission.CRM_READ)
def rows() -> ResponseReturnValue:
    """The rows alone: after a filter, or older ones."""
    values = _values()
    if not is_htmx():
        return render_template("crm/log.html", **values)
    if "before" in request.args:
        return fragment("crm/_log_rows_older.html", **values)
    response = fragment("crm/_log_rows.html", **values)
    response.headers["HX-Push-Url"] = values["state"].url()
    return response


def _values() -> dict[str, Any]:
    state = State.of_request()
    people = colleagues(db.session())
    page = queries.whole_log(db.session(), state.wanted(people), Cursor.parse(request.args.get("before")))
    page = replace(page, items=shown_to_reader(page.items))
    names = {tenant.id: tenant.name for tenant in g.standing.tenants if tenant.id != g.tenant.id}
    return {
        "state": state, "page": page, "people": people, "kinds": ENTRY_KIND_LABELS, "names": names,
        "may_write": may(Permission.CRM_WRITE), "may_trash": may(Permission.CRM_TRASH),
        "may_export": may(Permission.CRM_EXPORT),
        "is_filtered": bool(state.kinds or state.by or state.since or state.until),
    }  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return sv.parse_past_day(text, clock.today()) if text else None
    except sv.InvalidDay:
        return None
