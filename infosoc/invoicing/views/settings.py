"""The settings of invoicing: who sells, how it is paid, and how it is booked."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.invoicing.commands import settings as commands
from infosoc.invoicing.forms.settings import LogoForm, SettingsForm
from infosoc.invoicing.queries import parties
from infosoc.invoicing.views.blueprints import settings as blueprint
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, Stale
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.INVOICES_SET_UP)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("")
@allow(Permission.INVOICES_SET_UP)
def save() -> ResponseReturnValue:
    form = SettingsForm()
    if not form.validate_on_submit():
        return _page(form, status=422)
    try:
        with transaction() as session:
            commands.save(
                session, form.facts(), version=form.version.data, first_number=form.first_number.data,
                by=current_user.id, now=clock.now(),
            )  # fmt: skip
    except DomainError as error:
        form.refuse(error)
        return _page(form, status=409 if isinstance(error, Stale) else 422)
    return _done()


@blueprint.post("/logo")
@allow(Permission.INVOICES_SET_UP)
def save_logo() -> ResponseReturnValue:
    form = LogoForm()
    if not form.validate_on_submit():
        return _page(logo_form=form, status=422)
    try:
        with transaction() as session:
            commands.set_logo(session, form.content(commands.LARGEST_LOGO), by=current_user.id)
    except DomainError as error:
        form.refuse(error)
        return _page(logo_form=form, status=422)
    return _done()


@blueprint.post("/logo/remove")
@allow(Permission.INVOICES_SET_UP)
def remove_logo() -> ResponseReturnValue:
    with transaction() as session:
        commands.remove_logo(session, by=current_user.id)
    return _done()


def _done() -> ResponseReturnValue:
    tell(gettext("Saved."))
    return go(url_for("invoicing_settings.show"))


def _page(
    form: SettingsForm | None = None, logo_form: LogoForm | None = None, *, status: int = 200
) -> ResponseReturnValue:
    session = db.session()
    own = parties.settings(session)
    if form is not None and own is not None:
        form.version.data = own.version  # what is shown now is what a second try is made on
    return render_template(
        "invoicing/settings.html", form=form or SettingsForm.showing(own, commands.next_number(session)),
        logo_form=logo_form or LogoForm(formdata=None), own=own, has_issued=commands.has_issued(session),
        next_number=commands.next_number(session),
    ), status  # fmt: skip
