"""Handing claims over to a collection company, and the files of that."""

from __future__ import annotations

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.reminders.commands import collection as commands
from infosoc.reminders.forms.late import HandOverForm
from infosoc.reminders.queries import runs
from infosoc.reminders.views import reminders as pages
from infosoc.reminders.views.blueprints import collection as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    return render_template("reminders/collection.html", batches=runs.batches(db.session()))


@blueprint.post("")
@allow(Permission.REMINDERS_WRITE)
def create() -> ResponseReturnValue:
    form = HandOverForm()
    form.fill()
    if not form.validate_on_submit():
        return pages.page(form, form, status=422)
    try:
        with transaction() as session:
            only = None if request.form.get("every") else set(request.form.getlist("ids"))
            commands.hand_over(
                session, form.partner.data, on=form.on.data, only=only, by=current_user.id, now=clock.now()
            )
    except DomainError as error:
        form.refuse(error)
        return pages.page(form, form, status=422)
    tell(gettext("The claims have been handed over. Download the file and send it to the collection company."))
    return go(url_for("collection.index"))


@blueprint.get("/<public_id>/csv")
@allow(Permission.REMINDERS_WRITE)
def file(public_id: str) -> ResponseReturnValue:
    """The file as it was made."""
    batch = runs.batch(db.session(), public_id)
    # With a mark in front, spreadsheets read it as UTF-8.
    response = Response(b"\xef\xbb\xbf" + batch.content.encode(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="inkasso-{batch.handed_over_on}.csv"'
    return response
