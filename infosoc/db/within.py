"""A column among very many values: they travel as one; a place in the statement for each costs more than the rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, bindparam, column, func, select
from sqlalchemy.orm import Session

from infosoc.db import prepared


def within(session: Session, asked: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether the column has one of these values: numbers or texts."""
    given = list(values)
    if session.get_bind().dialect.name == "sqlite":
        rows = func.json_each(bindparam(None, json.dumps(given), Text(), unique=True)).table_valued(column("value"))
        return asked.in_(select(rows.c.value))
    return asked == any_(bindparam(None, given, ARRAY(asked.type), unique=True))


def within_bound(session: Session, asked: Any, name: str) -> ColumnElement[bool]:
    """The same for a statement that is compiled once (`prepared`); `packed` makes the value that goes in its place."""
    if session.get_bind().dialect.name == "sqlite":
        rows = func.json_each(prepared.bound(name, Text())).table_valued(column("value"))
        return asked.in_(select(rows.c.value))
    return asked == any_(prepared.bound(name, ARRAY(asked.type)))


def packed(session: Session, values: Iterable[Any]) -> Any:
    """Very many values as one."""
    given = list(values)
    return json.dumps(given) if session.get_bind().dialect.name == "sqlite" else given
