"""Who is to be reminded, the run that does it, and the letters."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from infosoc.db.session import db, transaction
from infosoc.jobs.queries import has_worker
from infosoc.jobs.rules import JobState
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.reminders import letters
from infosoc.reminders.commands import sending
from infosoc.reminders.forms.late import DayForm, HandOverForm
from infosoc.reminders.queries import due, late, rules_of, runs
from infosoc.reminders.queries.due import Place
from infosoc.reminders.views.blueprints import reminders as blueprint
from infosoc.reminders.views.words import shared
from infosoc.web.access import allow
from infosoc.web.forms import page_number, place
from infosoc.web.htmx import fragment, go, is_htmx


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    form = DayForm(request.args)
    form.fill()
    return page(form)


@blueprint.post("")
@allow(Permission.REMINDERS_WRITE)
def create() -> ResponseReturnValue:
    form = DayForm()
    form.fill()
    if not form.validate_on_submit():
        return page(form, status=422)
    only = None if request.form.get("every") else set(request.form.getlist("ids"))
    try:
        with transaction() as session:
            run = sending.start(
                session, on=form.on.data, only=only, page=url_for("reminders.index") + "/runs", by=current_user.id,
                now=clock.now(),
            )  # fmt: skip
            address = url_for("reminders.show", public_id=run.public_id)
    except DomainError as error:
        form.refuse(error)
        return page(form, status=422)
    return go(address)


@blueprint.get("/runs/<public_id>")
@allow(Permission.INVOICES_READ)
def show(public_id: str) -> ResponseReturnValue:
    return render_template("reminders/run.html", **_run(public_id))


@blueprint.get("/runs/<public_id>/progress")
@allow(Permission.INVOICES_READ)
def progress(public_id: str) -> ResponseReturnValue:
    """What asks for itself again while the run goes on; a whole page when opened by hand."""
    if not is_htmx():
        return render_template("reminders/run.html", **_run(public_id))
    return fragment("reminders/_run.html", **_run(public_id))


@blueprint.get("/letters/<public_id>/pdf")
@allow(Permission.INVOICES_READ)
def pdf(public_id: str) -> ResponseReturnValue:
    """The letter as it was first drawn."""
    letter = letters.at(public_id)
    response = Response(letters.pdf(letter), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{letter.file_name}"'
    return response


def page(form: DayForm, hand_over: HandOverForm | None = None, *, status: int = 200) -> ResponseReturnValue:
    """The page of a day: those who get a letter, or are ripe for collection; what stops some, and how many are held."""
    session, values = db.session(), _nothing()
    try:
        if form.on.data:
            values = _due(session, form.on.data)
    except DomainError as error:
        values["problem"] = error
    return render_template(
        "reminders/index.html", form=form, hand_over=hand_over or HandOverForm(formdata=None),
        runs=runs.runs(session), **values, **shared(),
    ), status  # fmt: skip


def _nothing() -> dict[str, Any]:
    none = due.Counted({}, {})
    return {"show": due.LETTERS, "found": none, "page": due.Page([], Place(), 0), "rows": [], "refused": [],
            "problem": None}  # fmt: skip


def _due(session: Session, on: date) -> dict[str, Any]:
    policy = rules_of.policy(session)
    found = due.counted(session, policy, on=on)
    show = request.values.get("show", "")
    if show not in due.GROUPS:
        is_ripe = found.number.get(due.HAND_OVER) and not found.number.get(due.LETTERS)
        show = due.HAND_OVER if is_ripe else due.LETTERS
    asked = Place.parse(page_number(), request.args.get("at", "")[:60])
    part = due.page(session, policy, show, asked, found.number.get(show, 0), on=on)
    looked = late.looked_at(part.rows, policy, rules_of.rates(session), on=on) if part.rows else None
    ready = looked.preview.letters if looked else ()
    rows = [(one, looked.late[one.claim.id], late.to_pay(one, looked.late[one.claim.id])) for one in ready if looked]
    refused = _by_reason(looked) if looked else []
    return {"show": show, "found": found, "page": part, "rows": rows, "refused": refused, "problem": None}


def _by_reason(found: late.Found) -> list[tuple[DomainError, list[late.Late]]]:
    """What cannot be reminded, under one reason each: a missing rate is said once, not for each invoice."""
    reasons: dict[tuple[str, str], tuple[DomainError, list[late.Late]]] = {}
    for claim, error in found.preview.refused:
        same = reasons.setdefault((error.message, str(error.values)), (error, []))
        same[1].append(found.late[claim.id])
    return list(reasons.values())


def _run(public_id: str) -> dict[str, Any]:
    session = db.session()
    run = runs.run(session, public_id)
    job, after = sending.job_of(session, run), place("after") or 0
    found = runs.letters(session, run, after=after, most=runs.ROWS + 1)
    return {
        "run": run, "job": job, "has_failed": job is not None and job.state == JobState.FAILED,
        "letters": found[: runs.ROWS], "after": after,
        "next_after": found[runs.ROWS - 1].number if len(found) > runs.ROWS else None,
        "problems": runs.problems(session, run),
        "has_worker": run.state == "done" or has_worker(session, now=clock.now()), **shared(),
    }  # fmt: skip
