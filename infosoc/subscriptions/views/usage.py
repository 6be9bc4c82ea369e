"""Reported usage: by hand and from a file."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.commands import usage as commands
from infosoc.subscriptions.forms.more import UsageFileForm, UsageForm
from infosoc.subscriptions.queries import agreements
from infosoc.subscriptions.queries import usage as queries
from infosoc.subscriptions.views.blueprints import usage as blueprint
from infosoc.web.access import allow
from infosoc.web.filters import locale_name
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def index() -> ResponseReturnValue:
    return _page(UsageForm(formdata=None), UsageFileForm(formdata=None))


@blueprint.post("")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def report() -> ResponseReturnValue:
    form = UsageForm()
    form.offer(agreements.catalogue(db.session()), locale_name())
    if not form.validate_on_submit():
        return _page(form, UsageFileForm(formdata=None), 422)
    try:
        with transaction() as session:
            source = gettext("By hand")
            made = commands.report(session, [form.usage()], source=source, by=current_user.id, now=clock.now())
    except Invalid as error:
        form.refuse(error)
        return _page(form, UsageFileForm(formdata=None), 422)
    return _done(made)


@blueprint.post("/file")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def report_file() -> ResponseReturnValue:
    form = UsageFileForm()
    if not form.validate_on_submit():
        return _page(UsageForm(formdata=None), form, 422)
    try:
        rows, source = commands.read_file(form.file.data.read()), form.file.data.filename or ""
        with transaction() as session:
            made = commands.report(session, rows, source=source, by=current_user.id, now=clock.now(), is_file=True)
    except Invalid as error:
        if isinstance(error, commands.RowWrong):
            error.values["problem"] = gettext(error.cause.message, **error.cause.values)
        form.refuse(error)
        return _page(UsageForm(formdata=None), form, 422)
    return _done(made)


def _page(form: UsageForm, file_form: UsageFileForm, status: int = 200) -> ResponseReturnValue:
    session = db.session()
    form.offer(agreements.catalogue(session), locale_name())
    return render_template(
        "subscriptions/usage.html", form=form, file_form=file_form, rows=queries.newest(session),
        locale_of=locale_name(), may_write=may(Permission.SUBSCRIPTIONS_WRITE),
        may_set_up=may(Permission.SUBSCRIPTIONS_SET_UP),
    ), status  # fmt: skip


def _done(made: commands.Written) -> ResponseReturnValue:
    count = made.new + made.replaced
    text = ngettext("%(num)d entry saved.", "%(num)d entries saved.", count)
    tell(text if count else gettext("Everything was already there."))
    return go(url_for("usage.index"))
