"""The register's settings: lines of business, tags, the tenant's own fields, and when My day suggests a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from infosoc.accounts.request import may
from infosoc.crm.commands import fields as commands
from infosoc.crm.commands import tags as tag_commands
from infosoc.crm.forms.fields import FieldForm, LineForm, MergeTagForm, QuietDaysForm, TagForm
from infosoc.crm.models.companies import CustomField, LineOfBusiness, Tag
from infosoc.crm.queries import settings as queries
from infosoc.crm.rules import FieldKind
from infosoc.crm.views.activity import quiet_days_of
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.forms import BaseForm
from infosoc.web.htmx import go, tell

blueprint = Blueprint("register_settings", __name__, url_prefix="/<tenant>/settings/register")
LISTS = {"lines": LineOfBusiness, "fields": CustomField}


@blueprint.get("")
@allow(Permission.SETTINGS_READ)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("/lines")
@allow(Permission.SETTINGS_WRITE)
def add_line() -> ResponseReturnValue:
    form = LineForm()
    return _do(
        form, lambda session: commands.add_line(session, form.name.data, form.sni_code.data, by=current_user.id),
        lambda: _page(line_form=form),
    )  # fmt: skip


@blueprint.get("/lines/<public_id>")
@allow(Permission.SETTINGS_WRITE)
def edit_line(public_id: str) -> ResponseReturnValue:
    line = _row(LineOfBusiness, public_id)
    return _edit(LineForm(obj=line), line.name, url_for(".change_line", public_id=public_id))


@blueprint.post("/lines/<public_id>")
@allow(Permission.SETTINGS_WRITE)
def change_line(public_id: str) -> ResponseReturnValue:
    form, line = LineForm(), _row(LineOfBusiness, public_id)
    name = line.name
    return _do(
        form,
        lambda session: commands.change_line(
            session, public_id, form.name.data, form.sni_code.data, by=current_user.id
        ),
        lambda: _edit(form, name, url_for(".change_line", public_id=public_id)),
    )


@blueprint.post("/<any(lines, fields):which>/<public_id>/<any(up, down):way>")
@allow(Permission.SETTINGS_WRITE)
def move(which: str, public_id: str, way: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.move(session, LISTS[which], public_id, -1 if way == "up" else 1)
    return go(url_for(".show") + f"#{which}")


@blueprint.post("/<any(lines, fields):which>/<public_id>/retire")
@allow(Permission.SETTINGS_WRITE)
def retire(which: str, public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.retire(session, LISTS[which], public_id, by=current_user.id, now=clock.now())
    return go(url_for(".show") + f"#{which}")


@blueprint.get("/tags/<public_id>")
@allow(Permission.SETTINGS_WRITE)
def edit_tag(public_id: str) -> ResponseReturnValue:
    return _edit_tag(public_id, TagForm(obj=_row(Tag, public_id)), MergeTagForm())


@blueprint.post("/tags/<public_id>")
@allow(Permission.SETTINGS_WRITE)
def rename_tag(public_id: str) -> ResponseReturnValue:
    form = TagForm()
    return _do(
        form, lambda session: tag_commands.rename(session, public_id, form.name.data, by=current_user.id),
        lambda: _edit_tag(public_id, form, MergeTagForm(formdata=None), 422),
    )  # fmt: skip


@blueprint.post("/tags/<public_id>/merge")
@allow(Permission.SETTINGS_WRITE)
def merge_tag(public_id: str) -> ResponseReturnValue:
    form = MergeTagForm()
    form.offer(_other_tags(public_id))
    return _do(
        form, lambda session: tag_commands.merge(session, public_id, form.into.data, by=current_user.id),
        lambda: _edit_tag(public_id, TagForm(formdata=None, obj=_row(Tag, public_id)), form, 422),
    )  # fmt: skip


@blueprint.post("/tags/<public_id>/remove")
@allow(Permission.SETTINGS_WRITE)
def remove_tag(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        tag_commands.remove(session, public_id, by=current_user.id)
    tell(gettext("The tag is removed."))
    return go(url_for(".show") + "#tags")


@blueprint.post("/fields")
@allow(Permission.SETTINGS_WRITE)
def add_field() -> ResponseReturnValue:
    form = FieldForm()
    form.offer()

    def deed(session: Session) -> Any:
        choices = commands.choices_in(form.choices.data or "")
        return commands.add_field(session, form.label.data, FieldKind(form.kind.data), choices, by=current_user.id)

    return _do(form, deed, lambda: _page(field_form=form))


@blueprint.get("/fields/<public_id>")
@allow(Permission.SETTINGS_WRITE)
def edit_field(public_id: str) -> ResponseReturnValue:
    return _edit_field(public_id, None)


@blueprint.post("/fields/<public_id>")
@allow(Permission.SETTINGS_WRITE)
def change_field(public_id: str) -> ResponseReturnValue:
    form, field = FieldForm(), _row(CustomField, public_id)
    form.offer()
    form.kind.data = field.kind

    def deed(session: Session) -> Any:
        choices = commands.choices_in(form.choices.data or "")
        return commands.change_field(session, public_id, form.label.data, choices, by=current_user.id)

    return _do(form, deed, lambda: _edit_field(public_id, form, 422))


@blueprint.post("/my-day")
@allow(Permission.SETTINGS_WRITE)
def set_quiet_days() -> ResponseReturnValue:
    """How long a customer may go without a word before a call is suggested; holds from the next page."""
    form = QuietDaysForm()
    return _do(
        form,
        lambda session: commands.set_quiet_days(session, g.tenant.id, form.days.data or 0, by=current_user.id),
        lambda: _page(quiet_form=form),
    )


def _do(form: BaseForm, deed: Callable[[Session], Any], again: Callable[[], Any]) -> ResponseReturnValue:
    """Check the form and do the deed; what is wrong is shown where it was written."""
    if not form.validate_on_submit():
        return _status(again())
    try:
        with transaction() as session:
            deed(session)
    except Invalid as error:
        form.refuse(error)
        return _status(again())
    tell(gettext("Saved."))
    return go(url_for(".show"))


def _status(answer: Any) -> ResponseReturnValue:
    return answer if isinstance(answer, tuple) else (answer, 422)


def _page(
    line_form: LineForm | None = None, field_form: FieldForm | None = None, quiet_form: QuietDaysForm | None = None
) -> ResponseReturnValue:
    session = db.session()
    line_form, field_form = line_form or LineForm(formdata=None), field_form or FieldForm(formdata=None)
    field_form.offer()
    return render_template(
        "crm/register_settings.html", lines=queries.lines(session), tags=queries.tags(session),
        fields=queries.fields(session), line_form=line_form, field_form=field_form,
        quiet_form=quiet_form or QuietDaysForm(formdata=None, days=quiet_days_of(g.tenant)),
        may_write=may(Permission.SETTINGS_WRITE),
    )  # fmt: skip


def _edit(form: BaseForm, name: str, action: str) -> ResponseReturnValue:
    return render_template("crm/register_settings_edit.html", form=form, name=name, action=action)


def _edit_tag(public_id: str, form: TagForm, merge: MergeTagForm, status: int = 200) -> ResponseReturnValue:
    merge.offer(_other_tags(public_id))
    rows = {tag.public_id: (tag, used) for tag, used in queries.tags(db.session())}
    if public_id not in rows:
        abort(404)
    tag, used = rows[public_id]
    return render_template("crm/register_settings_tag.html", form=form, merge=merge, tag=tag, used=used), status


def _edit_field(public_id: str, form: FieldForm | None, status: int = 200) -> ResponseReturnValue:
    field = _row(CustomField, public_id)
    if form is None:
        form = FieldForm(formdata=None, label=field.label, kind=field.kind, choices="\n".join(field.choices))
        form.offer()
    return render_template("crm/register_settings_field.html", form=form, field=field), status


def _other_tags(public_id: str) -> list[tuple[str, str]]:
    return [(tag.public_id, tag.name) for tag, _used in queries.tags(db.session()) if tag.public_id != public_id]


def _row(model: Any, public_id: str) -> Any:
    return queries.one(db.session(), model, public_id) or abort(404)
