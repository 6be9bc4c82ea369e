"""A form sent twice is done once, and answered the second time with what the first one came to.

Each rendering of a form carries an id of its own. The first transaction of a request claims it: the id is written in
the transaction of the deed itself, so both are there or neither. A second sending that arrives meanwhile waits in the
database for the first to commit, finds the id taken, and is led to where the first one was led. A deed that came to
nothing (wrong input, a conflict) gives the id back, because the corrected form carries it again.
"""

from __future__ import annotations

import time
from datetime import timedelta

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_login import current_user
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from infosoc.accounts.models import Submission
from infosoc.accounts.request import page_it_came_from
from infosoc.db import prepared
from infosoc.db.session import at_start, db, transaction
from infosoc.kernel import clock
from infosoc.web.htmx import go

LONGEST_LOCATION = 400
WAIT_FOR_FIRST = timedelta(seconds=3)
STEP = 0.05  # seconds between looks for the first one's answer


class AlreadySubmitted(Exception):
    """This very form has been received before."""


@at_start
def _claim(session: Session) -> None:
    """Take the id of the request's form, once, in the first transaction of the request."""
    claim = g.pop("submission_unclaimed", None) if has_request_context() else None
    if claim is None:
        return
    user_id, key = claim
    # Where it will lead is noted at once when the view has said so; a second transaction is then not needed.
    page = _short(g.get("answer_page"))
    session.add(
        Submission(user_id=user_id, key=key, received_at=clock.now(), location=page, status=200 if page else None)
    )
    try:
        session.flush()
    except IntegrityError:
        raise AlreadySubmitted from None
    g.submission_claimed = True
    g.submission_noted = page is not None


def init_app(app: Flask) -> None:
    app.before_request(_look)
    app.after_request(_remember)
    app.register_error_handler(AlreadySubmitted, lambda _error: _first_answer())


def _look() -> Response | None:
    key = request.form.get("submission", "")[:40] if request.method == "POST" and request.form else ""
    if not key or not current_user.is_authenticated:
        return None
    g.submission = (current_user.id, key)
    found = prepared.rows(db.session(), "earlier submission", _earlier_query, {"user_id": current_user.id, "key": key})
    if found:
        return _first_answer()
    g.submission_unclaimed = g.submission
    return None


def _earlier_query():
    return select(Submission.id).where(
        Submission.user_id == prepared.bound("user_id", Submission.user_id.type),
        Submission.key == prepared.bound("key", Submission.key.type),
    )


def _earlier(*columns):
    user_id, key = g.submission
    return select(*columns).where(Submission.user_id == user_id, Submission.key == key)


def _first_answer() -> Response:
    """Lead to what the first one led to; the page it stood on when that is not known."""
    g.submission_claimed = False
    location = _where_the_first_led()
    return go(location or page_it_came_from() or _page_above(request.path))


def _where_the_first_led() -> str | None:
    """The first one notes its answer just after its commit; wait for that a moment."""
    session = db.session()
    while True:
        session.rollback()  # a fresh look each time
        row = session.execute(_earlier(Submission.status, Submission.location, Submission.received_at)).first()
        if row is None or row.status is not None or clock.now() - row.received_at > WAIT_FOR_FIRST:
            return row.location if row else None
        time.sleep(STEP)


def _page_above(path: str) -> str:
    """The nearest address above this one that shows a page."""
    adapter = current_app.url_map.bind("")
    while path := path.rpartition("/")[0]:
        for address in (path, path + "/"):
            try:
                adapter.match(address, method="GET")
            except (HTTPException, RequestRedirect):
                continue
            return address
    return "/"


def _remember(response: Response) -> Response:
    """Note where the first one led; give the id back when nothing was done."""
    g.pop("submission_unclaimed", None)  # what is written after the answer is not the deed
    if not g.pop("submission_claimed", False):
        return response
    if response.status_code < 400 and g.pop("submission_noted", False):
        return response
    user_id, key = g.submission
    mine = (Submission.user_id == user_id, Submission.key == key)
    with transaction() as session:
        if 400 <= response.status_code < 500:
            session.execute(delete(Submission).where(*mine))
        else:
            noted = update(Submission).where(*mine)
            session.execute(noted.values(status=response.status_code, location=_location(response)))
    return response


def _location(response: Response) -> str | None:
    return _short(response.headers.get("HX-Redirect") or response.headers.get("Location") or g.get("answer_page"))


def _short(location: str | None) -> str | None:
    """The address as far as it can be kept."""
    if location and len(location) > LONGEST_LOCATION:
        location = location.partition("?")[0]
    return location if location and len(location) <= LONGEST_LOCATION else None
