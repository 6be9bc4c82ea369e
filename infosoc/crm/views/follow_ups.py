"""Follow-ups: planned, done, put off, changed, trashed. One press each; every deed can be undone."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.queries import colleagues
from infosoc.crm.commands import follow_ups as commands
from infosoc.crm.forms.follow_ups import FollowUpForm, SnoozeForm
from infosoc.crm.forms.log import day_picks
from infosoc.crm.models.companies import Company
from infosoc.crm.models.log import FollowUp
from infosoc.crm.queries import companies
from infosoc.crm.queries import follow_ups as queries
from infosoc.crm.views.activity import Said, answer, contact_about, follow_ups_panel, people_of, place
from infosoc.crm.views.company_page import source_of_sharing
from infosoc.db.session import db, transaction
from infosoc.kernel import clock, sv
from infosoc.kernel.errors import DomainError, Invalid
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.filters import day_near
from infosoc.web.htmx import fragment, is_htmx

__all__ = ["blueprint", "panel"]

blueprint = Blueprint("follow_ups", __name__, url_prefix="/<tenant>")

panel = follow_ups_panel


@blueprint.get("/companies/<public_id>/follow-ups/new")
@allow(Permission.CRM_WRITE)
def new(public_id: str) -> ResponseReturnValue:
    company = companies.company(db.session(), public_id)
    form = FollowUpForm(formdata=None, contact=request.args.get("contact", "")[:20])
    return _show_form(form, company)


@blueprint.post("/companies/<public_id>/follow-ups")
@allow(Permission.CRM_WRITE)
def create(public_id: str) -> ResponseReturnValue:
    company = companies.company(db.session(), public_id)
    form = FollowUpForm()
    _offer(form, company)
    if not form.validate_on_submit():
        return _show_form(form, company, status=422)
    try:
        with transaction() as session:
            follow_up = commands.plan(
                session, public_id, form.planned(), by=current_user.id, now=clock.now(),
                source=source_of_sharing(),
            )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _show_form(form, company, status=422)
    return _said(company, follow_up, _planned(follow_up, company), undo="trash")


@blueprint.get("/companies/<public_id>/follow-ups")
@allow(Permission.CRM_READ)
def of_company(public_id: str) -> ResponseReturnValue:
    """The panel of a company or (`about`) a contact person, alone or as a page."""
    company = companies.company(db.session(), public_id)
    about = request.args.get("about", "")[:20]
    values = follow_ups_panel(company, contact_about(about))
    if is_htmx():
        return fragment("crm/_follow_ups_panel.html", **values)
    return render_template("crm/follow_ups_of.html", **values)


@blueprint.post("/follow-ups/<public_id>/done")
@allow(Permission.CRM_WRITE)
def done(public_id: str) -> ResponseReturnValue:
    """Done; the toast offers days for the next one."""
    with transaction() as session:
        follow_up = commands.do(session, public_id, by=current_user.id, now=clock.now())
    company, contact = follow_up.company, follow_up.contact
    said = Said(
        gettext("Done: %(company)s", company=company.name),
        undo_url=url_for("follow_ups.reopen", public_id=public_id),
        offer_url=url_for("follow_ups.create", public_id=company.public_id),
        offer=gettext("Next follow-up"),
        contact=contact.public_id if contact else "",
    )
    return answer(company, said, place())


@blueprint.post("/follow-ups/<public_id>/reopen")
@allow(Permission.CRM_WRITE)
def reopen(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        follow_up = commands.reopen(session, public_id, by=current_user.id)
    return _said(follow_up.company, follow_up, gettext("Open again"), undo="done")


@blueprint.post("/follow-ups/<public_id>/snooze")
@allow(Permission.CRM_WRITE)
def snooze(public_id: str) -> ResponseReturnValue:
    """Another day, by a press (`?due=+7`) or typed."""
    form = SnoozeForm()
    if "due" not in request.args and not form.validate_on_submit():
        return _show_change(_change_form(queries.follow_up(db.session(), public_id)), public_id, 422)
    day = form.due_on.data or _day_in_address()
    try:
        with transaction() as session:
            follow_up, before = commands.put_off(session, public_id, day, by=current_user.id, today=clock.today())
    except Invalid as error:
        changing = _change_form(queries.follow_up(db.session(), public_id))
        changing.refuse(error)
        return _show_change(changing, public_id, 422)
    company = follow_up.company
    return _said(company, follow_up, _planned(follow_up, company), undo="put_back", due=before.isoformat())


def _day_in_address() -> date:
    try:
        return sv.parse_day(request.args.get("due", ""), clock.today())
    except sv.InvalidDay:
        return clock.today()


@blueprint.post("/follow-ups/<public_id>/put-back")
@allow(Permission.CRM_WRITE)
def put_back(public_id: str) -> ResponseReturnValue:
    """Undo a move: back to the day it had."""
    day = _day_in_address()
    with transaction() as session:
        follow_up = commands.put_back(session, public_id, day, by=current_user.id)
    return answer(follow_up.company, Said(gettext("Undone")), place())


@blueprint.get("/follow-ups/<public_id>/move")
@allow(Permission.CRM_WRITE)
def move(public_id: str) -> ResponseReturnValue:
    """Change day, note, person or who does it."""
    return _show_change(_change_form(queries.follow_up(db.session(), public_id)), public_id)


@blueprint.post("/follow-ups/<public_id>")
@allow(Permission.CRM_WRITE)
def change(public_id: str) -> ResponseReturnValue:
    follow_up = queries.follow_up(db.session(), public_id)
    company = follow_up.company
    form = FollowUpForm()
    _offer(form, company)
    if not form.validate_on_submit():
        return _show_change(form, public_id, 422)
    try:
        with transaction() as session:
            changed = commands.change(
                session, public_id, form.planned(), version=form.version.data, by=current_user.id, now=clock.now()
            )
    except DomainError as error:
        form.refuse(error)
        return _show_change(form, public_id, 422 if isinstance(error, Invalid) else 409)
    return answer(company, Said(_planned(changed, company)), place())


@blueprint.post("/follow-ups/<public_id>/trash")
@allow(Permission.CRM_WRITE)
def trash(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        follow_up = commands.trash(session, public_id, by=current_user.id, now=clock.now())
    return _said(follow_up.company, follow_up, gettext("Follow-up removed"), undo="restore")


@blueprint.post("/follow-ups/<public_id>/restore")
@allow(Permission.CRM_WRITE)
def restore(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        follow_up = commands.restore(session, public_id, by=current_user.id)
    return answer(follow_up.company, Said(gettext("Restored")), place())


def _said(company: Company, follow_up: FollowUp, text: str, *, undo: str, **values: Any) -> ResponseReturnValue:
    undo_url = url_for(f"follow_ups.{undo}", public_id=follow_up.public_id, **values)
    return answer(company, Said(text, undo_url), place())


def _planned(follow_up: FollowUp, company: Company) -> str:
    return gettext("Follow-up %(day)s: %(company)s", day=day_near(follow_up.due_on), company=company.name)


# ---- the form -------------------------------------------------------------------------------------------------------


def _offer(form: FollowUpForm, company: Company) -> None:
    form.offer(people_of(company), colleagues(db.session()), current_user.public_id)


def _change_form(follow_up: FollowUp) -> FollowUpForm:
    form = FollowUpForm(formdata=None)
    form.show(follow_up)
    return form


def _show_change(form: FollowUpForm, public_id: str, status: int = 200) -> ResponseReturnValue:
    follow_up = queries.follow_up(db.session(), public_id)
    if status == 409:
        form.version.raw_data, form.version.data = None, follow_up.version
    return _show_form(form, follow_up.company, follow_up, status)


def _show_form(
    form: FollowUpForm, company: Company, follow_up: FollowUp | None = None, status: int = 200
) -> ResponseReturnValue:
    _offer(form, company)
    values = {
        "form": form, "company": company, "follow_up": follow_up, "picks": day_picks(clock.today()), "place": place(),
    }  # fmt: skip
    if is_htmx():
        return fragment("crm/_follow_up_form.html", status, **values)
    return render_template("crm/follow_up_form.html", **values), status
