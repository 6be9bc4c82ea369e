"""The accounts that customers pay to: the list with what invoices print, and one with its days."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.invoicing.commands import receiving as commands
from infosoc.invoicing.forms.receiving import AccountForm, UseForm
from infosoc.invoicing.queries import parties
from infosoc.invoicing.queries import receiving as queries
from infosoc.invoicing.rules.accounts import print_account
from infosoc.invoicing.views.blueprints import settings as blueprint
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("/accounts")
@allow(Permission.INVOICES_SET_UP)
def accounts() -> ResponseReturnValue:
    return _list()


@blueprint.post("/accounts")
@allow(Permission.INVOICES_SET_UP)
def add_account() -> ResponseReturnValue:
    form = AccountForm()
    if not form.validate_on_submit():
        return _list(form, status=422)
    try:
        with transaction() as session:
            commands.add(
                session, form.kind.data, form.number.data or "", form.use(), bic=form.bic.data or "",
                by=current_user.id, now=clock.now(),
            )  # fmt: skip
    except DomainError as error:
        form.refuse(error)
        return _list(form, status=422)
    return _done()


@blueprint.get("/accounts/<public_id>")
@allow(Permission.INVOICES_SET_UP)
def account(public_id: str) -> ResponseReturnValue:
    return _one(public_id)


@blueprint.post("/accounts/<public_id>")
@allow(Permission.INVOICES_SET_UP)
def change_account(public_id: str) -> ResponseReturnValue:
    form = UseForm()
    if not form.validate_on_submit():
        return _one(public_id, form, status=422)
    try:
        with transaction() as session:
            commands.change(session, public_id, form.use(), by=current_user.id)
    except DomainError as error:
        form.refuse(error)
        return _one(public_id, form, status=422)
    return _done()


@blueprint.post("/accounts/<public_id>/print")
@allow(Permission.INVOICES_SET_UP)
def print_on_invoices(public_id: str) -> ResponseReturnValue:
    try:
        with transaction() as session:
            commands.choose(session, public_id, on=clock.today(), by=current_user.id, now=clock.now())
    except DomainError as error:
        form = AccountForm(formdata=None)
        form.refuse(error)
        return _list(form, status=422)
    return _done()


def _done() -> ResponseReturnValue:
    tell(gettext("Saved."))
    return go(url_for("invoicing_settings.accounts"))


def _list(form: AccountForm | None = None, *, status: int = 200) -> ResponseReturnValue:
    return render_template(
        "invoicing/accounts.html", rows=queries.accounts(db.session()), form=form or AccountForm(formdata=None),
        number=print_account, today=clock.today(),
    ), status  # fmt: skip


def _one(public_id: str, form: UseForm | None = None, *, status: int = 200) -> ResponseReturnValue:
    session = db.session()
    found = queries.account_at(session, public_id)
    is_printed = queries.is_printed(parties.settings(session), found)
    return render_template(
        "invoicing/account.html", one=found, is_printed=is_printed, form=form or UseForm.showing(found),
        number=print_account,
    ), status  # fmt: skip
