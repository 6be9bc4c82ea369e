"""What the pages of log and follow-ups share: the panels' values, and how a deed is answered.

A deed says where it was done (`on`): on a record's page, on My day, among the follow-ups of a page, or in a row of some
list. There it is answered with that piece, made anew; in a row with a toast. What else is on the page hears of it by
events: `log-changed`, `follow-ups-changed` and `day-changed` for our own pieces, `activity` for others (rows, facts).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import format_date, gettext
from flask_login import current_user
from markupsafe import Markup

from infosoc.accounts.request import may, own_path, page_it_came_from
from infosoc.crm import activity_rules as rules
from infosoc.crm.commands.log import CompanyAt
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import Contact
from infosoc.crm.queries import follow_ups as follow_up_queries
from infosoc.crm.queries import my_day, reach, timeline
from infosoc.crm.queries.timeline import Cursor, Item, Subject
from infosoc.crm.rules import ENTRY_KIND_LABELS
from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.htmx import fragment, go, is_htmx, tell

TIMELINE_PAGE = 20
COMING_SHOWN = 5
KINDS = timeline.KINDS
KINDS.update({kind.value: label for kind, label in ENTRY_KIND_LABELS.items()})
KINDS[follow_up_queries.RANK] = N_("Follow-up done")


# ---- the panels -----------------------------------------------------------------------------------------------------


@dataclass
class Line:
    """One line of a timeline: an item, or several attempts in a row. `shows_day` on the first of a day."""

    item: Item
    shows_day: bool
    attempts: list[Item] = field(default_factory=list)


@dataclass
class LogPanel:
    """The timeline of a company or a contact person."""

    company: Company | CompanyAt
    contact: Contact | None
    lines: list[Line]
    older: str
    kinds: list[str]
    who: str
    people: list[tuple[str, str]]
    names: dict[int, str]
    me: int

    @property
    def about(self) -> str:
        return self.contact.public_id if self.contact else ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.kinds or self.who)

    @property
    def kind_words(self) -> str:
        return ", ".join(gettext(KINDS[kind]) for kind in self.kinds)

    @property
    def kind_choices(self) -> list[tuple[str, str]]:
        return [(kind, gettext(label)) for kind, label in KINDS.items()]

    @property
    def who_words(self) -> str:
        return dict(self.people).get(self.who, "")

    def page_url(self, **changed: Any) -> str:
        """The address of the page with this panel, in the state shown but for what is changed."""
        state = {"kind": self.kinds, "who": self.who, **changed}
        state = {name: value for name, value in state.items() if value}
        if self.contact:
            return url_for("contacts.show", public_id=self.contact.public_id, **state)
        return url_for("companies.show", public_id=self.company.public_id, **state)

    def fragment_url(self, **changed: Any) -> str:
        """The address of this panel alone."""
        state = {"kind": self.kinds, "who": self.who, "about": self.about, **changed}
        state = {name: value for name, value in state.items() if value}
        return url_for("contact_log.panel", public_id=self.company.public_id, **state)


def log_panel(
    record: CompanyRelation | Company | CompanyAt,
    contact: Contact | None = None,
    people: list[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    """What `crm/_log_panel.html` needs. `people`: (public id, name) to filter by, when the page has them at hand."""
    company = record.company if isinstance(record, CompanyRelation) else record
    kinds = [kind for kind in request.args.getlist("kind") if kind in KINDS]
    who = "" if contact else request.args.get("who", "")[:20]
    subject = Subject(None if contact else company.id, contact.id if contact else None, frozenset(kinds), who)
    before = Cursor.parse(request.args.get("before"))
    page = timeline.page(db.session(), subject, before, TIMELINE_PAGE)
    items = shown_to_reader(page.items)
    if people is None:
        known = {item.person_id: item.person for item in items if item.person_id}
        people = sorted(known.items(), key=lambda one: one[1])
    older = str(page.older) if page.older else ""
    names = {tenant.id: tenant.name for tenant in g.standing.tenants if tenant.id != g.tenant.id}
    panel = LogPanel(company, contact, lines_of(items), older, kinds, who, people, names, current_user.id)
    return {"log": panel, "may_write": may(Permission.CRM_WRITE)}


def shown_to_reader(items: Iterable[Item]) -> list[Item]:
    """The items, without the names of protected persons for those who may not see them."""
    if may(Permission.PROTECTED_READ):
        return list(items)
    hidden = {"person": gettext("Protected identity"), "person_id": ""}
    return [replace(one, **hidden) if one.is_protected else one for one in items]


def people_of(company: Company) -> list[reach.Reachable]:
    """The people at a company as this reader may choose among them."""
    return reach.people(db.session(), [company.id], show_protected=may(Permission.PROTECTED_READ))


def contact_about(public_id: str) -> Contact | None:
    """The contact person in an address, if this reader may know of them."""
    if not public_id:
        return None
    return reach.contact_named(db.session(), public_id, show_protected=may(Permission.PROTECTED_READ))


def lines_of(items: list[Item]) -> list[Line]:
    """Attempts that follow each other become one line; the first line of a day says which day."""
    lines: list[Line] = []
    for item in items:
        last = lines[-1] if lines else None
        if last and item.is_attempt and last.item.is_attempt and item.tenant_id == last.item.tenant_id:
            last.attempts = last.attempts or [last.item]
            last.attempts.append(item)
            continue
        end = last.attempts[-1] if last and last.attempts else last.item if last else None
        lines.append(Line(item, end is None or _day(end) != _day(item)))
    return lines


def _day(item: Item) -> date:
    return clock.local(item.at).date()


def follow_ups_panel(record: CompanyRelation | Company | CompanyAt, contact: Contact | None = None) -> dict[str, Any]:
    """What `crm/_follow_ups_panel.html` needs."""
    company = record.company if isinstance(record, CompanyRelation) else record
    where = {"contact_id": contact.id} if contact else {"company_id": company.id}
    rows = follow_up_queries.open_of(db.session(), **where)
    return {
        "follow_ups": rows, "company": company, "about": contact.public_id if contact else "", "today": clock.today(),
        "may_write": may(Permission.CRM_WRITE), "due_state": my_day.due_state,
        "sees_protected": may(Permission.PROTECTED_READ),
    }  # fmt: skip


def my_day_values() -> dict[str, Any]:
    """What `crm/_my_day.html` needs."""
    now = clock.now()
    quiet_days = quiet_days_of(g.tenant)
    day = my_day.my_day(
        db.session(), current_user.id, now=now, quiet_days=quiet_days, show_protected=may(Permission.PROTECTED_READ)
    )
    here = place()
    return {
        "day": replace(day, recent=shown_to_reader(day.recent)),
        "coming": day.coming if here.all else day.coming[:COMING_SHOWN], "quiet_days": quiet_days,
        "all": here.all or None, "may_write": may(Permission.CRM_WRITE), "focus": here.then, "most": my_day.MOST_DUE,
        "retry_days": retry_days() if any(due.tried for due in day.overdue + day.today) else [],
        "today_words": format_date(clock.local(now).date(), "EEEE d MMMM", rebase=False),
    }  # fmt: skip


def quiet_days_of(tenant: Any) -> int:
    """How long a customer may go without a word, as the tenant has decided."""
    days = tenant.settings.get("quiet_days", rules.QUIET_DAYS)
    return days if isinstance(days, int) and days > 0 else rules.QUIET_DAYS


# ---- answers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a deed was done, as its form or address says."""

    on: str
    about: str
    next: str
    then: str
    all: str

    @property
    def carried(self) -> dict[str, str]:
        """What a form or address takes along, so that its answer knows the place."""
        values = {"on": self.on, "about": self.about, "next": self.next, "then": self.then, "all": self.all}
        return {name: value for name, value in values.items() if value}

    @property
    def target(self) -> str:
        return {"page": "#log-panel", "follow-ups": "#follow-ups", "day": "#my-day"}.get(self.on, "#toasts")

    @property
    def swap(self) -> str:
        return "beforeend" if self.target == "#toasts" else "outerHTML"


def place() -> Place:
    """The place of this request; a form page remembers the page that led to it."""
    back = own_path(request.values.get("next") or "") or _page_before() or ""
    on, about, then = (request.values.get(name, "")[:20] for name in ("on", "about", "then"))
    return Place(on, about, back, then, "1" if request.values.get("all") == "1" else "")


def _page_before() -> str | None:
    """The page it came from, unless that is the form itself: opened by hand, it stands on no page to go back to."""
    page = page_it_came_from()
    return None if page and page.partition("?")[0].endswith(("/new", "/edit")) else page


@dataclass(frozen=True)
class Said:
    """What is said of a deed: the words, how it is undone, and days for what comes next (`offer` names it)."""

    text: str
    undo_url: str | None = None
    offer_url: str | None = None
    offer: str = ""
    contact: str = ""


def foretell(public_id: str, where: Place) -> None:
    """Say before the deed where its answer will lead: a form sent twice is then noted in the deed's transaction."""
    g.answer_page = _answer_page(public_id, where)


def _answer_page(public_id: str, where: Place) -> str:
    return where.next if where.on in {"", "row", "log"} and where.next else _page_of(public_id, where)


def answer(company: Company | CompanyAt, said: Said, where: Place) -> Response:
    """The piece of the page where it was done, with a toast; for a plain form, 303 back."""
    g.answer_page = page = _answer_page(company.public_id, where)
    if not is_htmx():
        tell(said.text, undo_url=said.undo_url)
        return go(page)
    days = retry_days() if said.offer_url else []
    undo, offer = (_carrying(url, where) for url in (said.undo_url, said.offer_url))
    html = render_template("crm/_deed_toast.html", said=said, place=where, days=days, undo_url=undo, offer_url=offer)
    toast = Markup(html)  # noqa: S704  our own template
    response = _piece(company, where, toast)
    response.headers["HX-Trigger"] = json.dumps({name: {"company": company.public_id} for name in _events(where)})
    return response


def _carrying(url: str | None, where: Place) -> str | None:
    """The address with the place of the deed, so that undoing it is answered there too."""
    if url is None:
        return None
    kept = {name: value for name, value in where.carried.items() if name in {"on", "about", "all", "then"}}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(kept)}" if kept else url


def _events(where: Place) -> list[str]:
    """Everything that the answer itself does not hold."""
    pieces = {"page": "log-changed", "follow-ups": "follow-ups-changed", "day": "day-changed"}
    if where.on == "day":
        return ["activity"]
    return ["activity", *(name for on, name in pieces.items() if on != where.on)]


def _piece(company: Company | CompanyAt, where: Place, toast: Markup) -> Response:
    if where.target == "#toasts":
        response = make_response(toast)
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#toasts", "beforeend"
        response.headers["Vary"] = "HX-Request"
        return response
    beside: dict[str, Any] = {"oob_toast": toast}
    if where.on == "day":
        return fragment("crm/_my_day.html", **my_day_values(), **beside)
    contact = contact_about(where.about)
    if where.on == "follow-ups":
        return fragment("crm/_follow_ups_panel.html", **follow_ups_panel(company, contact), **beside)
    return fragment("crm/_log_panel.html", **log_panel(company, contact), **beside)


def _page_of(public_id: str, where: Place) -> str:
    if where.on == "day":
        return url_for("my_day.show")
    if where.about:
        return url_for("contacts.show", public_id=where.about)
    return url_for("companies.show", public_id=public_id)


def retry_days() -> list[tuple[str, str]]:
    """Days to try again: (value, words)."""
    today = clock.today()
    days = [(day.isoformat(), _near(day, today)) for day in rules.retry_days(today)[:4]]
    return [*days, ("+7", gettext("in a week"))]


def _near(day: date, today: date) -> str:
    return gettext("tomorrow") if (day - today).days == 1 else format_date(day, "EEE", rebase=False).strip(".")
