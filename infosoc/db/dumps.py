"""A consistent copy of the whole database, and putting it back: SQLite's online backup, PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, inspect, text

TOLD_BY = ("tenant", "user_account")

# The roles and the first drop of everything, in the transaction that restores.
_CLEAN = """
do $$ begin if not exists (select 1 from pg_roles where rolname = 'infosoc_app') then
  create role infosoc_app nologin nosuperuser nobypassrls; end if; end $$;
do $$ begin if not pg_has_role(current_user, 'infosoc_app', 'member') then
  execute format('grant infosoc_app to %I', current_user); end if; end $$;
do $$ declare thing record; begin
  for thing in select format('drop table if exists public.%I cascade', tablename) as drop from pg_tables
    where schemaname = 'public' loop execute thing.drop; end loop;
  for thing in select format('drop function if exists %s cascade', p.oid::regprocedure) as drop from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e') loop
    execute thing.drop; end loop;
  for thing in select format('drop sequence if exists public.%I cascade', sequencename) as drop from pg_sequences
    where schemaname = 'public' loop execute thing.drop; end loop;
end $$;
"""
_RIGHTS = """
set search_path = public;
set row_security = on;
set infosoc.tenant = '*';
alter default privileges in schema public grant select, insert, update, delete on tables to infosoc_app;
alter default privileges in schema public grant usage on sequences to infosoc_app;
"""


class CannotCopy(OSError):
    """The database could not be copied or put back; the text says why."""


def held(engine: Engine) -> dict[str, int]:
    """How many companies and users the database holds; nothing at all when it is new."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("reset role"))
        there = set(inspect(connection).get_table_names())
        counts = {
            name: connection.execute(text(f"select count(*) from {name}")).scalar() or 0
            for name in TOLD_BY
            if name in there
        }
        if engine.dialect.name == "postgresql":
            connection.invalidate()
    return {name: count for name, count in counts.items() if count}


def dump(engine: Engine, folder: Path) -> Path:
    """Write a copy of the database into the folder, while others work."""
    if engine.dialect.name == "sqlite":
        return _dump_sqlite(_sqlite_path(engine), folder / "database.sqlite3")
    return _dump_postgresql(engine, folder / "database.pgdump")


def load(engine: Engine, copy: Path, statements: Sequence[Any]) -> None:
    """Replace everything in the database by the copy, changed by the statements before anybody can see it."""
    if engine.dialect.name == "sqlite":
        _load_sqlite(engine, copy, statements)
    else:
        _load_postgresql(engine, copy, statements)


def _sqlite_path(engine: Engine) -> Path:
    if not engine.url.database or engine.url.database == ":memory:":
        raise CannotCopy("This database lives in memory only.")
    return Path(engine.url.database)


def _dump_sqlite(source: Path, copy: Path) -> Path:
    if not source.exists():
        raise CannotCopy(f"There is no database at {source}.")
    with closing(sqlite3.connect(source, timeout=30)) as reading, closing(sqlite3.connect(copy)) as writing:
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")
    return copy


def _load_sqlite(engine: Engine, copy: Path, statements: Sequence[Any]) -> None:
    changed = create_engine(f"sqlite:///{copy}")
    try:
        with changed.begin() as connection:
            if connection.execute(text("PRAGMA quick_check(1)")).scalar() != "ok":
                raise CannotCopy("The database in the backup is damaged.")
            for statement in statements:
                connection.execute(statement)
    finally:
        changed.dispose()
    engine.dispose()
    target = _sqlite_path(engine)
    target.touch(mode=0o600)
    with closing(sqlite3.connect(copy)) as reading, closing(sqlite3.connect(target, timeout=30)) as writing:
        writing.execute("PRAGMA journal_mode=WAL")
        writing.execute("PRAGMA secure_delete=ON")
        reading.backup(writing)


def _dump_postgresql(engine: Engine, copy: Path) -> Path:
    # Row-level security binds the owner too: the copy is taken in the name of every tenant.
    everything = ["--format=custom", "--enable-row-security", "--no-owner", f"--file={copy}"]
    _run(engine, "pg_dump", [*everything, f"--dbname={_address(engine)}"])
    return copy


def _load_postgresql(engine: Engine, copy: Path, statements: Sequence[Any]) -> None:
    folder = copy.parent
    contents = _run(engine, "pg_restore", ["--list", str(copy)])
    wanted = folder / "contents"
    # The default rights of the old owner's tables are given anew to the owner of this database.
    wanted.write_text("\n".join(line for line in contents.splitlines() if " DEFAULT ACL " not in line) + "\n")
    script = folder / "restore.sql"
    _run(engine, "pg_restore", ["--no-owner", f"--use-list={wanted}", f"--file={script}", str(copy)])
    before, after = folder / "before.sql", folder / "after.sql"
    before.write_text(_CLEAN)
    after.write_text(_RIGHTS + "".join(f"{_literal(engine, statement)};\n" for statement in statements))
    files = [f"--file={part}" for part in (before, script, after)]
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    engine.dispose()
    _run(engine, "psql", [*options, *files, f"--dbname={_address(engine)}"])


def _literal(engine: Engine, statement: Any) -> str:
    return str(statement.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True}))


def _address(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _run(engine: Engine, program: str, arguments: list[str]) -> str:
    environment = os.environ | {"PGOPTIONS": "-c infosoc.tenant=*"}
    if engine.url.password:
        environment["PGPASSWORD"] = str(engine.url.password)
    done = subprocess.run(
        [_program(engine, program), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotCopy(f"{program}: {(done.stderr.strip() or 'failed').splitlines()[0]}")
    return done.stdout


def _program(engine: Engine, name: str) -> str:
    """PostgreSQL's own program, of the server's version where it is there: an older one refuses."""
    with engine.connect() as connection:
        major = (connection.dialect.server_version_info or (0,))[0]
    folders = [os.environ.get("PG_BIN", ""), f"/usr/lib/postgresql/{major}/bin", f"/usr/pgsql-{major}/bin"]
    for folder in folders:
        if folder and Path(folder, name).exists():
            return str(Path(folder, name))
    found = shutil.which(name)
    if found is None:
        raise CannotCopy(
            f"{name} is missing. Install PostgreSQL's client programs of version {major} "
            f"(Debian: postgresql-client-{major}), or set PG_BIN to their folder."
        )
    return found
