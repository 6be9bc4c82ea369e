"""Rows that must be there before they are looked at, whoever comes first."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def add_missing(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> None:
    """Add the rows whose unique values are not there yet; those that are there stay as they are."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(model).on_conflict_do_nothing(), rows)
