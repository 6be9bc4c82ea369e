"""The pages of mailings for staff, one subject a file."""

from __future__ import annotations

from flask import Flask

import infosoc.mailings.queries.timeline  # noqa: F401 - mailings stand in the timelines of persons and companies
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.mailings.views import (  # noqa: F401 - most hang their routes on a blueprint that is made elsewhere
    audience,
    audit_subjects,
    blueprints,
    delivery,
    images,
    lists,
    mailings,
    preview,
    results,
    sending,
    steps,
)
from infosoc.web.navigation import Entry


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
    audit_subjects.register()
    menu = app.extensions["navigation"]
    menu.add(
        N_("Mailings"), 60,
        Entry(N_("Mailings"), "mailings.index", Permission.MAILINGS_READ, "mailing", goto="u"),
        Entry(N_("Mailing lists"), "mailing_lists.index", Permission.MAILINGS_READ, "people"),
        Entry(N_("Pictures"), "mailing_images.index", Permission.MAILINGS_WRITE, "file"),
    )  # fmt: skip
