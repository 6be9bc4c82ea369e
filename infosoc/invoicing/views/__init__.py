"""The pages of invoicing, one subject a file."""

from __future__ import annotations

from flask import Flask

from infosoc.invoicing.commands import copies  # noqa: F401 - what it registers with the company register is wanted
from infosoc.invoicing.views import (  # noqa: F401 - most hang their routes on a blueprint that is made elsewhere
    blueprints,
    papers,
)


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
