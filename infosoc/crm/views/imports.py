"""Importing a list, step by step: the file, its columns, a preview, and the import itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.audit.words import name_fields
from infosoc.crm import import_rules as rules
from infosoc.crm.commands import import_runs, imports
from infosoc.crm.forms.imports import (
    DELIMITER_LABELS,
    ENCODING_LABELS,
    ColumnsForm,
    CommitForm,
    ReadingForm,
    UploadForm,
)
from infosoc.crm.import_rules import State
from infosoc.crm.imports import files, reading
from infosoc.crm.imports.errors import UnreadableFile
from infosoc.crm.imports.fields import FIELDS
from infosoc.crm.imports.planning import Policy
from infosoc.crm.models.imports import ImportBatch
from infosoc.crm.queries import imports as queries
from infosoc.crm.views.import_values import values_of
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.identity import mask_personal_numbers
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.access import allow
from infosoc.web.forms import page_number
from infosoc.web.htmx import go

blueprint = Blueprint("imports", __name__, url_prefix="/<tenant>/imports")
MOST_SAMPLES, LONGEST_SAMPLE = 4, 60
name_fields(
    {
        "imported_from": N_("Imported from (file, row)"), "file": N_("File"), "rows": N_("Rows"), "list": N_("List"),
        "rows kept": N_("Rows kept as they are"), "columns": N_("Columns"), "format": N_("Kind of file"),
    }
)  # fmt: skip
GROUPS = {"company": N_("Company"), "contact": N_("Contact person"), "log": N_("Last contact")}


def folder() -> Path:
    """Where uploaded files lie until they are settled."""
    return current_app.extensions["settings"].data_dir / "imports"


@blueprint.get("")
@allow(Permission.CRM_IMPORT)
def index() -> ResponseReturnValue:
    number = page_number()
    found, is_more = queries.batches(db.session(), number)
    return render_template(
        "crm/imports/list.html", batches=found, number=number, is_more=is_more, labels=rules.STATE_LABELS,
        marks=rules.MARKS, drafts=rules.DRAFTS, keep_days=rules.KEEP_DRAFTS.days,
    )  # fmt: skip


@blueprint.get("/new")
@allow(Permission.CRM_IMPORT)
def new() -> ResponseReturnValue:
    return render_template("crm/imports/new.html", form=UploadForm(formdata=None))


@blueprint.post("")
@allow(Permission.CRM_IMPORT)
def create() -> ResponseReturnValue:
    form = UploadForm()
    if not form.validate_on_submit():
        return render_template("crm/imports/new.html", form=form), 422
    name, digest = files.keep(folder(), form.file.data.stream)
    try:
        how = reading.detect(folder() / name)
        with transaction() as session:
            batch = imports.receive(
                session, how, shown_name=form.file.data.filename or "", file_name=name, sha256=digest,
                by=current_user.id, now=clock.now(),
            )  # fmt: skip
            address = url_for("imports.columns", public_id=batch.public_id)
    except BaseException as error:
        files.remove(folder(), name)
        if not isinstance(error, UnreadableFile):
            raise
        form.refuse(error)
        return render_template("crm/imports/new.html", form=form), 422
    return go(address)


@blueprint.get("/<public_id>/columns")
@allow(Permission.CRM_IMPORT)
def columns(public_id: str) -> ResponseReturnValue:
    batch = queries.batch(db.session(), public_id)
    if batch.state not in rules.DRAFTS:
        return go(url_for("imports.show", public_id=public_id))
    return _columns_page(batch, ColumnsForm(formdata=None, policy=batch.policy))


@blueprint.post("/<public_id>/reading")
@allow(Permission.CRM_IMPORT)
def read_again(public_id: str) -> ResponseReturnValue:
    batch = queries.batch(db.session(), public_id)
    form = ReadingForm(import_runs.how_of(batch))
    if not form.validate_on_submit():
        return _columns_page(batch, ColumnsForm(formdata=None, policy=batch.policy), form, 422)
    try:
        how = reading.detect(import_runs.file_of(folder(), batch), **form.chosen())
    except UnreadableFile as error:
        form.refuse(error)
        return _columns_page(batch, ColumnsForm(formdata=None, policy=batch.policy), form, 422)
    with transaction() as session:
        imports.read_again(session, public_id, how)
    return go(url_for("imports.columns", public_id=public_id))


@blueprint.post("/<public_id>/columns")
@allow(Permission.CRM_IMPORT)
def choose_columns(public_id: str) -> ResponseReturnValue:
    batch = queries.batch(db.session(), public_id)
    form = ColumnsForm()
    mapping = form.mapping(import_runs.how_of(batch).columns)
    if not form.validate_on_submit():
        return _columns_page(batch, form, status=422, mapping=mapping)
    file = import_runs.file_of(folder(), batch)
    is_soon = rules.is_soon(batch.reading["kind"], file.stat().st_size)
    page = url_for("imports.preview", public_id=public_id)
    try:
        with transaction() as session:
            batch = imports.choose_columns(session, public_id, mapping, Policy(form.policy.data), now=clock.now())
            if not is_soon:
                imports.ask_for_preview(session, batch, link=page, by=current_user.id, now=clock.now())
        if is_soon:
            _preview_now(public_id)
    except DomainError as error:
        form.refuse(error)
        return _columns_page(queries.batch(db.session(), public_id), form, status=422, mapping=mapping)
    return go(page)


def _preview_now(public_id: str) -> None:
    try:
        imports.make_preview(folder(), public_id)
    except DomainError as error:
        imports.note_problem(public_id, error)
        raise


@blueprint.get("/<public_id>/preview")
@allow(Permission.CRM_IMPORT)
def preview(public_id: str) -> ResponseReturnValue:
    batch = queries.batch(db.session(), public_id)
    if batch.state not in {State.PREVIEWING, State.PREVIEWED}:
        return go(url_for("imports.show", public_id=public_id))
    form = CommitForm(formdata=None, source=batch.source)
    return render_template("crm/imports/preview.html", form=form, **values_of(batch))


@blueprint.post("/<public_id>/commit")
@allow(Permission.CRM_IMPORT)
def commit(public_id: str) -> ResponseReturnValue:
    form = CommitForm()
    page = url_for("imports.show", public_id=public_id)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                imports.ask_for_commit(
                    session, public_id, form.source.data, good_only=form.good_only.data, link=page,
                    by=current_user.id, now=clock.now(),
                )  # fmt: skip
            return go(page)
        except (rules.HasRefusedRows, rules.SourceMissing) as error:
            form.refuse(error)
    batch = queries.batch(db.session(), public_id)
    return render_template("crm/imports/preview.html", form=form, **values_of(batch)), 422


@blueprint.post("/<public_id>/discard")
@allow(Permission.CRM_IMPORT)
def discard(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        imports.discard(session, public_id, folder())
    return go(url_for("imports.index"))


# ---- what the pages show ---------------------------------------------------------------------------------------------


def _columns_page(
    batch: ImportBatch,
    form: ColumnsForm,
    reading_form: ReadingForm | None = None,
    status: int = 200,
    mapping: tuple[str, ...] | None = None,
) -> ResponseReturnValue:
    kept = import_runs.how_of(batch)
    how = reading.detect(
        import_runs.file_of(folder(), batch), sheet=kept.sheet or None, encoding=kept.encoding or None,
        delimiter=kept.delimiter or None, heading_row=kept.heading_row,
    )  # fmt: skip
    fields = mapping or import_runs.mapping_of(batch)
    page = render_template(
        "crm/imports/columns.html", batch=batch, form=form, how=how,
        reading_form=reading_form or ReadingForm(how, formdata=None),
        columns=_columns(how, fields), options=_options(), found=_found(how), problem=_problem(batch),
    )  # fmt: skip
    return page, status


def _columns(how: reading.Reading, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    sample = [cells for _, cells in how.telling_sample(12)]
    made = []
    for at in range(how.columns):
        values = dict.fromkeys(cells[at].strip() for cells in sample if at < len(cells) and cells[at].strip())
        shown = [mask_personal_numbers(value)[:LONGEST_SAMPLE] for value in list(values)[:MOST_SAMPLES]]
        heading = how.headings[at] if at < len(how.headings) else ""
        made.append({"number": at + 1, "heading": mask_personal_numbers(heading)[:LONGEST_SAMPLE], "values": shown,
                     "field": fields[at] if at < len(fields) else "ignore"})  # fmt: skip
    return made


def _options() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (gettext(label), [(field.key, gettext(field.label)) for field in FIELDS if field.group == group])
        for group, label in GROUPS.items()
    ]


def _found(how: reading.Reading) -> list[str]:
    """How the file was read, in a few words."""
    headings = (
        gettext("headings in row %(row)s", row=how.heading_row) if how.heading_row else gettext("no row with headings")
    )
    if how.kind == "xlsx":
        return [gettext("Excel workbook"), gettext("sheet %(name)s", name=how.sheet), headings]
    sign = gettext(DELIMITER_LABELS[how.delimiter]) if how.delimiter in DELIMITER_LABELS else how.delimiter
    return [ENCODING_LABELS.get(how.encoding, how.encoding), sign, headings]


def _problem(batch: ImportBatch) -> str:
    if not batch.problem.startswith("{"):
        return ""
    message, values = json.loads(batch.problem).values()
    return gettext(message, **values)
