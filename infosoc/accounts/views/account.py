"""The person's own pages: name, how pages look, password, and where they are signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from infosoc.accounts import queries, sessions
from infosoc.accounts.commands import people
from infosoc.accounts.forms import ChangePasswordForm, DisplayForm, ProfileForm
from infosoc.accounts.frame import is_shown
from infosoc.accounts.passwords import SHORTEST
from infosoc.accounts.request import page_it_came_from
from infosoc.accounts.roles import ROLE_LABELS
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.web.access import signed_in
from infosoc.web.forms import BaseForm
from infosoc.web.htmx import go, tell

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("/")
@signed_in
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("/profile")
@signed_in
def save_profile() -> ResponseReturnValue:
    form = ProfileForm()
    if not form.validate_on_submit():
        return _page(profile=form), 422
    try:
        with transaction() as session:
            people.change_profile(session, current_user.id, **form.values())
    except Invalid as error:
        form.refuse(error)
        return _page(profile=form), 422
    return _back(gettext("Saved."))


@blueprint.post("/display")
@signed_in
def save_display() -> ResponseReturnValue:
    form = DisplayForm()
    if not form.validate_on_submit():
        return _page(display=form), 422
    with transaction() as session:
        people.set_preferences(session, current_user.id, **form.values())
    return _back(gettext("Saved."))


@blueprint.post("/preferences")
@signed_in
def preferences() -> ResponseReturnValue:
    """One choice in the frame (theme, rows, language, menu), made on any page; back to that page."""
    wanted: dict[str, Any] = {name: request.form[name] for name in ("density", "language") if name in request.form}
    if "theme" in request.form:
        wanted["theme"] = request.form["theme"] or "auto"
    if "sidebar" in request.form:
        wanted["sidebar_folded"] = request.form["sidebar"] == "collapsed"
    if "shortcuts" in request.form:
        wanted["shortcuts"] = request.form["shortcuts"] == "on"
    with transaction() as session:
        people.set_preferences(session, current_user.id, **wanted)
    return go(page_it_came_from() or _here())


@blueprint.post("/password")
@signed_in
def save_password() -> ResponseReturnValue:
    """Change the password; all other browsers are signed out."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _page(password=form), 422
    try:
        with transaction() as session:
            ended = people.change_password(
                session, current_app.extensions["hasher"], current_user.id, form.present.data or "",
                form.password.data or "", session_id=current_user.session_id,
            )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _page(password=form), 422
    text = ngettext("%(num)d other browser was signed out.", "%(num)d other browsers were signed out.", ended)
    return _back(gettext("The password is changed.") + (" " + text if ended else ""))


@blueprint.post("/sessions/<public_id>/end")
@signed_in
def end_session(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        if not sessions.end_one(session, current_user.id, public_id):
            raise NotFound
    return _back(gettext("Signed out there."))


@blueprint.post("/sessions/end")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    with transaction() as session:
        sessions.end_sessions_of(session, current_user.id, except_id=current_user.session_id)
    return _back(gettext("Signed out everywhere else."))


def _page(profile: BaseForm | None = None, display: BaseForm | None = None, password: BaseForm | None = None) -> str:
    return render_template(
        "accounts/account.html",
        profile=profile or ProfileForm(formdata=None, name=current_user.name, language=current_user.language or "auto"),
        display=display or DisplayForm(formdata=None, obj=current_user),
        password=password or ChangePasswordForm(formdata=None),
        shortest=SHORTEST,
        sessions=queries.sessions_of(db.session(), current_user.id, now=clock.now()),
        without_pages=_roles_without_pages(),
    )


def _roles_without_pages() -> str:
    """The roles here of somebody whom nothing in the menu is open to: this is the page where their day begins."""
    tenant = g.get("frame_tenant")
    if tenant is None:
        return ""
    groups = current_app.extensions["navigation"].groups.values()
    rights = g.standing.rights[tenant.id]
    if any(is_shown(entry, rights, tenant) for group in groups for entry in group.entries):
        return ""
    roles = queries.roles_in(db.session(), current_user.id, tenant.id)
    return ", ".join(gettext(label) for role, label in ROLE_LABELS.items() if role.value in roles)


def _here() -> str:
    tenant = g.get("frame_tenant")
    return url_for("account.show", tenant=tenant.slug if tenant else None)


def _back(text: str) -> ResponseReturnValue:
    tell(text)
    return redirect(_here(), code=303)
