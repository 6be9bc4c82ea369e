"""What SQL has no common words for: many ids as one parameter, and a column kept from SQLite's indexes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Dialect, Text, TypeDecorator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class IdList(TypeDecorator[Sequence[int]]):
    """Ids as JSON for SQLite, as an array literal for PostgreSQL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> str:
        text = json.dumps([int(one) for one in value or ()], separators=(",", ":"))
        return text if dialect.name == "sqlite" else "{" + text[1:-1] + "}"


class _Members(FunctionElement[Any]):
    name = "members"
    inherit_cache = True


@compiles(_Members, "sqlite")
def _sqlite(element: _Members, compiler: Any, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(_Members, "postgresql")
def _postgresql(element: _Members, compiler: Any, **options: Any) -> str:
    return f"(SELECT unnest(CAST({compiler.process(element.clauses, **options)} AS BIGINT[])))"


def among(column: Any, ids: BindParameter[Any]) -> ColumnElement[bool]:
    """That the column is one of the ids in a parameter of type `IdList`."""
    return column.bool_op("IN")(_Members(ids))


class _Unindexed(FunctionElement[Any]):
    name = "unindexed"
    inherit_cache = True


def unindexed(column: Any) -> Any:
    """A column as no index has it, for SQLite's planner: rows are tested by it on the way along another index.

    Its fixed statistics cannot tell a condition that nearly all rows meet; PostgreSQL's own can.
    """
    made: Any = _Unindexed(column)
    made.type = column.type
    return made


@compiles(_Unindexed, "sqlite")
def _plus(element: _Unindexed, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


@compiles(_Unindexed)
def _plain(element: _Unindexed, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))
