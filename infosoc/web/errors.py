"""Turns errors into answers: a whole page, or for htmx a short piece for the toast region."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, make_response, render_template
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from infosoc.kernel.errors import DomainError, Invalid, NotFound, Refused, Stale
from infosoc.kernel.words import N_
from infosoc.web.htmx import is_htmx

log = logging.getLogger(__name__)

STATUS = {NotFound: 404, Refused: 409, Stale: 409, Invalid: 422}

TITLES = {
    400: N_("That request could not be read"),
    401: N_("Sign in first"),
    403: N_("You do not have access to this page"),
    404: N_("Page not found"),
    405: N_("That cannot be done here"),
    409: N_("That could not be done right now"),
    413: N_("The file is too large"),
    422: N_("Please correct the following"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong on our side"),
}

TEXTS = {
    400: N_("Go back and try again."),
    403: N_("Your role does not include it. Ask an administrator if you need it."),
    404: N_("The page may have been moved or removed, or the address may be mistyped."),
    413: N_("Divide it into smaller parts and try again."),
    429: N_("Wait a moment and try again."),
    500: N_("The error has been logged. Try again; if it happens again, tell your administrator this number: %(id)s"),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _surprise)


def _domain_error(error: DomainError) -> Response:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 409)
    return answer(status, gettext(error.message, **error.values))


def _csrf_error(_error: CSRFError) -> Response:
    return answer(
        403,
        gettext(
            "The page had been open for too long, or the form was sent from another site. Reload the page and try"
            " again."
        ),
        gettext("The form could not be sent"),
    )


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    response = answer(status, gettext(TEXTS.get(status, TEXTS[400])))
    if status == 405:
        response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or [])
    return response


def _surprise(error: Exception) -> Response:
    number = g.get("request_id", "-")
    log.exception("request %s failed", number, exc_info=error)
    return answer(500, gettext(TEXTS[500], id=number))


def answer(status: int, text: str, title: str = "") -> Response:
    """The error as a page, or as a piece that htmx puts among the toasts."""
    if is_htmx():
        response = make_response(render_template("errors/_toast.html", text=text), status)
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#toasts", "beforeend"
        return response
    title = title or gettext(TITLES.get(status, TITLES[400]))
    return make_response(render_template("errors/error.html", status=status, title=title, text=text), status)
