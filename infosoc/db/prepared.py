"""Reads that are compiled once, the tenant filter in them, and then cost little more than their SQL.

A list page runs the same few statements for ever; building and looking up an ORM statement costs more than SQLite takes
to answer it. `rows` compiles a SELECT on mapped classes the first time a scope asks for it, with exactly the filter
that `tenancy` gives every ORM statement of that scope, keeps the text, and hands it to the driver with new values.
The scope is part of the key: another tenant, or a flag turned, is another text. No scope, no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect, bindparam
from sqlalchemy.orm import Session, scoped_session

from infosoc.db import tenancy
from infosoc.db.base import UtcInstant
from infosoc.db.tenancy import EveryTenant, NoTenantScope, Scope, UnscopedSql

MOST_KEPT = 2000

Processor = Callable[[Any], Any]


@dataclass(frozen=True)
class _Text:
    sql: str
    defaults: dict[str, Any]
    positions: tuple[str, ...] | None
    into: dict[str, Processor]
    out: tuple[tuple[int, Processor], ...]


_kept: dict[Hashable, _Text] = {}


def bound(name: str, type_: Any) -> BindParameter[Any]:
    """A place in a statement that is given its value each time it runs."""
    return bindparam(name, type_=type_, required=False)


def rows(
    session: Session,
    key: Hashable,
    build: Callable[[], Any],
    values: Mapping[str, Any] | None = None,
    *,
    shown: str | None = None,
) -> list[tuple[Any, ...]]:
    """The rows of a statement. `key` names its shape: equal keys must build equal statements, values apart."""
    scope = tenancy.scope_or_none()
    connection = _connection(session, scope)
    place = (key, scope, shown, tenancy.sees_hidden(), connection.dialect.name)
    text = _kept.get(place)
    if text is None:
        text = _compile(build(), scope, shown, connection.dialect)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[place] = text
    made = _fetched(connection, text.sql, _parameters(text, values or {}))
    return [_processed(row, text.out) for row in made] if text.out else made


def own_rows(session: Session, sql: str, values: Mapping[str, Any] | tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The rows of a text in the driver's own marks, for `infosoc/db`, which writes the scope into its SQL itself."""
    return _fetched(_connection(session, tenancy.scope_or_none()), sql, values)


def written(connection: Connection, sql: str, values: tuple[Any, ...]) -> None:
    """Run a statement that gives no rows, as shortly; PostgreSQL, after an error, could not be asked once more."""
    if connection.dialect.name != "sqlite" or connection.dispatch.before_cursor_execute:
        connection.exec_driver_sql(sql, values)
        return
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(sql, values)
    except connection.dialect.dbapi.Error:  # type: ignore[union-attr]  # an open connection has a driver
        connection.exec_driver_sql(sql, values)  # SQLite has undone the statement: it fails again, in known words
    finally:
        cursor.close()


def connection_of(session: Session) -> Connection:
    """The connection of the session's transaction, with the scope's row-level security on it."""
    return _connection(session, tenancy.scope_or_none())


def _connection(session: Session, scope: Scope | EveryTenant | None) -> Connection:
    """The connection of the session's transaction. To ask the session each time takes longer than a small statement."""
    if isinstance(session, scoped_session):
        session = session()
    transaction, connection = session.info.get("connection", (None, None))
    if connection is None or transaction is not session.get_transaction():
        connection = session.connection()
        session.info["connection"] = session.get_transaction(), connection
    if connection.dialect.name == "postgresql":
        tenancy.apply_row_security(session, scope)
    return connection


def _fetched(connection: Connection, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    """The driver's own tuples, no Row around them, and no result object where nobody listens to the statements."""
    if connection.dispatch.before_cursor_execute:
        return _listened(connection, sql, parameters)
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
    except connection.dialect.dbapi.Error:  # type: ignore[union-attr]  # an open connection has a driver
        # Once more the long way: it answers, or says what is wrong in the words that callers know.
        return _listened(connection, sql, parameters)
    finally:
        cursor.close()


def _listened(connection: Connection, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    result = connection.exec_driver_sql(sql, parameters)
    made: Any = result.cursor.fetchall()
    result.close()
    return made


def _parameters(text: _Text, values: Mapping[str, Any]) -> Any:
    given = {**text.defaults, **values}
    for name, processor in text.into.items():
        given[name] = processor(given[name])
    return given if text.positions is None else tuple(given[name] for name in text.positions)


def _processed(row: tuple[Any, ...], out: tuple[tuple[int, Processor], ...]) -> tuple[Any, ...]:
    made = list(row)
    for place, processor in out:
        if made[place] is not None:
            made[place] = processor(made[place])
    return tuple(made)


def _compile(statement: Any, scope: Any, shown: str | None, dialect: Dialect) -> _Text:
    _check(statement, scope)
    if scope is not None and not isinstance(scope, EveryTenant):
        statement = statement.options(*tenancy.criteria(scope, shown, tenancy.sees_hidden()))
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    defaults = dict(compiled.construct_params(_check=False))
    out = [(place, _processor(column.type, dialect)) for place, column in enumerate(compiled._result_columns)]
    return _Text(
        sql=compiled.string,
        defaults=defaults,
        positions=tuple(compiled.positiontup) if compiled.positional else None,
        into={name: made for name, made in compiled._bind_processors.items() if callable(made) and name in defaults},
        out=tuple((place, made) for place, made in out if made is not None),
    )


def _processor(kind: Any, dialect: Dialect) -> Processor | None:
    """What makes a driver's value ours. For SQLite's instants one call, not three steps."""
    if isinstance(kind, UtcInstant) and dialect.name == "sqlite":
        return _instant
    return kind._cached_result_processor(dialect, None)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


def _check(statement: Any, scope: Any) -> None:
    """The same refusals as for statements that go through the session."""
    if not getattr(statement, "is_select", False) or not _is_mapped(statement):
        raise UnscopedSql("only infosoc/db writes SQL that the tenant filter cannot see")
    if scope is None and tenancy.names_guarded(statement):
        raise NoTenantScope("no tenant scope is active")


def _is_mapped(statement: Any) -> bool:
    parts = getattr(statement, "selects", None) or [statement]
    return all(part._propagate_attrs.get("compile_state_plugin") == "orm" for part in parts)
