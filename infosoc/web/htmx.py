"""Pages and fragments. A page address always answers a whole page; a fragment is a template file of its own."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request
from flask_babel import gettext


def is_htmx() -> bool:
    """Whether htmx asks for a piece (a history restore always wants the whole page)."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def fragment(template: str, status: int = 200, **values: Any) -> Response:
    """One fragment as the answer."""
    response = make_response(render_template(template, **values), status)
    response.headers["Vary"] = "HX-Request, HX-History-Restore-Request"
    return response


def fragment_or_redirect(template: str, *, page: str, **values: Any) -> Response:
    """The fragment for htmx; for a plain form, 303 to the page that shows it."""
    g.answer_page = page  # where a second sending of the same form leads
    if is_htmx():
        return fragment(template, **values)
    return go(page)


def go(page: str) -> Response:
    """Send the browser on after a deed: 303, or `HX-Redirect` when htmx asked."""
    if is_htmx():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = page
        return response
    return make_response(redirect(page, code=303))


def tell(text: str, *, undo_url: str | None = None, is_error: bool = False) -> None:
    """Show a short message on the next whole page, with a way back where there is one."""
    said: Any = {"text": text, "undo_url": undo_url}  # Flask keeps any JSON; its annotation says text
    flash(said, "error" if is_error else "message")


def toast(response: Response, text: str, *, undo_url: str | None = None, kind: str = "done") -> Response:
    """Show a short message when the fragment has been swapped. Headers are Latin-1: JSON is ASCII-escaped."""
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    events["toast"] = {"text": text, "undoUrl": undo_url, "undoLabel": gettext("Undo"), "kind": kind}
    response.headers["HX-Trigger"] = json.dumps(events)
    return response
