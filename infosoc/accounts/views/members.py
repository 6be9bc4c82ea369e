"""Who belongs to the tenant, for administrators: letting in, roles, end dates and sessions."""

from __future__ import annotations

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from infosoc.accounts import letters, queries
from infosoc.accounts.commands import members
from infosoc.accounts.forms import InviteForm, RolesForm
from infosoc.accounts.roles import ROLE_LABELS
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, NotFound
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell

blueprint = Blueprint("members", __name__, url_prefix="/<tenant>/members")


@blueprint.get("")
@allow(Permission.MEMBERS_WRITE)
def index() -> ResponseReturnValue:
    found = queries.members(db.session(), today=clock.today())
    return render_template("accounts/members.html", members=found, role_labels=ROLE_LABELS)


@blueprint.get("/new")
@allow(Permission.MEMBERS_WRITE)
def new() -> ResponseReturnValue:
    return render_template("accounts/invite.html", form=InviteForm(formdata=None))


@blueprint.post("")
@allow(Permission.MEMBERS_WRITE)
def invite() -> ResponseReturnValue:
    """Let somebody in and write to them. The answer is the same whether or not they had an account."""
    form, now = InviteForm(), clock.now()
    if not form.validate_on_submit():
        return render_template("accounts/invite.html", form=form), 422
    wanted = form.member()
    try:
        with transaction() as session:
            invited = members.add(
                session, wanted.email, wanted.name, wanted.roles, ends_on=wanted.ends_on, by=current_user.id, now=now,
                today=clock.today(),
            )  # fmt: skip
            letters.send_invitation(session, invited, g.tenant, by_name=current_user.name, now=now)
    except DomainError as error:
        form.refuse(error)
        return render_template("accounts/invite.html", form=form), 422
    return _done(gettext("An e-mail is on its way to %(email)s.", email=wanted.email.strip()))


@blueprint.get("/<public_id>")
@allow(Permission.MEMBERS_WRITE)
def show(public_id: str) -> ResponseReturnValue:
    return _page(public_id)


@blueprint.post("/<public_id>")
@allow(Permission.MEMBERS_WRITE)
def save(public_id: str) -> ResponseReturnValue:
    """Change roles and end date. What one may do changes with the next request."""
    form = RolesForm()
    if not form.validate_on_submit():
        return _page(public_id, form), 422
    try:
        with transaction() as session:
            person = queries.member(session, public_id, today=clock.today())
            members.change(
                session, person.user.id, form.roles.data or [], form.ends_on.data, by=current_user.id,
                today=clock.today(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error)
        return _page(public_id, form), 422
    return _done(gettext("Saved."))


@blueprint.post("/<public_id>/end")
@allow(Permission.MEMBERS_WRITE)
def end(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        person = queries.member(session, public_id, today=clock.today())
        members.end(session, person.user.id, by=current_user.id, today=clock.today())
    return _done(gettext("%(name)s no longer has access.", name=person.user.name))


@blueprint.post("/<public_id>/invitation")
@allow(Permission.MEMBERS_WRITE)
def invite_again(public_id: str) -> ResponseReturnValue:
    now = clock.now()
    with transaction() as session:
        person = queries.member(session, public_id, today=clock.today())
        invited = members.invite_again(session, person.user.id, by=current_user.id, now=now)
        letters.send_invitation(session, invited, g.tenant, by_name=current_user.name, now=now)
    return _done(gettext("An e-mail is on its way to %(email)s.", email=person.user.email))


@blueprint.post("/<public_id>/sessions/end")
@allow(Permission.MEMBERS_WRITE)
def end_sessions(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        person = queries.member(session, public_id, today=clock.today())
        ended = members.end_sessions(session, person.user.id, by=current_user.id)
    text = ngettext("Signed out from %(num)d browser.", "Signed out from %(num)d browsers.", ended)
    return _done(person.user.name + ": " + text)


def _page(public_id: str, form: RolesForm | None = None) -> str:
    person = queries.member(db.session(), public_id, today=clock.today())
    ends_on = None if person.is_ended else person.membership.ends_on
    form = form or RolesForm(formdata=None, roles=person.membership.roles, ends_on=ends_on)
    return render_template("accounts/member.html", member=person, form=form, role_labels=ROLE_LABELS)


def _done(text: str) -> ResponseReturnValue:
    tell(text)
    return go(url_for("members.index"))
