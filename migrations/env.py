"""Runs the migrations, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import text

import infosoc.models  # noqa: F401 - all tables, for autogenerate and check
from infosoc.db import planner
from infosoc.db.base import Base, BigId, SortKey, UtcInstant

config = context.config


def belongs_to_us(_thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave alone what others keep in the same database: the job engine's tables and the search indexes."""
    if kind == "column" and reflected and name == "vector":
        return False
    return not (kind == "table" and reflected and compare_to is None and name not in Base.metadata.tables)


def render(kind: str, thing: Any, _context: Any) -> str | bool:
    """A migration says what the database gets, in SQLAlchemy's own types."""
    if kind == "type" and isinstance(thing, UtcInstant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and thing is BigId:
        return "BIG"
    if kind == "type" and thing is SortKey:
        return "SORT_KEY"
    return False


def run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("reset role"))
            connection.execute(text("select pg_advisory_lock(7276015)"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=belongs_to_us,
            render_as_batch=engine.dialect.name == "sqlite",
            render_item=render,
            compare_type=True,
            transaction_per_migration=True,
        )
        before = context.get_context().get_current_heads()
        with context.begin_transaction():
            context.run_migrations()
        planner.describe(connection)
        if context.get_context().get_current_heads() != before:
            planner.measure(connection)
        connection.commit()
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_unlock(7276015)"))
            connection.commit()
            connection.invalidate()


run()
