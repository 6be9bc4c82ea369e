"""Incidents: opening one, its clock and its log."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from infosoc.accounts.queries import names_of
from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, NotFound
from infosoc.kernel.permission import Permission
from infosoc.privacy import rules
from infosoc.privacy.commands import incidents as commands
from infosoc.privacy.forms import IncidentEntryForm, IncidentForm
from infosoc.privacy.queries import incidents as queries
from infosoc.web.access import allow
from infosoc.web.htmx import go

blueprint = Blueprint("privacy_incidents", __name__, url_prefix="/<tenant>/privacy/incidents")
WORDS = {"roles": rules.INCIDENT_ROLE_LABELS, "kinds": rules.ENTRY_KIND_LABELS}


@blueprint.get("")
@allow(Permission.PRIVACY_READ)
def index() -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    rows = queries.incidents(session)
    decided = queries.decided_not_to_report(session, [one.id for one in rows])
    clocks = {one.id: queries.clock_of(one, is_decided=one.id in decided, now=now) for one in rows}
    return render_template("privacy/incidents.html", rows=rows, clocks=clocks, **WORDS)


@blueprint.get("/new")
@allow(Permission.PRIVACY_REGISTER)
def new() -> ResponseReturnValue:
    form = IncidentForm(formdata=None, aware_at=clock.local(clock.now()).replace(tzinfo=None, second=0, microsecond=0))
    return render_template("privacy/incident_new.html", form=form)


@blueprint.post("/new")
@allow(Permission.PRIVACY_REGISTER)
def create() -> ResponseReturnValue:
    """Anybody who may write in the register may report one: the clock does not wait for the right person."""
    form = IncidentForm()
    if not form.validate_on_submit():
        return render_template("privacy/incident_new.html", form=form), 422
    try:
        with transaction() as session:
            made = commands.open_incident(session, form.incident(), by=current_user.id, now=clock.now())
            public_id = made.public_id
    except DomainError as error:
        form.refuse(error)
        return render_template("privacy/incident_new.html", form=form), 422
    reads = may(Permission.PRIVACY_READ)
    return go(url_for("privacy_incidents.show", public_id=public_id) if reads else url_for("privacy_incidents.noted"))


@blueprint.get("/noted")
@allow(Permission.PRIVACY_REGISTER)
def noted() -> ResponseReturnValue:
    """For who reports and may not read: it has been taken care of."""
    return render_template("privacy/incident_noted.html")


@blueprint.get("/<public_id>")
@allow(Permission.PRIVACY_READ)
def show(public_id: str) -> ResponseReturnValue:
    return _show(public_id, IncidentEntryForm(formdata=None))


@blueprint.post("/<public_id>/log")
@allow(Permission.PRIVACY_WRITE)
def note(public_id: str) -> ResponseReturnValue:
    """A line in the log; some of them stop the clock, and the last one closes."""
    form = IncidentEntryForm()
    if not form.validate_on_submit():
        return _show(public_id, form, 422)
    try:
        with transaction() as session:
            commands.note(
                session, public_id, rules.EntryKind(form.kind.data), form.text.data or "", by=current_user.id,
                now=clock.now(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error)
        return _show(public_id, form, 409)
    return go(url_for("privacy_incidents.show", public_id=public_id))


def _show(public_id: str, form: IncidentEntryForm, status: int = 200) -> ResponseReturnValue:
    session = db.session()
    row = queries.incident(session, public_id)
    entries = queries.entries(session, row.id)
    decided = any(one.kind == rules.EntryKind.NOT_REPORTED.value for one in entries)
    return render_template(
        "privacy/incident.html", row=row, entries=entries, form=form,
        clock=queries.clock_of(row, is_decided=decided, now=clock.now()),
        names=names_of(session, {one.written_by for one in entries if one.written_by}),
        may_write=may(Permission.PRIVACY_WRITE) and row.closed_at is None, **WORDS,
    ), status  # fmt: skip
