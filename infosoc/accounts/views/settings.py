"""The tenant's settings: its name and colour, and what it shows the other companies."""

from __future__ import annotations

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select

from infosoc.accounts.forms import FlagForm, TenantForm
from infosoc.accounts.request import may
from infosoc.audit import commands as audit
from infosoc.db.session import db, transaction
from infosoc.kernel.errors import Invalid, NotFound, Stale
from infosoc.kernel.permission import Permission
from infosoc.tenancy import commands, rules
from infosoc.tenancy.models import Tenant
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell

blueprint = Blueprint("settings", __name__, url_prefix="/<tenant>/settings")


@blueprint.get("")
@allow(Permission.SETTINGS_READ)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("")
@allow(Permission.SETTINGS_WRITE)
def save() -> ResponseReturnValue:
    """Change the company's name and colour."""
    form = TenantForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction() as session:
            changes = commands.change_tenant(
                session, g.tenant.id, name=form.name.data or "", brand=form.brand.data, version=form.version.data
            )
            if changes:
                audit.record(session, "tenant changed", "tenant", g.tenant.id, by=current_user.id, changes=changes)
    except (Invalid, Stale) as error:
        form.refuse(error)
        return _page(form), 409 if isinstance(error, Stale) else 422
    tell(gettext("Saved."))
    return go(url_for("settings.show"))


@blueprint.post("/flags/<name>")
@allow(Permission.SETTINGS_WRITE)
def set_flag(name: str) -> ResponseReturnValue:
    """Turn one flag on or off; it holds from the next request, for both companies."""
    try:
        flag, value = rules.flag_named(name), rules.flag_value(FlagForm().value.data or "")
    except rules.UnknownFlag:
        raise NotFound from None
    with transaction() as session:
        before, after = commands.set_flag(session, g.tenant.id, flag, value)
        if before != after:
            changes = {flag.value: ("on" if before else "off", "on" if after else "off")}
            audit.record(session, "flag changed", "tenant", g.tenant.id, by=current_user.id, changes=changes)
    label = gettext(rules.FLAG_LABELS[flag])
    tell(gettext("On: %(flag)s.", flag=label) if value else gettext("Off: %(flag)s.", flag=label))
    return go(url_for("settings.show", _anchor=f"flag-{flag.value}"))


def _page(form: TenantForm | None = None) -> str:
    tenant = db.session().execute(select(Tenant).where(Tenant.id == g.tenant.id)).scalar_one()
    flags = [
        {
            "name": flag.value,
            "label": gettext(rules.FLAG_LABELS[flag]),
            "explanation": gettext(rules.FLAG_EXPLANATIONS[flag]),
            "is_on": g.tenant.is_on(flag),
        }
        for flag in rules.Flag
    ]
    if form is not None:
        form.version.data = tenant.version  # what is shown now is what a second try is made on
    return render_template(
        "accounts/settings.html",
        form=form or TenantForm(formdata=None, name=tenant.name, brand=tenant.brand, version=tenant.version),
        flags=flags,
        may_write=may(Permission.SETTINGS_WRITE),
    )
