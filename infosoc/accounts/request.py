"""What every request begins and ends with: who it is, which tenant, and whether they may."""

from __future__ import annotations

import secrets
from typing import Any

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import LoginManager, current_user

from infosoc.accounts import queries, sessions
from infosoc.audit.commands import request_id
from infosoc.db import tenancy
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.tenancy.queries import scope_of
from infosoc.web.access import access_of
from infosoc.web.htmx import is_htmx

TOKEN = "token"


def init_app(app: Flask) -> None:
    """Hang the gate on the application."""
    login = LoginManager(app)
    login.session_protection = None  # sessions are rows: listed, revoked and timed there
    login.request_loader(_load_person)
    app.url_value_preprocessor(_take_tenant)
    app.url_defaults(_give_tenant)
    app.before_request(_gate)
    app.after_request(_note_seen)
    app.teardown_request(_leave)


def _load_person(_request: Any) -> sessions.Person | None:
    token = session.get(TOKEN)
    return sessions.person_of(db.session(), token, now=clock.now()) if token else None


def _take_tenant(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.tenant_slug = values.pop("tenant", None) if values else None


def _give_tenant(endpoint: str, values: dict[str, Any]) -> None:
    if (
        "tenant" not in values
        and g.get("tenant_slug")
        and current_app.url_map.is_endpoint_expecting(endpoint, "tenant")
    ):
        values["tenant"] = g.tenant_slug


def _gate() -> Response | None:
    """Let the request through, or answer it here."""
    g.request_id = secrets.token_hex(8)
    request_id.set(g.request_id)
    g.scope_token = tenancy.enter(None)
    if request.endpoint is None or request.endpoint == "static":
        return None
    access = access_of(current_app.view_functions.get(request.endpoint))
    if access is None:
        raise RuntimeError(f"{request.endpoint} says not who may reach it")
    if access == "public":
        return None
    if not current_user.is_authenticated:
        return ask_to_sign_in()
    standing = queries.standing(db.session(), current_user.id, on=clock.today())
    g.standing = standing
    if g.tenant_slug is not None:
        _enter_tenant(standing, access)
    return None


def _enter_tenant(standing: queries.Standing, access: Permission | str) -> None:
    tenant = next((one for one in standing.own_tenants if one.slug == g.tenant_slug), None)
    if tenant is None:
        abort(404)
    g.tenant, g.rights = tenant, standing.rights[tenant.id]
    if isinstance(access, Permission) and access not in g.rights:
        abort(403)
    tenancy.enter(scope_of(standing.tenants, tenant.id))


def may(permission: Permission) -> bool:
    """Whether the person of this request has the right in this tenant."""
    return permission in g.get("rights", frozenset())


def ask_to_sign_in() -> Response:
    """How a request without a session is answered: a page goes to sign in and back; a fragment is never a login page."""
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    if is_htmx() and request.method == "GET":
        page = request.headers.get("HX-Current-URL", "")
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for("sign_in.show", next=own_path(page))
        return response
    if is_htmx():
        return make_response(render_template("accounts/_sign_in_dialog.html"), 401)
    if request.method == "GET":
        return make_response(redirect(url_for("sign_in.show", next=own_path(here or "")), code=303))
    # A plain form: what was typed rides along, hidden, through the sign-in page and is sent again after it.
    return make_response(render_template("accounts/sign_in_again.html", fields=_typed(), target=request.path), 401)


def _typed() -> list[tuple[str, str]]:
    secret = {"csrf_token", "password"}
    return [(name, value) for name, value in request.form.items(multi=True) if name not in secret]


def own_path(address: str) -> str | None:
    """The path of an address when it leads to this site and nowhere else; `next=` takes nothing more."""
    if address.startswith(request.host_url):
        address = "/" + address[len(request.host_url) :]
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if safe and "\\" not in address else None


def _note_seen(response: Response) -> Response:
    """Last-seen is written after the answer is made, in a transaction of its own, at most every few minutes."""
    if request.endpoint in {None, "static"} or not getattr(current_user, "is_authenticated", False):
        return response
    now = clock.now()
    if now - current_user.last_seen_at > sessions.SEEN_EVERY:
        with transaction() as writing:
            sessions.touch(writing, current_user.session_id, now=now)
    return response


def _leave(_error: BaseException | None) -> None:
    # Scopes are entered with set(), never nested here, so setting it to none ends them all.
    tenancy.enter(None)
