"""The register's pages, one blueprint a file."""

from __future__ import annotations

from flask import Flask

from infosoc.crm.views import search


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    app.register_blueprint(search.blueprint)
