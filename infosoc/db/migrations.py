"""Migrations by alembic, which is drawn in when a command asks for it: with what it draws in itself it takes 10 MB of
every process, and the web server's never migrate anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import Flask

from infosoc.db.session import db

FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def init_app(app: Flask) -> None:
    """Give the application `flask db` and what Flask-Migrate's functions look for."""
    app.extensions["migrate"] = _OnDemand(app)
    app.cli.add_command(_Commands("db", help="Perform database migrations."))


class _OnDemand:
    """Stands in the place of Flask-Migrate's own, which takes it at the first question."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        Migrate(self._app, db, directory=str(FOLDER))
        return getattr(self._app.extensions["migrate"], name)


class _Commands(click.Command):
    """Stands in the place of Flask-Migrate's group of commands, which takes over what is asked of it."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        from flask_migrate.cli import db as group

        return group.make_context(*args, **kwargs)
