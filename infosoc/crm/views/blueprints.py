"""The register's blueprints, made here so that several files can attach their routes to one of them."""

from __future__ import annotations

from flask import Blueprint

companies = Blueprint("companies", __name__, url_prefix="/<tenant>/companies")
contacts = Blueprint("contacts", __name__, url_prefix="/<tenant>/contacts")
saved_views = Blueprint("saved_views", __name__, url_prefix="/<tenant>/views")

ALL = (companies, contacts, saved_views)
