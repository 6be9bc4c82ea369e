"""Databases of a given size: made once a run, or kept in a folder and used again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from flask import Flask

from bench import generator
from infosoc.accounts.models import Membership, User
from infosoc.accounts.roles import Role
from infosoc.config import Settings
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.factory import create_app
from infosoc.tenancy.commands import add_tenant
from tests.support.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "bara för mätning 1"


class Databases:
    """What a run measures on. PostgreSQL is a server of its own, durable as in daily use."""

    def __init__(self, keep: str | None) -> None:
        self._temporary = None if keep else tempfile.TemporaryDirectory(prefix="infosoc-bench-")
        self._folder = Path(keep or self._temporary.name)  # type: ignore[union-attr]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._server: PostgresServer | None = None
        self._apps: dict[tuple[str, int], Flask] = {}

    def app(self, backend: str, rows: int) -> Flask:
        """An application on a register with so many contacts."""
        if (backend, rows) not in self._apps:
            self._apps[backend, rows] = self._make(backend, rows)
        return self._apps[backend, rows]

    def _make(self, backend: str, rows: int) -> Flask:
        folder = self._folder / f"{backend}-{rows}"
        folder.mkdir(exist_ok=True)
        app = create_app(_settings(self._url(backend, rows, folder), folder))
        with app.app_context():
            flask_migrate.upgrade(directory=str(ROOT / "migrations"))
            if not generator.is_filled(db.engine):
                _first_rows(app)
                db.session.remove()
                generator.write(db.engine, rows)
            db.session.remove()
            db.engine.dispose()
        return app

    def _url(self, backend: str, rows: int, folder: Path) -> str:
        if backend == "sqlite":
            return f"sqlite:///{folder / 'infosoc.sqlite3'}"
        if self._server is None:
            self._server = PostgresServer()
        return self._server.create(f"bench_{rows}")

    def close(self) -> None:
        for app in self._apps.values():
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
        if self._server:
            self._server.stop()
        if self._temporary:
            self._temporary.cleanup()


@contextmanager
def databases(keep: str | None) -> Iterator[Databases]:
    made = Databases(keep)
    try:
        yield made
    finally:
        made.close()


def _settings(url: str, folder: Path) -> Settings:
    return Settings(
        database_url=url, data_dir=folder, secret_key="only-for-measuring-0123456789abcdef", base_url="http://localhost"
    )


def _first_rows(app: Flask) -> None:
    """One tenant and one seller, numbered 1 as the generator expects."""
    now = generator.NOW
    with transaction() as session:
        tenant = add_tenant(session, "infosoc", "Infosoc", now=now)
        user = User(name="Mäta Snabb", email="bench@infosoc.example", created_at=now,
                    password_hash=app.extensions["hasher"].hash(PASSWORD))  # fmt: skip
        session.add(user)
        session.flush()
        with tenant_scope(Scope.alone(tenant.id)):
            session.add(Membership(user_id=user.id, roles=[Role.ADMINISTRATOR, Role.SELLER], created_at=now))
            session.flush()
        assert (tenant.id, user.id) == (generator.TENANT, generator.USER)
