"""Bank files: uploaded, looked at, and booked."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.jobs import commands as jobs
from infosoc.jobs.queries import has_worker
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.payments.commands import files as commands
from infosoc.payments.forms import FileForm
from infosoc.payments.queries import files as queries
from infosoc.payments.rules import FILE_STATE_LABELS, FILE_STATE_MARKS, FileState
from infosoc.payments.trial import trial
from infosoc.payments.views.blueprints import bank_files as blueprint
from infosoc.web.access import allow
from infosoc.web.forms import page_number
from infosoc.web.htmx import fragment, go, is_htmx, tell

JOB, TITLE = "payments.import", N_("Book the bank file %(name)s")


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    number = page_number()
    found, is_more = queries.files(db.session(), number)
    return render_template("payments/files.html", files=found, number=number, is_more=is_more, **_words())


@blueprint.get("/new")
@allow(Permission.PAYMENTS_WRITE)
def new() -> ResponseReturnValue:
    return render_template("payments/file_new.html", form=FileForm(formdata=None))


@blueprint.post("")
@allow(Permission.PAYMENTS_WRITE)
def create() -> ResponseReturnValue:
    """Read the file and check it; nothing is booked yet."""
    form = FileForm()
    if not form.validate_on_submit():
        return render_template("payments/file_new.html", form=form), 422
    stream = form.file.data.stream
    try:
        read = commands.survey(db.session(), stream)
        if read.report.is_test:
            raise commands.IsTest(1)
        with transaction() as session:
            kept = commands.take_in(
                session, stream, read, name=form.file.data.filename or "", by=current_user.id, now=clock.now()
            )
            address = url_for("bank_files.show", public_id=kept.public_id)
    except DomainError as error:
        error.field = "file"
        form.refuse(error)
        return render_template("payments/file_new.html", form=form), 422
    return go(address)


@blueprint.get("/<public_id>")
@allow(Permission.INVOICES_READ)
def show(public_id: str) -> ResponseReturnValue:
    """What the file would do while nothing is booked of it; then what became of it."""
    values = _values(public_id)
    if values["card"].file.state == FileState.READ:
        session = db.session()
        with commands.unpacked(session, values["card"].file.id) as stream:
            read = commands.survey(session, stream)
            values["trial"], values["refused"] = trial(session, stream, read), read.refused
    return render_template("payments/file.html", **values)


@blueprint.get("/<public_id>/progress")
@allow(Permission.INVOICES_READ)
def progress(public_id: str) -> ResponseReturnValue:
    """How far it is; at the end, the page that says what came of it."""
    values = _values(public_id)
    if (values["card"].file.state != FileState.POSTING and not values["is_queued"]) or not is_htmx():
        return go(url_for("bank_files.show", public_id=public_id))
    return fragment("payments/_file_progress.html", **values)


@blueprint.post("/<public_id>/book")
@allow(Permission.PAYMENTS_WRITE)
def book(public_id: str) -> ResponseReturnValue:
    page = url_for("bank_files.show", public_id=public_id)
    with transaction() as session:
        file = commands.file_at(session, public_id)
        jobs.enqueue(
            session, JOB, args={"file": public_id}, unique_key=queries.job_key(public_id), title=TITLE,
            title_values={"name": file.name}, link=page, by=current_user.id, now=clock.now(),
        )  # fmt: skip
    return go(page)


@blueprint.post("/<public_id>/discard")
@allow(Permission.PAYMENTS_WRITE)
def discard(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.discard(session, public_id)
    tell(gettext("The file has been discarded. Nothing was posted from it."))
    return go(url_for("bank_files.index"))


def _words() -> dict[str, Any]:
    return {
        "labels": FILE_STATE_LABELS, "marks": FILE_STATE_MARKS, "may_pay": may(Permission.PAYMENTS_WRITE),
        "may_see_jobs": may(Permission.JOBS_READ),
    }  # fmt: skip


def _values(public_id: str) -> dict[str, Any]:
    card = queries.card(db.session(), public_id)
    is_queued = card.file.state == FileState.READ and card.job is not None and card.job.state in ("queued", "running")
    return {
        "card": card, "is_queued": is_queued, "trial": None, "refused": card.file.report.get("refused", []),
        "has_worker": has_worker(db.session(), now=clock.now()), **_words(),
    }  # fmt: skip
