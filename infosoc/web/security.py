"""Headers that every answer carries, and the check of where unsafe requests come from."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response, abort, current_app, request
from werkzeug.datastructures import ImmutableMultiDict

from infosoc.web.access import needs_no_cookie

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)


NUL = "\0"


class _Given(ImmutableMultiDict[str, Any]):
    """What was sent, without NUL: nobody types it, and PostgreSQL holds no text with it."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(mapping)
        for values in dict.values(self):
            if any(isinstance(value, str) and NUL in value for value in values):
                values[:] = [value.replace(NUL, "") if isinstance(value, str) else value for value in values]


class _Request(Request):
    parameter_storage_class = _Given


def init_app(app: Flask) -> None:
    app.request_class = _Request
    app.before_request(_refuse_other_sites)
    app.after_request(_headers)


def _refuse_other_sites() -> None:
    """A browser says where a request comes from; an unsafe one from another site is refused before anything else."""
    if NUL in request.path:
        abort(404)
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if needs_no_cookie(current_app.view_functions.get(request.endpoint or "")):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    own = {request.host_url.rstrip("/"), current_app.extensions["settings"].base_url}
    if site not in {None, "same-origin", "none"} or (site is None and origin and origin not in own):
        abort(403)


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        # Also pages for people outside: they carry a form's token, or stand at an address that is a secret.
        headers["Cache-Control"] = "no-store"
    headers.add("Vary", "HX-Request, HX-History-Restore-Request")
    return response
