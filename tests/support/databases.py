"""Fresh databases for tests: migrated once a process and kind, then copied for each test."""

from __future__ import annotations

import contextlib
import itertools
import shutil
from pathlib import Path

import flask_migrate
import psycopg
from flask import Flask

from infosoc.config import Settings
from infosoc.db.session import db
from infosoc.factory import create_app
from tests.support import emptying
from tests.support.postgres import PostgresServer

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
CHEAP_ARGON2 = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


def settings(database_url: str, data_dir: Path, base_url: str = "http://localhost") -> Settings:
    """The settings of a test: hashing that takes no time, nothing that leaves the machine."""
    return Settings(
        database_url=database_url,
        data_dir=data_dir,
        secret_key="only-for-tests-0123456789abcdefghijklmnop",
        base_url=base_url,
        pepper="only-for-tests-pepper-0123456789abcdefgh",
        unsubscribe_keys="1:" + "11" * 32,
        argon2=dict(CHEAP_ARGON2),
    )


def migrate(database_url: str, data_dir: Path) -> Flask:
    """Bring a database to the newest revision and return the application that did it, let go of."""
    app = create_app(settings(database_url, data_dir))
    with app.app_context():
        flask_migrate.upgrade(directory=str(MIGRATIONS))
        let_go(app)
    return app


def let_go(app: Flask) -> None:
    """Close every connection of an application."""
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


class Databases:
    """The templates of one test process, and the copies made of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._sqlite_template: Path | None = None
        self._server: PostgresServer | None = None
        self._copies: dict[str, str] = {}
        self._shapes: dict[str, list[tuple]] = {}
        self._cleaners: dict[str, psycopg.Connection] = {}
        self._empty: list[str] = []

    def fresh(self, backend: str, folder: Path) -> str:
        """The address of a new, migrated, empty database."""
        return self._fresh_sqlite(folder) if backend == "sqlite" else self._fresh_postgresql()

    def drop(self, url: str) -> None:
        """Let go of a copy: empty it for the next test, or remove it."""
        name = self._copies.pop(url, None)
        if name and self._server and self._emptied(name):
            self._empty.append(name)
        elif name and self._server:
            self._cleaners.pop(name).close()
            self._server.drop(name)

    def waits(self, url: str) -> bool:
        """Whether this copy is empty and kept for the next test."""
        return bool(self._server) and url in {self._server.url(name) for name in self._empty}

    def execute(self, url: str, statement: str) -> None:
        """Run a statement in a PostgreSQL copy as its superuser."""
        assert self._server
        self._server.execute(statement, database=self._copies[url])

    def close(self) -> None:
        """End the PostgreSQL server, if one was started."""
        for cleaner in self._cleaners.values():
            cleaner.close()
        if self._server:
            self._server.stop()

    def sqlite_template(self) -> Path:
        """A migrated SQLite file to copy."""
        if self._sqlite_template is None:
            path = self._folder / "template.sqlite3"
            migrate(f"sqlite:///{path}", self._folder)
            self._sqlite_template = path
        return self._sqlite_template

    def _fresh_sqlite(self, folder: Path) -> str:
        copy = folder / "infosoc.sqlite3"
        shutil.copyfile(self.sqlite_template(), copy)
        return f"sqlite:///{copy}"

    def _fresh_postgresql(self) -> str:
        if self._server is None:
            self._server = PostgresServer()
            migrate(self._server.create("template"), self._folder)
        if self._empty:
            name = self._empty.pop()
            url = self._server.url(name)
        else:
            name = f"test_{next(self._numbers)}"
            url = self._server.create(name, template="template")
            # One connection a copy, kept as long as it: a new one reads the whole catalogue anew.
            self._cleaners[name] = self._server.connect(name)
            self._shapes[name] = emptying.shape(self._cleaners[name])
        self._copies[url] = name
        return url

    def _emptied(self, name: str) -> bool:
        with contextlib.suppress(psycopg.Error):
            return emptying.empty(self._cleaners[name], self._shapes[name])
        return False
