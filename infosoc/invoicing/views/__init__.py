"""The pages of invoicing, one subject a file."""

from __future__ import annotations

from flask import Flask

from infosoc.invoicing.commands import copies  # noqa: F401 - what it registers with the company register is wanted
from infosoc.invoicing.views import (  # noqa: F401 - most hang their routes on a blueprint that is made elsewhere
    billing_runs,
    billing_subjects,
    blueprints,
    papers,
)
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.navigation import Entry


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
    billing_subjects.register()
    menu, read = app.extensions["navigation"], Permission.INVOICES_READ
    menu.add(N_("Invoicing"), 35, Entry(N_("Billing runs"), "billing_runs.index", read, "job"))
