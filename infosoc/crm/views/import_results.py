"""What became of an import: progress, its rows, the refused ones as a file, and taking it back."""

from __future__ import annotations

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm import import_rules as rules
from infosoc.crm.commands import import_revert
from infosoc.crm.forms.imports import RevertForm
from infosoc.crm.import_rules import State
from infosoc.crm.queries import imports as queries
from infosoc.crm.views.import_values import in_words, values_of
from infosoc.crm.views.imports import blueprint
from infosoc.db.session import db, transaction
from infosoc.documents import tables
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, is_htmx


@blueprint.get("/<public_id>")
@allow(Permission.CRM_IMPORT)
def show(public_id: str) -> ResponseReturnValue:
    batch = queries.batch(db.session(), public_id)
    if batch.state == State.UPLOADED:
        return go(url_for("imports.columns", public_id=public_id))
    if batch.state in {State.PREVIEWING, State.PREVIEWED}:
        return go(url_for("imports.preview", public_id=public_id))
    return render_template("crm/imports/show.html", **values_of(batch))


@blueprint.get("/<public_id>/progress")
@allow(Permission.CRM_IMPORT)
def progress(public_id: str) -> ResponseReturnValue:
    """How far it is; when it has come to an end, the page that shows what came of it."""
    batch = queries.batch(db.session(), public_id)
    if batch.state not in rules.MOVING or not is_htmx():
        return go(url_for("imports.show", public_id=public_id))
    return fragment("crm/imports/_progress.html", **values_of(batch))


@blueprint.get("/<public_id>/rows")
@allow(Permission.CRM_IMPORT)
def rows(public_id: str) -> ResponseReturnValue:
    """A page of the rows alone; the whole page when opened by hand."""
    batch = queries.batch(db.session(), public_id)
    if not is_htmx():
        return go(url_for("imports.show", public_id=public_id, **request.args))
    return fragment("crm/imports/_rows.html", **values_of(batch))


@blueprint.get("/<public_id>/refused")
@allow(Permission.CRM_IMPORT)
def refused(public_id: str) -> ResponseReturnValue:
    """The refused rows as a file, with the reason beside each: to be corrected and imported again."""
    batch = queries.batch(db.session(), public_id)
    kind = "xlsx" if request.args.get("format") == "xlsx" else "csv"
    headings = list(batch.reading.get("headings") or [])
    width = max(batch.reading.get("columns") or 0, len(headings))
    headings += [gettext("Column %(number)s", number=at + 1) for at in range(len(headings), width)]
    lines = (
        [*_padded(row.cells, width), " ".join(in_words(reason) for reason in row.reasons)]
        for row in queries.refused(db.session(), batch)
    )
    file = tables.write(kind, [*headings, gettext("Reason")], lines)
    name = f"{batch.shown_name.rpartition('.')[0] or batch.shown_name}-{gettext('refused')}.{kind}"
    return send_file(file, as_attachment=True, download_name=name, mimetype=tables.MIMETYPES[kind])


@blueprint.get("/<public_id>/revert")
@allow(Permission.CRM_IMPORT)
def ask_revert(public_id: str) -> ResponseReturnValue:
    batch = queries.batch(db.session(), public_id)
    return render_template("crm/imports/revert.html", form=RevertForm(formdata=None), **values_of(batch))


@blueprint.post("/<public_id>/revert")
@allow(Permission.CRM_IMPORT)
def revert(public_id: str) -> ResponseReturnValue:
    page = url_for("imports.show", public_id=public_id)
    with transaction() as session:
        import_revert.ask(session, public_id, link=page, by=current_user.id, now=clock.now())
    return go(page)


def _padded(cells: list[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]
