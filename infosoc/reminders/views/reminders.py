"""Who is to be reminded, the run that does it, and the letters."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.jobs.queries import has_worker
from infosoc.jobs.rules import JobState
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.reminders import letters
from infosoc.reminders.commands import sending
from infosoc.reminders.forms.late import DayForm, HandOverForm
from infosoc.reminders.queries import late, runs
from infosoc.reminders.rules.steps import StepKind
from infosoc.reminders.views.blueprints import reminders as blueprint
from infosoc.reminders.views.words import shared
from infosoc.web.access import allow
from infosoc.web.forms import place
from infosoc.web.htmx import fragment, go, is_htmx

ROWS = 200


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
    """The page of a day: letters, problems, and what can be handed over."""
    session, found, problem = db.session(), None, None
    try:
        found = sending.preview(session, on=form.on.data) if form.on.data else None
    except DomainError as error:
        problem = error
    ready = found.preview.letters if found else ()
    rows = (
        [(one, found.late[one.claim.id], late.to_pay(one, found.late[one.claim.id])) for one in ready] if found else []
    )
    wanted = [row for row in rows if row[0].step.kind is not StepKind.HAND_OVER]
    return render_template(
        "reminders/index.html", form=form, hand_over=hand_over or HandOverForm(formdata=None), problem=problem,
        rows=wanted[:ROWS], total=len(wanted), sum_ore=sum(row[2] for row in wanted),
        ripe=[row for row in rows if row[0].step.kind is StepKind.HAND_OVER],
        refused=_by_reason(found) if found else [],
        held=_counted(found), runs=runs.runs(session), **shared(),
    ), status  # fmt: skip


def _by_reason(found: late.Found) -> list[tuple[DomainError, list[late.Late]]]:
    """What cannot be reminded, under one reason each: a missing rate is said once, not for each invoice."""
    reasons: dict[tuple[str, str], tuple[DomainError, list[late.Late]]] = {}
    for claim, error in found.preview.refused:
        same = reasons.setdefault((error.message, str(error.values)), (error, []))
        same[1].append(found.late[claim.id])
    return list(reasons.values())


def _counted(found: late.Found | None) -> dict[str, int]:
    held: dict[str, int] = {}
    for _, why in found.preview.held if found else ():
        held[why.value] = held.get(why.value, 0) + 1
    return held


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
