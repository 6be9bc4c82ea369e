"""Privacy: the pages for people outside, and those by which the staff answer them."""

from __future__ import annotations

from flask import Flask

from infosoc.privacy.views import notice, requests, staff, unsubscribe
from infosoc.web.access import needs_no_cookie

OUTSIDE = (unsubscribe, requests, notice)


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    for part in OUTSIDE:
        app.register_blueprint(part.blueprint)
    staff.register(app)
    for view in list(app.view_functions.values()):
        if needs_no_cookie(view):
            app.extensions["csrf"].exempt(view)
