"""Getting an application ready before it is forked, so that the workers share what all of them need."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import configure_mappers

from infosoc.db.connections import let_go


def warm(app: Flask) -> None:
    """Map the tables, compile the templates, answer one page; then let go of the database, which must not be shared."""
    configure_mappers()
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    app.test_client().get("/login")
    with app.app_context():
        let_go()
