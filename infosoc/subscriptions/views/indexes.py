"""The values of indexes that agreements follow."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.commands import prices as commands
from infosoc.subscriptions.forms.catalogue import IndexForm
from infosoc.subscriptions.queries import catalogue as queries
from infosoc.subscriptions.views.blueprints import indexes as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def index() -> ResponseReturnValue:
    return _page(IndexForm(formdata=None))


@blueprint.post("")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def set_value() -> ResponseReturnValue:
    form = IndexForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        with transaction() as session:
            commands.set_index_value(
                session, form.series.data or "", form.first_day(), form.value.data or 0, form.source.data or "",
                by=current_user.id, now=clock.now(),
            )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _page(form, 422)
    tell(gettext("The value has been saved."))
    return go(url_for("indexes.index"))


def _page(form: IndexForm, status: int = 200) -> ResponseReturnValue:
    values = queries.index_values(db.session())
    may_write = may(Permission.SUBSCRIPTIONS_WRITE)
    return render_template("subscriptions/indexes.html", form=form, values=values, may_write=may_write), status
