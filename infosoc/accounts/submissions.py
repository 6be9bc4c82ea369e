"""A form sent twice is done once, and answered the second time with what the first one came to."""

from __future__ import annotations

from contextvars import ContextVar

from flask import Flask, Response, g, request
from flask_login import current_user
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from infosoc.accounts.models import Submission
from infosoc.db.session import at_start, db, transaction
from infosoc.kernel import clock
from infosoc.web.htmx import go

_pending: ContextVar[tuple[int, str] | None] = ContextVar("submission", default=None)


class AlreadySubmitted(Exception):
    """This very form has been received before."""


@at_start
def _claim(session: Session) -> None:
    """The id is written in the transaction of the deed itself: both are there, or neither."""
    pending = _pending.get()
    if pending is None:
        return
    _pending.set(None)
    user_id, key = pending
    session.add(Submission(user_id=user_id, key=key, received_at=clock.now()))
    try:
        session.flush()
    except IntegrityError:
        raise AlreadySubmitted from None


def init_app(app: Flask) -> None:
    app.before_request(_look)
    app.after_request(_remember)
    app.register_error_handler(AlreadySubmitted, lambda _error: _first_answer())


def _look() -> Response | None:
    _pending.set(None)
    key = request.form.get("submission", "")[:40] if request.method == "POST" and request.form else ""
    if not key or not current_user.is_authenticated:
        return None
    g.submission = (current_user.id, key)
    if db.session().scalar(_earlier(Submission.id)) is not None:
        return _first_answer()
    _pending.set(g.submission)
    return None


def _earlier(*columns):  # type: ignore[no-untyped-def]
    user_id, key = g.submission
    return select(*columns).where(Submission.user_id == user_id, Submission.key == key)


def _first_answer() -> Response:
    """Lead to what the first one led to; the page it stood on when that is not known."""
    g.is_repeat = True
    session = db.session()
    session.rollback()
    location = session.scalar(_earlier(Submission.location))
    return go(location or request.path.rsplit("/", 1)[0] or "/")


def _remember(response: Response) -> Response:
    """Note where the first one led, once it has been done."""
    if "submission" not in g or g.get("is_repeat") or _pending.get() is not None or response.status_code >= 400:
        return response
    location = response.headers.get("HX-Redirect") or response.headers.get("Location") or g.get("answer_page")
    if location:
        user_id, key = g.submission
        with transaction() as session:
            session.execute(
                update(Submission)
                .where(Submission.user_id == user_id, Submission.key == key)
                .values(status=response.status_code, location=location[:400])
            )
    return response
