"""Addresses of static files with the digest of their content, so that browsers may keep them for ever.

All styles have one address: a stylesheet a component is good to work in, but packed together they are two thirds of
what they are one by one, and asked for once.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

STYLES = "styles.css"
# tokens.css sets the order of the layers; within a layer, what comes later wins.
SHEETS = (
    "tokens", "reset", "base", "layout", "components/button", "components/field", "components/table",
    "components/chips", "components/feedback", "components/dialog", "components/timeline", "components/log",
    "components/facts", "components/record", "components/status", "components/search", "components/process",
    "components/invoicing", "components/payments", "components/public", "utilities", "print",
)  # fmt: skip
COMPRESSED = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset
    app.extensions["assets"] = {}
    app.view_functions["static"] = _send
    app.after_request(_compress)
    app.after_request(_keep_for_ever)


def _send(filename: str) -> Response:
    return _send_styles() if filename == STYLES else current_app.send_static_file(filename)


def asset(path: str) -> str:
    """The address of what stands under static/, worked out once a process (each time while developing)."""
    known: dict[str, str] = current_app.extensions["assets"]
    address = known.get(path)
    if address is None or current_app.debug:
        known[path] = address = url_for("static", filename=path, v=_digest(_parts(path)))
    return address


Parts = tuple[tuple[Path, int], ...]


def _parts(name: str) -> Parts:
    """The files that are sent by a name, and when each was changed."""
    static = Path(current_app.static_folder or "static")
    paths = [static / "css" / f"{sheet}.css" for sheet in SHEETS] if name == STYLES else [static / name]
    return tuple((path, path.stat().st_mtime_ns) for path in paths)


def _content(parts: Parts) -> bytes:
    return b"".join(path.read_bytes() for path, _ in parts)


@lru_cache(maxsize=256)
def _digest(parts: Parts) -> str:
    return hashlib.sha256(_content(parts)).hexdigest()[:8]


@lru_cache(maxsize=256)
def _compressed(parts: Parts) -> bytes:
    return gzip.compress(_content(parts), 9, mtime=0)


def _send_styles() -> Response:
    response = Response(_content(_parts(STYLES)), mimetype="text/css")
    response.add_etag()
    response.make_conditional(request)
    return response


def _keep_for_ever(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _compress(response: Response) -> Response:
    """Static text goes out compressed also where no proxy stands in front; pages do not, for they carry secrets."""
    if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in COMPRESSED:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    if "gzip" not in request.accept_encodings or "Range" in request.headers:
        return response
    response.direct_passthrough = False
    response.set_data(_compressed(_parts((request.view_args or {})["filename"])))
    response.headers["Content-Encoding"] = "gzip"
    if etag := response.get_etag()[0]:
        response.set_etag(f"{etag}-gzip")
    response.make_conditional(request)
    return response
