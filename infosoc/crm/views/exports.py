"""Taking a list out as a file: any list as its filters say, or the rows marked in it. Every export is logged."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.commands import exports as commands
from infosoc.crm.exports import columns
from infosoc.crm.forms.exports import ExportForm
from infosoc.crm.queries import exports as queries
from infosoc.crm.queries import lists_walk
from infosoc.crm.queries.lists_choices import choices
from infosoc.crm.views import list_pages
from infosoc.crm.views.log_list import filter_of
from infosoc.db.session import db, transaction
from infosoc.documents import tables
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow

blueprint = Blueprint("exports", __name__, url_prefix="/<tenant>/exports")


@blueprint.get("/<list_name>")
@allow(Permission.CRM_EXPORT)
def new(list_name: str) -> ResponseReturnValue:
    form = ExportForm(list_name, formdata=None, data=request.args.to_dict())
    return _page(list_name, form)


@blueprint.post("/<list_name>")
@allow(Permission.CRM_EXPORT)
def create(list_name: str) -> ResponseReturnValue:
    form = ExportForm(list_name)
    if not form.validate_on_submit():
        return _page(list_name, form), 422
    try:
        chosen = columns.chosen(list_name, form.columns.data or [])
    except columns.NoColumns as error:
        form.refuse(error)
        return _page(list_name, form), 422
    rows = _Counted(_rows(list_name, form, [column.name for column in chosen]))
    file = tables.write(form.kind.data, [gettext(column.label) for column in chosen], rows)
    return _sent(list_name, form, file, [column.name for column in chosen], rows.number)


def _sent(list_name: str, form: ExportForm, file, names: list[str], rows: int) -> Response:
    """Log it first; only then does the file leave."""
    now = clock.now()
    said = commands.MARKED if form.only() is not None else form.query.data or ""
    with transaction() as session:
        export = commands.note(session, list_name, said, names, rows, form.kind.data, by=current_user.id, now=now)
        name = f"{list_name}-{clock.local(now):%Y-%m-%d}-{export.public_id}.{form.kind.data}"
    return send_file(file, as_attachment=True, download_name=name, mimetype=tables.MIMETYPES[form.kind.data])


def _rows(list_name: str, form: ExportForm, names: list[str]) -> Iterator[list[str]]:
    session, reader, text = db.session(), list_pages.reader(), form.query.data or ""
    if list_name == "log":
        return queries.entries(session, filter_of(parse_qs(text)), reader, names, gettext)
    query = list_pages.stored(list_name, text)
    taken = queries.Taken(lists_walk.walk(session, query, most=lists_walk.EVERY), form.only())
    if list_name == "contacts":
        return queries.contacts(session, taken, names, gettext)
    return queries.companies(session, taken, choices(session, list_name, reader), names, gettext)


class _Counted:
    """Rows that are counted while they are written."""

    def __init__(self, rows: Iterator[list[str]]) -> None:
        self._rows, self.number = rows, 0

    def __iter__(self) -> Iterator[list[str]]:
        for row in self._rows:
            self.number += 1
            yield row


def _page(list_name: str, form: ExportForm) -> str:
    return render_template(
        "crm/exports/new.html", form=form, list_name=list_name, title=gettext(columns.TITLES[list_name]),
        marked=len(form.only() or ()), is_filtered=bool(form.query.data),
        list_endpoint="contact_log.index" if list_name == "log" else f"{list_name}.index",
    )  # fmt: skip
