"""Counting the SQL statements of a request, so that a page cannot grow one for each row it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from infosoc.db.session import db

MOST_ON_A_PAGE = 8
# What opens a transaction and tells PostgreSQL the tenant is no question to the database.
_NOT_COUNTED = ("BEGIN", "select set_config(")


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements that the body sends, in order."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(_NOT_COUNTED):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
