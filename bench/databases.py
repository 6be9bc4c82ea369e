"""Databases of a given size: made once a run, or kept in a folder and used again."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
PASSWORD, EMAIL = "bara för mätning 1", "bench@infosoc.example"
UNSUBSCRIBE_KEYS = "1:" + "11" * 32
SECRET_KEY = "only-for-measuring-0123456789abcdef"
MARK = "made-of"
DURABLE = ["shared_buffers=256MB", "max_wal_size=4GB"]
MADE_OF = (
    "bench/generator.py",
    "infosoc/db/search_tokens.py",
    "infosoc/demo/words.py",
    "migrations/versions/*.py",
    "migrations/env.py",
    "infosoc/db/planner.py",
)


@dataclass(frozen=True)
class Place:
    """One database: where it is, for the application and for a floor that talks to it plainly."""

    backend: str
    rows: int
    url: str
    folder: Path
    plain: str

    @property
    def name(self) -> str:
        return f"{self.backend}, {self.rows:,}".replace(",", " ", 1).replace(",", " ")

    def environment(self) -> dict[str, str]:
        """What a process of the application, or of a floor, needs to work on it."""
        return {
            "DATABASE_URL": self.url, "INFOSOC_DATA_DIR": str(self.folder), "SECRET_KEY": SECRET_KEY,
            "BASE_URL": "http://127.0.0.1", "FLOOR_DATABASE": self.plain, "SUPPRESSION_PEPPER": SECRET_KEY,
            "UNSUBSCRIBE_KEYS": UNSUBSCRIBE_KEYS,
        }  # fmt: skip


class Databases:
    """What a run measures on. PostgreSQL is a server of its own, durable as in daily use."""

    def __init__(self, keep: str | None) -> None:
        self._folder = Path(keep or tempfile.mkdtemp(prefix="infosoc-bench-")).resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._is_kept = keep is not None
        self._server: PostgresServer | None = None
        self._apps: dict[tuple[str, str], Flask] = {}

    def place(self, backend: str, rows: int) -> Place:
        """A database with so many contacts, made when it is not there."""
        return self._made(backend, rows, f"{backend}-{rows}")[0]

    def app(self, backend: str, rows: int) -> Flask:
        """An application in this process on a register with so many contacts."""
        return self._made(backend, rows, f"{backend}-{rows}")[1]

    def empty(self, backend: str, name: str) -> Place:
        """A new register that holds one tenant and one user, for goals that fill it themselves."""
        if app := self._apps.pop((backend, name), None):
            let_go(app)
        shutil.rmtree(self._folder / name, ignore_errors=True)
        return self._made(backend, 0, name)[0]

    def app_of(self, backend: str, name: str) -> Flask:
        """An application in this process on a register that `empty` has made."""
        return self._apps[backend, name]

    def _made(self, backend: str, rows: int, name: str) -> tuple[Place, Flask]:
        folder = self._folder / name
        place = Place(backend, rows, self._url(backend, folder), folder, self._plain(backend, folder))
        if (backend, name) not in self._apps:
            is_there = (folder / MARK).exists() and (folder / MARK).read_text() == _made_of()
            if not is_there:
                self._clear(backend, folder)
            app = create_app(_settings(place.url, folder))
            if not is_there:
                _fill(app, rows)
                (folder / MARK).write_text(_made_of())
            self._apps[backend, name] = app
        return place, self._apps[backend, name]

    def _clear(self, backend: str, folder: Path) -> None:
        """What was kept is used again only if it would be made the same today."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if backend == "postgresql":
            self._postgres().drop(_database(folder))
            self._postgres().create(_database(folder))

    def _url(self, backend: str, folder: Path) -> str:
        if backend == "sqlite":
            return f"sqlite:///{folder / 'infosoc.sqlite3'}"
        return self._postgres().url(_database(folder))

    def _plain(self, backend: str, folder: Path) -> str:
        if backend == "sqlite":
            return str(folder / "infosoc.sqlite3")
        return f"host={self._postgres().folder} user=postgres dbname={_database(folder)}"

    def _postgres(self) -> PostgresServer:
        if self._server is None:
            folder = self._folder / "server" if self._is_kept else None
            if folder:
                folder.mkdir(exist_ok=True)
            self._server = PostgresServer(DURABLE, folder)
        return self._server

    def close(self) -> None:
        for app in self._apps.values():
            let_go(app)
        if self._server:
            self._server.stop()
        if not self._is_kept:
            shutil.rmtree(self._folder, ignore_errors=True)


def let_go(app: Flask) -> None:
    """Close what this process has open of an application's database."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _fill(app: Flask, rows: int) -> None:
    with app.app_context():
        flask_migrate.upgrade(directory=str(ROOT / "migrations"))
        _first_rows(app)
        db.session.remove()
        if rows:
            generator.write(db.engine, rows)
    let_go(app)


def _database(folder: Path) -> str:
    return folder.name.replace("-", "_")


def _made_of() -> str:
    """A digest of all that decides what is in a database."""
    digest = hashlib.sha256()
    for pattern in MADE_OF:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def databases(keep: str | None) -> Iterator[Databases]:
    made = Databases(keep)
    try:
        yield made
    finally:
        made.close()


def _settings(url: str, folder: Path) -> Settings:
    return Settings(
        database_url=url, data_dir=folder, secret_key=SECRET_KEY, base_url="http://localhost", pepper=SECRET_KEY,
        unsubscribe_keys=UNSUBSCRIBE_KEYS,
    )  # fmt: skip


def _first_rows(app: Flask) -> None:
    """One tenant and one seller, numbered 1 as the generator expects."""
    now = generator.NOW
    with transaction() as session:
        tenant = add_tenant(session, "infosoc", "Infosoc", now=now)
        user = User(name="Mäta Snabb", email=EMAIL, created_at=now,
                    password_hash=app.extensions["hasher"].hash(PASSWORD))  # fmt: skip
        session.add(user)
        session.flush()
        with tenant_scope(Scope.alone(tenant.id)):
            session.add(Membership(user_id=user.id, roles=[Role.ADMINISTRATOR, Role.SELLER], created_at=now))
            session.flush()
        assert (tenant.id, user.id) == (generator.TENANT, generator.USER)
