"""Addresses of static files with the digest of their content, so that browsers may keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset
    app.extensions["assets"] = {}
    app.after_request(_compress)
    app.after_request(_keep_for_ever)


def asset(path: str) -> str:
    """The address of a file under static/, worked out once a process (each time while developing)."""
    known: dict[str, str] = current_app.extensions["assets"]
    address = known.get(path)
    if address is None or current_app.debug:
        static = Path(current_app.static_folder or "static")
        address = url_for("static", filename=path, v=_digest(static / path, (static / path).stat().st_mtime_ns))
        known[path] = address
    return address


@lru_cache(maxsize=256)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def _keep_for_ever(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


COMPRESSED = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}


def _compress(response: Response) -> Response:
    """Static text goes out compressed also where no proxy stands in front; pages do not, for they carry secrets."""
    if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in COMPRESSED:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    if "gzip" not in request.accept_encodings or "Range" in request.headers:
        return response
    name = (request.view_args or {})["filename"]
    path = Path(current_app.static_folder or "static") / name
    response.direct_passthrough = False
    response.set_data(_compressed(path, path.stat().st_mtime_ns))
    response.headers["Content-Encoding"] = "gzip"
    if etag := response.get_etag()[0]:
        response.set_etag(f"{etag}-gzip")
    response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def _compressed(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
