"""The register of processing and the balancing tests: pages, editions and an export."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, g, jsonify, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.queries import names_of
from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Stale
from infosoc.kernel.permission import Permission
from infosoc.privacy import rules
from infosoc.privacy.commands import processing as commands
from infosoc.privacy.forms import FACT, LineForm, WeighingForm
from infosoc.privacy.processing import FACT_LABELS
from infosoc.privacy.queries import processing as queries
from infosoc.privacy.queries.processing import Shown
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell
from infosoc.web.words import gettext as words

blueprint = Blueprint("privacy_processing", __name__, url_prefix="/<tenant>/privacy/processing")
ROLES = rules.PROCESSING_ROLE_LABELS


@blueprint.get("")
@allow(Permission.PRIVACY_READ)
def index() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "privacy/processing.html", lines=queries.lines(session), roles=ROLES,
        tests=queries.balancing_tests(session, today=clock.today()), may_write=may(Permission.PRIVACY_WRITE),
    )  # fmt: skip


@blueprint.get("/export.<any(json, xlsx):kind>")
@allow(Permission.PRIVACY_READ)
def export(kind: str) -> ResponseReturnValue:
    """The whole register as a file, with the day and the editions."""
    lines, day = queries.lines(db.session()), clock.today().isoformat()
    if kind == "json":
        response = jsonify(company=g.tenant.name, made_on=day, lines=[_as_json(one) for one in lines])
        response.headers["Content-Disposition"] = f'attachment; filename="processing-{day}.json"'
        return response
    return _workbook(lines, day)


@blueprint.get("/lines/new")
@allow(Permission.PRIVACY_WRITE)
def new() -> ResponseReturnValue:
    form = LineForm(formdata=None)
    return render_template("privacy/processing_line.html", form=form, line=None, editions=[], names={})


@blueprint.post("/lines/new")
@allow(Permission.PRIVACY_WRITE)
def create() -> ResponseReturnValue:
    form = LineForm()
    if not form.validate_on_submit():
        return render_template("privacy/processing_line.html", form=form, line=None, editions=[], names={}), 422
    with transaction() as session:
        commands.add_line(session, form.line(), by=current_user.id, now=clock.now())
    return go(url_for("privacy_processing.index"))


@blueprint.get("/lines/<key>")
@allow(Permission.PRIVACY_READ)
def show(key: str) -> ResponseReturnValue:
    """One line with its earlier editions, and the form that makes the next."""
    line = queries.line(db.session(), key)
    return _show(line, _filled(line))


@blueprint.post("/lines/<key>")
@allow(Permission.PRIVACY_WRITE)
def save(key: str) -> ResponseReturnValue:
    form, line = LineForm(), queries.line(db.session(), key)
    if not form.validate_on_submit():
        return _show(line, form, 422)
    try:
        with transaction() as session:
            commands.change_line(
                session, key, form.line(), seen=form.version.data or 0, by=current_user.id, now=clock.now()
            )
    except Stale as error:
        form.refuse(error)
        form.version.data = queries.line(db.session(), key).edition
        return _show(line, form, 409)
    tell(gettext("Saved."))
    return go(url_for("privacy_processing.show", key=key))


@blueprint.get("/tests/new")
@allow(Permission.PRIVACY_WRITE)
def new_test() -> ResponseReturnValue:
    return render_template("privacy/balancing_test.html", form=WeighingForm(formdata=None), test=None)


@blueprint.post("/tests/new")
@allow(Permission.PRIVACY_WRITE)
def create_test() -> ResponseReturnValue:
    return _save_test("")


@blueprint.get("/tests/<public_id>")
@allow(Permission.PRIVACY_READ)
def show_test(public_id: str) -> ResponseReturnValue:
    """A test as it was written; weighing again makes a new one."""
    test = queries.balancing_test(db.session(), public_id)
    form = WeighingForm(
        formdata=None, purpose=test.purpose, interest=test.interest, necessity=test.necessity, balance=test.balance
    )
    return render_template("privacy/balancing_test.html", form=form, test=test)


@blueprint.post("/tests/<public_id>")
@allow(Permission.PRIVACY_WRITE)
def weigh_again(public_id: str) -> ResponseReturnValue:
    return _save_test(public_id)


def _save_test(replaces: str) -> ResponseReturnValue:
    form = WeighingForm()
    if not form.validate_on_submit():
        test = queries.balancing_test(db.session(), replaces) if replaces else None
        return render_template("privacy/balancing_test.html", form=form, test=test), 422
    with transaction() as session:
        commands.write_test(session, form.test(), by=current_user.id, now=clock.now(), replaces=replaces)
    tell(gettext("Saved."))
    return go(url_for("privacy_processing.index"))


def _filled(line: Shown) -> LineForm:
    """The form with the line's texts as they are read: a default in the reader's language."""
    facts = {FACT + key: words(line.facts[key]) for key in FACT_LABELS if line.facts.get(key)}
    return LineForm(
        formdata=None, role=line.role, name=words(line.name), is_public=line.is_public, version=line.edition, **facts
    )


def _show(line: Shown, form: LineForm, status: int = 200) -> ResponseReturnValue:
    session = db.session()
    editions = queries.editions(session, line.key)
    names: dict[int, str] = names_of(session, {one.made_by for one in editions if one.made_by})
    return render_template(
        "privacy/processing_line.html", form=form, line=line, editions=editions, names=names, roles=ROLES
    ), status


def _as_json(line: Shown) -> dict[str, Any]:
    return {
        "name": words(line.name), "role": line.role, "edition": line.edition,
        "changed_at": line.made_at.isoformat() if line.made_at else None, "public": line.is_public,
        "facts": {words(label): words(text) for label, text in line.told},
    }  # fmt: skip


def _workbook(lines: list[Shown], day: str) -> Response:
    import xlsxwriter  # only who exports pays for it

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold, wrap = book.add_worksheet(), book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    heads = [gettext("Name"), gettext("Our role"), gettext("Edition"), *(words(one) for one in FACT_LABELS.values())]
    sheet.write_row(0, 0, heads, bold)
    sheet.set_column(0, len(heads) - 1, 30, wrap)
    for place, one in enumerate(lines, 1):
        texts = [words(one.facts[key]) if one.facts.get(key) else "" for key in FACT_LABELS]
        sheet.write_row(place, 0, [words(one.name), words(ROLES[rules.ProcessingRole(one.role)]), one.edition, *texts])
    book.close()
    file.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return send_file(file, mimetype=kind, as_attachment=True, download_name=f"processing-{day}.xlsx")
