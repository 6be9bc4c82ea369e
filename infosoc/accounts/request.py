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
from infosoc.accounts.forms import SignInForm
from infosoc.audit.commands import request_id
from infosoc.db import tenancy
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.tenancy.queries import scope_of
from infosoc.tenancy.rules import TenantFacts
from infosoc.web.access import access_of
from infosoc.web.htmx import is_htmx

SIGNED_IN_AS = "token"
AGAIN = "again."


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
    token = session.get(SIGNED_IN_AS)
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
    tenancy.enter(None)
    if request.endpoint is None or request.endpoint == "static":
        return None
    access = access_of(current_app.view_functions.get(request.endpoint))
    if access is None:
        raise RuntimeError(f"{request.endpoint} says not who may reach it")
    if access == "public":
        return None
    if isinstance(access, Permission) and g.tenant_slug is None:
        raise RuntimeError(f"{request.endpoint} asks for a right in a tenant, but has none in its address")
    if not current_user.is_authenticated:
        return ask_to_sign_in()
    g.standing = queries.standing(db.session(), current_user.id, on=clock.today())
    if g.tenant_slug is None:
        g.frame_tenant = own_tenant(request.args.get("tenant"))
    else:
        _enter_tenant(g.standing, access)
    return None


def _enter_tenant(standing: queries.Standing, access: Permission | str) -> None:
    tenant = next((one for one in standing.own_tenants if one.slug == g.tenant_slug), None)
    if tenant is None:
        abort(404)
    g.tenant, g.rights = tenant, standing.rights[tenant.id]
    if isinstance(access, Permission) and access not in g.rights:
        abort(403)
    tenancy.enter(scope_of(standing.tenants, tenant.id))


def own_tenant(slug: str | None) -> TenantFacts | None:
    """The person's tenant with this slug, else their first; the frame of pages that belong to no tenant."""
    own = g.standing.own_tenants
    return next((one for one in own if one.slug == slug), own[0] if own else None)


def may(permission: Permission) -> bool:
    """Whether the person of this request has the right in this tenant."""
    return permission in g.get("rights", frozenset())


def ask_to_sign_in() -> Response:
    """How a request without a session is answered: a page leads to sign-in and back, a fragment never shows it."""
    reading = request.method in {"GET", "HEAD"}
    if is_htmx() and reading:
        response = make_response("", 401)
        page = own_path(request.headers.get("HX-Current-URL", ""))
        response.headers["HX-Redirect"] = url_for("sign_in.show", next=page)
        return response
    if reading:
        here = own_path(request.full_path.rstrip("?"))
        return make_response(redirect(url_for("sign_in.show", next=here), code=303))
    form = SignInForm(formdata=None, email=_last_email())
    if is_htmx():
        return make_response(render_template("accounts/_sign_in_dialog.html", form=form), 401)
    # A plain form: what was typed rides along, hidden, through the sign-in page and is sent again after it.
    again = {"target": own_path(request.full_path.rstrip("?")) or "/", "fields": _typed(), "files": bool(request.files)}
    return make_response(render_template("accounts/sign_in_again.html", form=form, again=again), 401)


def _last_email() -> str:
    token = session.get(SIGNED_IN_AS)
    return sessions.email_behind(db.session(), token) if token else ""


def _typed() -> list[tuple[str, str]]:
    secret = {"csrf_token", "password", "present"}
    return [(name, value) for name, value in request.form.items(multi=True) if name not in secret]


def own_path(address: str | None) -> str | None:
    """The path of an address when it leads to this site and nowhere else; `next=` takes nothing more."""
    address = address or ""
    if address.startswith(request.host_url):
        address = "/" + address[len(request.host_url) :]
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if safe and "\\" not in address else None


def page_it_came_from() -> str | None:
    """The page on which a form stood, when the browser says so."""
    return own_path(request.headers.get("HX-Current-URL") or request.referrer)


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
