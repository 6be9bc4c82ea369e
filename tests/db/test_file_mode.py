"""Who may read the file that SQLite keeps everything in."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from infosoc.db.session import prepare_engine


@contextmanager
def everybody_may_read():
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.parametrize("is_there", [True, False])
def test_the_database_and_what_lies_beside_it_is_for_its_owner_alone(tmp_path, is_there):
    file = tmp_path / "infosoc.sqlite3"
    with everybody_may_read():
        if is_there:
            file.touch(mode=0o644)
        engine = create_engine(f"sqlite:///{file}")
        prepare_engine(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept (id INTEGER)"))
            assert modes(tmp_path) == dict.fromkeys([file.name, f"{file.name}-wal", f"{file.name}-shm"], 0o600)
        engine.dispose()
