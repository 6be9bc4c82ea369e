"""A forgotten password, and the page that a link in a letter leads to."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from infosoc.accounts import letters, links, queries, throttle
from infosoc.accounts.commands import people
from infosoc.accounts.forms import ChoosePasswordForm, ForgottenForm
from infosoc.accounts.links import Purpose
from infosoc.accounts.models import User
from infosoc.accounts.passwords import SHORTEST
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.web.access import public
from infosoc.web.htmx import tell

blueprint = Blueprint("password", __name__, url_prefix="/password")


@blueprint.get("/forgotten")
@public
def ask() -> ResponseReturnValue:
    """Ask for the e-mail address."""
    return render_template("accounts/forgotten.html", form=ForgottenForm(formdata=None), sent_to=None)


@blueprint.post("/forgotten")
@public
def send() -> ResponseReturnValue:
    """Send a link, if there is such an account. The answer is the same whether or not."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("accounts/forgotten.html", form=form, sent_to=None), 422
    key, now = current_app.config["SECRET_KEY"], clock.now()
    subjects = [
        throttle.subject("reset", form.account(), key=key),
        throttle.subject("reset-address", throttle.network_of(request.remote_addr or ""), key=key),
    ]
    try:
        with transaction() as session:
            throttle.charge(session, subjects, now=now)
            user = queries.user_by_email(session, form.account())
            if user is not None and user.disabled_at is None:
                letters.send_reset(session, user, now=now)
    except throttle.TooManyAttempts:
        pass  # a letter has just been sent, or was asked for too often: the answer tells neither
    return render_template("accounts/forgotten.html", form=form, sent_to=form.email.data)


@blueprint.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Choose a password. Looking does not use the link up: mail scanners follow links."""
    user, purpose = links.holder(db.session(), token, now=clock.now())
    return _page(ChoosePasswordForm(formdata=None), user, purpose)


@blueprint.post("/<token>")
@public
def choose(token: str) -> ResponseReturnValue:
    """Save the password and use the link up; then the person signs in like everybody else."""
    now, form = clock.now(), ChoosePasswordForm()
    user, purpose = links.holder(db.session(), token, now=now)
    if not form.validate_on_submit():
        return _page(form, user, purpose), 422
    try:
        with transaction() as session:
            people.choose_password(session, current_app.extensions["hasher"], token, form.password.data or "", now=now)
    except Invalid as error:
        form.refuse(error)
        return _page(form, *links.holder(db.session(), token, now=now)), 422
    tell(gettext("Your password is saved. Sign in with it."))
    return redirect(url_for("sign_in.show"), code=303)


def _page(form: ChoosePasswordForm, user: User, purpose: Purpose) -> str:
    return render_template(
        "accounts/choose_password.html", form=form, person=user, shortest=SHORTEST,
        is_new=purpose is Purpose.INVITATION,
    )  # fmt: skip
