"""Billing runs: the list, the preview that starts one, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.invoicing.commands import billing as commands
from infosoc.invoicing.forms.billing import BillingRunForm
from infosoc.invoicing.queries import billing_preview
from infosoc.invoicing.queries import billing_runs as queries
from infosoc.invoicing.queries.billing import Frame
from infosoc.invoicing.rules.billing import AHEAD, RUN_LABELS
from infosoc.invoicing.views.blueprints import billing_runs as blueprint
from infosoc.jobs.queries import has_worker
from infosoc.jobs.rules import JobState, minutes_left
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.filters import locale_name
from infosoc.web.forms import place
from infosoc.web.htmx import fragment, go, is_htmx, tell

MARKS = {"queued": "waiting", "running": "running", "done": "ok"}


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    found = queries.runs(db.session(), before=place("before"))
    rows, older = found[: queries.ROWS], found[queries.ROWS - 1].id if len(found) > queries.ROWS else None
    sums = queries.sums_of(db.session(), [one.id for one in rows])
    stopped = commands.stopped(db.session(), rows)
    return render_template(
        "invoicing/billing_runs.html", rows=rows, older=older, sums=sums, stopped=stopped, **_words()
    )


@blueprint.get("/new")
@allow(Permission.INVOICES_WRITE)
def new() -> ResponseReturnValue:
    form = BillingRunForm(request.args)
    form.fill()
    return _preview_page(form)


@blueprint.get("/new/sums")
@allow(Permission.INVOICES_WRITE)
def sums() -> ResponseReturnValue:
    """All bills added up; a whole page when opened by hand."""
    form = BillingRunForm(request.args)
    form.fill()
    frame, _ = _frame(form)
    added = billing_preview.Sums()
    for shown in billing_preview.everything(db.session(), frame) if frame else ():
        added.add(shown)
    template = "invoicing/_billing_sums.html" if is_htmx() else "invoicing/billing_sums.html"
    return fragment(template, sums=added, month=form.month.data)


@blueprint.post("")
@allow(Permission.INVOICES_WRITE)
def create() -> ResponseReturnValue:
    form = BillingRunForm()
    form.fill()
    if not form.validate_on_submit() or form.month.data is None or form.issued_on.data is None:
        return _preview_page(form, 422)
    try:
        with transaction() as session:
            month, issued_on = form.month.data, form.issued_on.data
            run = commands.start(session, month, issued_on, page=_page(), by=current_user.id, now=clock.now())
            address = url_for("billing_runs.show", public_id=run.public_id)
    except DomainError:
        return _preview_page(form, 422)  # the preview says what is wrong
    return go(address)


@blueprint.get("/<public_id>")
@allow(Permission.INVOICES_READ)
def show(public_id: str) -> ResponseReturnValue:
    return render_template("invoicing/billing_run.html", **_run(public_id))


@blueprint.get("/<public_id>/progress")
@allow(Permission.INVOICES_READ)
def progress(public_id: str) -> ResponseReturnValue:
    """What asks for itself again while the run goes on; a whole page when opened by hand."""
    if not is_htmx():
        return render_template("invoicing/billing_run.html", **_run(public_id))
    return fragment("invoicing/_billing_run.html", **_run(public_id))


@blueprint.post("/<public_id>/again")
@allow(Permission.INVOICES_WRITE)
def again(public_id: str) -> ResponseReturnValue:
    """Once more for those that could not be invoiced; a run that was cut off goes on."""
    try:
        with transaction() as session:
            found = queries.run(session, public_id)
            run = commands.go_on(session, found.id, page=_page(), by=current_user.id, now=clock.now())
            address = url_for("billing_runs.show", public_id=run.public_id)
    except DomainError as error:
        tell(gettext(error.message, **error.values), is_error=True)
        address = url_for("billing_runs.show", public_id=public_id)
    return go(address)


def _page() -> str:
    return url_for("billing_runs.index")


def _words() -> dict[str, Any]:
    return {
        "run_words": {str(key): label for key, label in RUN_LABELS.items()}, "run_marks": MARKS,
        "may_write": may(Permission.INVOICES_WRITE), "locale_of": locale_name(),
    }  # fmt: skip


def _frame(form: BillingRunForm) -> tuple[Frame | None, DomainError | None]:
    month: date | None = form.month.data
    if month is None or form.issued_on.data is None:
        return None, None
    try:
        return commands.frame(db.session(), commands.days_of(db.session(), month), form.issued_on.data), None
    except DomainError as error:
        return None, error


def _preview_page(form: BillingRunForm, status: int = 200) -> ResponseReturnValue:
    frame, problem = _frame(form)
    after = place("after") or 0
    page = billing_preview.page(db.session(), frame, after=after) if frame else None
    added = billing_preview.Sums()
    if page and not after and page.after is None:
        for shown in page.rows:
            added.add(shown)
    is_whole = page is not None and not after and page.after is None
    return render_template(
        "invoicing/billing_run_new.html", form=form, page=page, problem=problem, after=after,
        sums=added if is_whole else None, days=frame.days if frame else None,
        ahead=AHEAD if frame and frame.issued_on > clock.today() else "", issued_on=form.issued_on.data,
        may_set_up=may(Permission.INVOICES_SET_UP), **_words(),
    ), status  # fmt: skip


def _run(public_id: str) -> dict[str, Any]:
    session = db.session()
    run = queries.run(session, public_id)
    job = commands.job_of(session, run)
    after = place("after") or 0
    found = queries.invoices(session, run, after=after)
    return {
        "run": run, "job": job, "has_failed": job is not None and job.state == JobState.FAILED,
        "minutes_left": minutes_left(job.started_at, job.done, job.total, now=clock.now()) if job else None,
        "sums": queries.sums(session, run), "problems": queries.problems(session, run), "after": after,
        "invoices": found[: queries.ROWS],
        "next_after": found[queries.ROWS - 1].number if len(found) > queries.ROWS else None,
        "has_worker": run.state == "done" or has_worker(session, now=clock.now()), **_words(),
    }  # fmt: skip
