"""Writing in the contact log from anywhere, correcting it, and reading it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.queries import colleagues
from infosoc.accounts.request import may
from infosoc.crm import activity_rules as rules
from infosoc.crm.activity_rules import NewEntry
from infosoc.crm.commands import log as commands
from infosoc.crm.forms.log import EntryForm, LogForm, day_picks
from infosoc.crm.models.companies import Company
from infosoc.crm.queries import companies, follow_ups, reach
from infosoc.crm.queries import log as queries
from infosoc.crm.rules import EntryKind, Outcome
from infosoc.crm.views import history as records
from infosoc.crm.views.activity import Said, answer, contact_about, foretell, log_panel, people_of, place
from infosoc.crm.views.company_page import source_of_sharing
from infosoc.db import search
from infosoc.db.search_near import find_near
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, Invalid
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.filters import day_near
from infosoc.web.htmx import fragment, is_htmx

__all__ = ["blueprint", "log_panel"]

blueprint = Blueprint("contact_log", __name__, url_prefix="/<tenant>")


# ---- writing --------------------------------------------------------------------------------------------------------


@blueprint.get("/companies/<public_id>/log/new")
@allow(Permission.CRM_WRITE)
def new(public_id: str) -> ResponseReturnValue:
    """The form, in the dialog or as a page of its own."""
    company = companies.company(db.session(), public_id)
    form = LogForm(formdata=None, **_asked_for())
    return _show_form(form, company)


@blueprint.post("/companies/<public_id>/log")
@allow(Permission.CRM_WRITE)
def create(public_id: str) -> ResponseReturnValue:
    form = LogForm()
    form.offer_all([], _who_may_be_asked(form), current_user.public_id)
    if not (form.validate_on_submit() and form.read_moment(clock.now())):
        return _show_form(form, companies.company(db.session(), public_id), 422)
    foretell(public_id, place())
    try:
        with transaction() as session:
            logged = commands.log_contact(
                session, public_id, form.entry(), by=current_user.id, now=clock.now(), source=source_of_sharing(),
                follow_up=form.planned(), does=form.done(),
            )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _show_form(form, companies.company(db.session(), public_id), 422)
    return answer(logged.company, _said(logged), place())


def _who_may_be_asked(form: LogForm) -> list[Any]:
    """The people who may do the follow-up; nobody needs to be looked up when it is oneself."""
    asked = form.follow_up_for.data
    return colleagues(db.session()) if asked and asked != current_user.public_id else [current_user]


@blueprint.post("/companies/<public_id>/no-answer")
@allow(Permission.CRM_WRITE)
def no_answer(public_id: str) -> ResponseReturnValue:
    """One press: somebody called, and nobody took it."""
    now = clock.now()
    entry = NewEntry(EntryKind.ATTEMPT, now, outcome=Outcome.NO_ANSWER, contact=_whom() or None)
    foretell(public_id, place())
    with transaction() as session:
        logged = commands.log_contact(
            session, public_id, entry, by=current_user.id, now=now, source=source_of_sharing()
        )
    company = logged.company
    said = Said(
        gettext("No answer logged: %(company)s", company=company.name),
        undo_url=url_for("contact_log.undo", public_id=logged.public_id),
        offer_url=_retry_url(company),
        offer=gettext("Try again"),
        contact=entry.contact or "",
    )
    return answer(company, said, place())


def _whom() -> str:
    """The contact person in the address, or the one whom the follow-up in the address is about."""
    named, about = (request.values.get(name, "")[:20] for name in ("contact", "follow_up"))
    if named or not about:
        return named
    follow_up = follow_ups.follow_up(db.session(), about)
    return follow_up.contact.public_id if follow_up.contact else ""


def _retry_url(company: commands.CompanyAt) -> str:
    """Where a day to try again is sent: the follow-up that was tried moves, else a new one is made."""
    tried = request.values.get("follow_up", "")[:20]
    if tried:
        return url_for("follow_ups.snooze", public_id=tried)
    return url_for("follow_ups.create", public_id=company.public_id)


def _said(logged: commands.Logged) -> Said:
    company = logged.company.name
    undo = url_for("contact_log.undo", public_id=logged.public_id)
    if logged.follow_up is not None:
        day = day_near(logged.follow_up.due_on)
        return Said(gettext("Logged: %(company)s. Follow-up %(day)s", company=company, day=day), undo)
    return Said(gettext("Logged: %(company)s", company=company), undo)


def _asked_for() -> dict[str, Any]:
    """What the address has already said: kind, contact person, and the follow-up that this is about."""
    kind = request.args.get("kind")
    return {
        "kind": kind if kind in list(EntryKind) else EntryKind.CALL.value,
        "contact": _whom(), "follow_up": request.args.get("follow_up", "")[:20],
        "does": "follow_up" in request.args,
    }  # fmt: skip


def _offer(form: LogForm, company: Company) -> list[reach.Reachable]:
    people = people_of(company)
    form.offer_all(people, colleagues(db.session()), current_user.public_id)
    return people


def _show_form(form: LogForm, company: Company, status: int = 200) -> ResponseReturnValue:
    people = _offer(form, company)
    points = reach.points(db.session(), [company.id], [person.id for person in people])
    reach.fill(people, points, show_protected=may(Permission.PROTECTED_READ))
    about = follow_ups.follow_up(db.session(), form.follow_up.data) if form.follow_up.data else None
    values = {
        "form": form, "company": company, "persons": _by_id(people), "phones": points.company_phones(company.id),
        "about": about, "picks": day_picks(clock.today()), "place": place(),
    }  # fmt: skip
    if is_htmx():
        return fragment("crm/_log_form.html", status, **values)
    return render_template("crm/log_new.html", **values), status


def _by_id(people: list[reach.Reachable]) -> dict[str, reach.Reachable]:
    return {person.public_id: person for person in people}


# ---- from anywhere --------------------------------------------------------------------------------------------------


@blueprint.get("/log/new")
@allow(Permission.CRM_WRITE)
def pick() -> ResponseReturnValue:
    """Choose the company by typing; then its form."""
    chosen = request.args.get("company", "")[:20]
    if chosen:
        return redirect(url_for("contact_log.new", public_id=chosen, next=place().next or None), 303)
    words = request.args.get("q", "").strip()[:80]
    values: dict[str, Any] = {"words": words, "hits": _companies(words), "place": place()}
    if is_htmx():
        return fragment("crm/_log_pick.html", **values)
    return render_template("crm/log_pick.html", **values)


@blueprint.get("/log/companies")
@allow(Permission.CRM_WRITE)
def choices() -> ResponseReturnValue:
    """The companies that fit what has been typed, as options."""
    words = request.args.get("q", "").strip()[:80]
    if not is_htmx():
        return redirect(url_for("contact_log.pick", q=words), 303)
    return fragment("crm/_log_choices.html", hits=_companies(words), words=words)


def _companies(words: str) -> list[search.Hit]:
    """Those that answer; where none does, those that are spelt nearly so."""
    if not words:
        return []
    hits = search.find(db.session(), words, limit=8, kinds=frozenset({search.COMPANY}))
    return hits or [hit for hit in find_near(db.session(), words) if hit.kind == search.COMPANY][:8]


# ---- one entry ------------------------------------------------------------------------------------------------------


@blueprint.get("/log/<public_id>/edit")
@allow(Permission.CRM_WRITE)
def edit(public_id: str) -> ResponseReturnValue:
    entry = queries.entry(db.session(), public_id)
    if entry.by_id != current_user.id:
        raise rules.NotYours
    form = EntryForm(formdata=None)
    form.show(entry)
    return _show_entry_form(form, entry)


@blueprint.post("/log/<public_id>")
@allow(Permission.CRM_WRITE)
def correct(public_id: str) -> ResponseReturnValue:
    entry = queries.entry(db.session(), public_id)
    company = entry.company
    form = EntryForm()
    form.offer(people_of(company))
    if not (form.validate_on_submit() and form.read_moment(clock.now())):
        return _show_entry_form(form, entry, 422)
    try:
        with transaction() as session:
            commands.correct(
                session, public_id, form.entry(), version=form.version.data, by=current_user.id, now=clock.now()
            )
    except DomainError as error:
        form.refuse(error)
        now_there = queries.entry(db.session(), public_id)
        return _show_entry_form(form, now_there, 422 if isinstance(error, Invalid) else 409)
    return answer(company, Said(gettext("Saved")), place())


def _show_entry_form(form: EntryForm, entry: Any, status: int = 200) -> ResponseReturnValue:
    people = people_of(entry.company)
    form.offer(people)
    points = reach.points(db.session(), [], [person.id for person in people])
    reach.fill(people, points, show_protected=may(Permission.PROTECTED_READ))
    if status == 409:
        form.version.raw_data, form.version.data = None, entry.version
    values = {"form": form, "entry": entry, "persons": _by_id(people), "place": place(), "is_stale": status == 409}
    if is_htmx():
        return fragment("crm/_log_edit.html", status, **values)
    return render_template("crm/log_edit.html", **values), status


@blueprint.post("/log/<public_id>/undo")
@allow(Permission.CRM_WRITE)
def undo(public_id: str) -> ResponseReturnValue:
    """Take back what one has just logged, with the follow-up it made and the one it did."""
    with transaction() as session:
        entry = commands.undo(session, public_id, by=current_user.id, now=clock.now())
    return answer(entry.company, Said(gettext("Undone")), place())


@blueprint.post("/log/<public_id>/trash")
@allow(Permission.CRM_TRASH)
def trash(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        entry = commands.trash(session, public_id, by=current_user.id, now=clock.now(), steward=_is_steward())
    undo = url_for("contact_log.restore", public_id=public_id)
    return answer(entry.company, Said(gettext("Moved to the trash"), undo), place())


@blueprint.post("/log/<public_id>/restore")
@allow(Permission.CRM_TRASH)
def restore(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        entry = commands.restore(session, public_id, by=current_user.id, steward=_is_steward())
    return answer(entry.company, Said(gettext("Restored")), place())


@blueprint.get("/log/<public_id>/history")
@allow(Permission.CRM_READ)
def history(public_id: str) -> ResponseReturnValue:
    entry = queries.entry(db.session(), public_id)
    told = records.queries.of_entry(db.session(), entry.id, see_protected=may(Permission.PROTECTED_READ))
    back = url_for("companies.show", public_id=entry.company.public_id, _anchor=f"entry-{public_id}")
    return records.answer(entry.company.name, told, back)


def _is_steward() -> bool:
    """Who answers for everybody's log may tidy in it."""
    return may(Permission.TEAM_READ)


# ---- reading --------------------------------------------------------------------------------------------------------


@blueprint.get("/companies/<public_id>/log")
@allow(Permission.CRM_READ)
def panel(public_id: str) -> ResponseReturnValue:
    """The timeline of a company or (`about`) a contact person: alone, its older part, or as a page."""
    company = companies.company(db.session(), public_id)
    about = request.args.get("about", "")[:20]
    values = log_panel(company, contact_about(about))
    if not is_htmx():
        return render_template("crm/log_of.html", company=company, **values)
    if "before" in request.args:
        return fragment("crm/_timeline_items.html", **values)
    response = fragment("crm/_log_panel.html", **values)
    if "filter" in request.args:
        response.headers["HX-Push-Url"] = values["log"].page_url()
    return response
