"""The lists that the tenant sends to."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.mailings.commands import lists as commands
from infosoc.mailings.forms import ListForm
from infosoc.mailings.queries import mailings as queries
from infosoc.mailings.views.blueprints import mailing_lists as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.MAILINGS_READ)
def index() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "mailings/lists.html", lists=queries.lists(session), sent=queries.sent_to(session),
        may_write=may(Permission.MAILINGS_WRITE),
    )  # fmt: skip


@blueprint.get("/new")
@allow(Permission.MAILINGS_WRITE)
def new() -> ResponseReturnValue:
    return render_template("mailings/list_edit.html", form=ListForm(formdata=None), of_list=None)


@blueprint.post("")
@allow(Permission.MAILINGS_WRITE)
def create() -> ResponseReturnValue:
    form = ListForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                commands.add_list(session, form.facts(), by=current_user.id, now=clock.now())
            return _done(gettext("The list has been added."))
        except DomainError as error:
            form.refuse(error)
    return render_template("mailings/list_edit.html", form=form, of_list=None), 422


@blueprint.get("/<public_id>")
@allow(Permission.MAILINGS_WRITE)
def edit(public_id: str) -> ResponseReturnValue:
    found = commands.list_at(db.session(), public_id)
    return render_template("mailings/list_edit.html", form=ListForm(formdata=None, obj=found), of_list=found)


@blueprint.post("/<public_id>")
@allow(Permission.MAILINGS_WRITE)
def change(public_id: str) -> ResponseReturnValue:
    form = ListForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                commands.change_list(session, public_id, form.facts(), version=form.version.data, by=current_user.id)
            return _done(gettext("The list has been changed."))
        except commands.NameTaken as error:
            form.refuse(error)
    found = commands.list_at(db.session(), public_id)
    return render_template("mailings/list_edit.html", form=form, of_list=found), 422


@blueprint.post("/<public_id>/retire")
@allow(Permission.MAILINGS_WRITE)
def retire(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.retire_list(session, public_id, by=current_user.id, now=clock.now())
    return _done(gettext("The list has been retired."))


@blueprint.post("/<public_id>/reopen")
@allow(Permission.MAILINGS_WRITE)
def reopen(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.reopen_list(session, public_id, by=current_user.id)
    return _done(gettext("The list is in use again."))


def _done(text: str) -> ResponseReturnValue:
    tell(text)
    return go(url_for("mailing_lists.index"))
