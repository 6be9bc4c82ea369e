"""What SQLite's planner knows after an upgrade."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from infosoc.db import planner
from infosoc.db.session import db


def without_statistics(connection) -> set[str]:
    """The indexes that the planner knows nothing of."""
    indexes = connection.execute(text("SELECT name FROM sqlite_schema WHERE type = 'index'"))
    known = set(connection.execute(text("SELECT idx FROM sqlite_stat1")).scalars())
    return set(indexes.scalars()) - known


@pytest.mark.sqlite_only
def test_every_index_has_statistics_after_an_upgrade(app):
    with app.app_context(), db.engine.begin() as connection:
        assert without_statistics(connection) == set()
        connection.execute(text("CREATE INDEX ix_new ON company (name)"))
        assert without_statistics(connection) == {"ix_new"}
        planner.describe(connection)
        assert without_statistics(connection) == set()
