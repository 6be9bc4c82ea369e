"""What the tenant prints on public pages and letters, as a page of settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel.errors import Invalid, Stale
from infosoc.kernel.permission import Permission
from infosoc.privacy import printed
from infosoc.privacy.commands import printed as commands
from infosoc.privacy.forms import PrintedForm
from infosoc.tenancy.models import Tenant
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell

blueprint = Blueprint("printed_settings", __name__, url_prefix="/<tenant>/settings/printed")


@blueprint.get("")
@allow(Permission.SETTINGS_READ)
def show() -> ResponseReturnValue:
    return _page(_filled())


@blueprint.post("")
@allow(Permission.SETTINGS_WRITE)
def save() -> ResponseReturnValue:
    form = PrintedForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction() as session:
            commands.change(session, g.tenant, form.values(), by=current_user.id, version=form.version.data)
    except (Invalid, Stale) as error:
        form.refuse(error)
        return _page(form), 409 if isinstance(error, Stale) else 422
    tell(gettext("Saved."))
    return go(url_for("printed_settings.show"))


def _filled() -> PrintedForm:
    kept: dict[str, Any] = {**printed.DEFAULT_NUMBERS, **g.tenant.settings}
    return PrintedForm(formdata=None, version=_version(), **{key: kept.get(key) or "" for key in printed.LABELS})


def _version() -> int:
    return db.session().scalar(select(Tenant.version).where(Tenant.id == g.tenant.id)) or 1


def _page(form: PrintedForm) -> str:
    if form.errors or form.form_errors:
        form.version.data = _version()  # what is shown now is what a second try is made on
    return render_template("privacy/printed.html", form=form, may_write=may(Permission.SETTINGS_WRITE))
