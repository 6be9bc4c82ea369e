"""Signing in and out, and the start page that leads on."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from infosoc.accounts import devices, queries, rules, sessions, throttle
from infosoc.accounts.commands import people
from infosoc.accounts.forms import SignInForm
from infosoc.accounts.frame import is_shown
from infosoc.accounts.request import AGAIN, SIGNED_IN_AS, own_path
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.web.access import access_of, public
from infosoc.web.htmx import is_htmx
from infosoc.web.navigation import Navigation

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    """Where a person's day begins; to sign in for a stranger."""
    if not current_user.is_authenticated:
        return redirect(url_for("sign_in.show"), code=303)
    standing = queries.standing(db.session(), current_user.id, on=clock.today())
    return redirect(_first_place(standing), code=303)


@blueprint.get("/login")
@public
def show() -> ResponseReturnValue:
    """The sign-in page; who is signed in already is led on."""
    wanted = _place(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(wanted, code=303)
    form = SignInForm(formdata=None, next=wanted if request.args.get("next") else "")
    return render_template("accounts/sign_in.html", form=form, again=None)


@blueprint.post("/login")
@public
def submit() -> ResponseReturnValue:
    """Sign in: to the page that was asked for, or back to the form that was interrupted."""
    form, again = SignInForm(), _interrupted()
    if not form.validate_on_submit():
        return _refused(form, again, 422)
    try:
        token = _sign_in(form, clock.now())
    except throttle.TooManyAttempts as error:
        form.refuse(error)
        response = _refused(form, again, 429)
        response.headers["Retry-After"] = str(int((error.until - clock.now()).total_seconds()) + 1)
        return response
    if token is None:
        form.refuse(rules.WrongCredentials(field="password"))
        return _refused(form, again, 422)
    _put_in_cookie(token)
    response = make_response(_welcome(form, again, token))
    _remember_device(response, form.account())
    return response


@blueprint.post("/logout")
@public
def leave() -> ResponseReturnValue:
    """Sign out: the session's row goes, and the browser is told to forget the pages."""
    token = session.pop(SIGNED_IN_AS, None)
    if token:
        with transaction() as writing:
            sessions.end_session(writing, token)
    session.clear()
    response = make_response(redirect(url_for("sign_in.show"), code=303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _sign_in(form: SignInForm, now: datetime) -> str | None:
    """The token of a new session; None when address or password is wrong. As slow for who does not exist."""
    hasher, key = current_app.extensions["hasher"], current_app.config["SECRET_KEY"]
    counted, password = _counted(form.account(), key), form.password.data or ""
    with transaction() as writing:
        throttle.charge(writing, counted, now=now)
        user = queries.user_by_email(writing, form.account())
        known = (user.id, user.password_hash) if user and user.disabled_at is None else (0, None)
    if not hasher.matches(known[1], password):
        current_app.logger.warning("sign-in refused, request %s", g.request_id)
        return None
    old = session.get(SIGNED_IN_AS)
    with transaction() as writing:
        throttle.forgive(writing, *counted)
        if old:
            sessions.end_session(writing, old)
        return people.sign_in(
            writing, hasher, known[0], password, now=now, address=request.remote_addr or "",
            browser=sessions.browser_name(request.user_agent.string),
        )  # fmt: skip


def _counted(account: str, key: str) -> list[throttle.Subject]:
    """What a try is counted for: a device known to the account alone for itself, else the account and the address."""
    device = devices.number_for(request.cookies.get(_device_cookie()), account, key=key)
    if device is not None:
        return [throttle.subject("device", f"{device}|{account}", key=key)]
    address = throttle.network_of(request.remote_addr or "")
    return [throttle.subject("account", account, key=key), throttle.subject("address", address, key=key)]


def _device_cookie() -> str:
    return devices.cookie_name(current_app.config["SESSION_COOKIE_NAME"])


def _remember_device(response: Response, account: str) -> None:
    name, config = _device_cookie(), current_app.config
    response.set_cookie(
        name, devices.remembered(request.cookies.get(name), account, key=config["SECRET_KEY"]),
        max_age=devices.LASTS, secure=config["SESSION_COOKIE_SECURE"], httponly=True,
        samesite=config["SESSION_COOKIE_SAMESITE"],
    )  # fmt: skip


def _put_in_cookie(token: str) -> None:
    """A new cookie and a new form token: nothing that was there before signing in is used after it."""
    session.clear()
    g.pop("csrf_token", None)
    session[SIGNED_IN_AS] = token


def _interrupted() -> dict[str, Any] | None:
    """The form that was interrupted by the end of a session, as it rides along through the sign-in page."""
    target = own_path(request.form.get(AGAIN + "target"))
    if target is None:
        return None
    prefix = AGAIN + "field."
    fields = [(name[len(prefix) :], value) for name, value in request.form.items(multi=True) if name.startswith(prefix)]
    return {"target": target, "fields": fields, "files": bool(request.form.get(AGAIN + "files"))}


def _refused(form: SignInForm, again: dict[str, Any] | None, status: int) -> Response:
    if is_htmx():
        response = make_response(render_template("accounts/_sign_in_dialog.html", form=form), status)
        if status == 429:
            response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog", "innerHTML"
        return response
    page = "accounts/sign_in_again.html" if again else "accounts/sign_in.html"
    return make_response(render_template(page, form=form, again=again), status)


def _welcome(form: SignInForm, again: dict[str, Any] | None, token: str) -> ResponseReturnValue:
    if is_htmx():
        response = make_response("", 204)
        response.headers["HX-Trigger"] = json.dumps({"signed-in": {"csrf": generate_csrf()}})
        return response
    if again:
        return render_template("accounts/send_again.html", again=again)
    wanted = _place(form.next.data)
    return redirect(wanted if _is_open(wanted, token) else url_for("sign_in.home"), code=303)


def _is_open(path: str, token: str) -> bool:
    """Whether the role of who signed in opens the page they came for; where it does not, their day begins elsewhere."""
    try:
        endpoint, values = current_app.url_map.bind("").match(path.partition("?")[0], method="GET")
    except HTTPException:
        return True  # it is not there, or stands at a neater address: the page itself answers
    access, now = access_of(current_app.view_functions.get(endpoint)), clock.now()
    person = sessions.person_of(db.session(), token, now=now)
    if person is None or not isinstance(access, Permission):
        return True
    standing = queries.standing(db.session(), person.id, on=clock.today())
    tenant = next((one for one in standing.own_tenants if one.slug == values.get("tenant")), None)
    return tenant is None or access in standing.rights[tenant.id]


def _place(wanted: str | None) -> str:
    """Where to go: an own page that is not the sign-in page itself, else the start page."""
    path = own_path(wanted)
    unfit = path is None or path.partition("?")[0] in {url_for("sign_in.show"), url_for("sign_in.leave")}
    return url_for("sign_in.home") if unfit or path is None else path


def _first_place(standing: queries.Standing) -> str:
    """The first place of the menu that the person may see in their first tenant; their own page when there is none."""
    menu: Navigation = current_app.extensions["navigation"]
    for tenant in standing.own_tenants:
        for group in sorted(menu.groups.values(), key=lambda one: one.order):
            for entry in group.entries:
                if is_shown(entry, standing.rights[tenant.id], tenant):
                    return url_for(entry.endpoint, tenant=tenant.slug)
    return url_for("account.show")
