"""Writing rows past the ORM, for imports and the busiest deeds: several times quicker, under the same guard.

Rows are plain tuples; the tenant is stamped here and nowhere else. Ids are taken beforehand, so that rows of several
tables can point to one another without being read back. What is written here is not noticed by the session: copies and
the search index are the caller's to keep.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, Dialect, LargeBinary, text
from sqlalchemy.orm import Session

from infosoc.db import prepared, tenancy
from infosoc.db.base import Base, UtcInstant
from infosoc.db.session import NotInTransaction, in_transaction
from infosoc.db.tenancy import CrossTenantWrite, Joint, TenantScoped

Model = type[Any]
MOST_PLACES = 32_766  # SQLite's own limit for values in a statement, since 3.32
ROWS_A_STATEMENT = 250  # on SQLite; more gain nothing, and a text of one size is prepared once


def new_ids(session: Session, model: Model, count: int) -> list[int]:
    """Ids for rows about to be added. On SQLite the transaction holds the only write lock, so counting on is safe."""
    if not count:
        return []
    session.flush()  # what waits to be written has ids as well
    table = model.__table__
    if _is_sqlite(prepared.connection_of(session)):
        # The highest ever given, where the table remembers (`LASTING_IDS`); an id put in by hand raises that as well.
        highest = f"coalesce((SELECT max(id) FROM {table.name}), 0)"
        given = f"coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table.name}'), 0)"
        ((last,),) = prepared.own_rows(session, f"SELECT max({highest}, {given})", ())
        return list(range(last + 1, last + 1 + count))
    query = text(f"select nextval('{table.name}_id_seq') from generate_series(1, :count)")
    return list(session.scalars(query.execution_options(own_sql=True), {"count": count}))


def refresh_statistics(session: Session) -> None:
    """Tell PostgreSQL how large the filled tables are by now: else it takes them for small, and reads them whole.

    The tables belong to the role that connects; it is taken for this transaction alone.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    names = sorted(mapper.class_.__tablename__ for mapper in Base.registry.mappers if _grows(mapper.class_))
    # Not the empty ones: what is known to be empty is read whole by every trigger until the next look (`planner`).
    filled = text(
        "select quote_ident(relname) from pg_class where relkind = 'r' and relname = any(:names)"
        " and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0 order by relname"
    )
    found = session.scalars(filled.execution_options(own_sql=True), {"names": names}).all()
    for statement in ("set local role none", f"analyze {', '.join(found)}") if found else ():
        session.execute(text(statement).execution_options(own_sql=True))


def _grows(model: Model) -> bool:
    return issubclass(model, TenantScoped | Joint)


def add(session: Session, model: Model, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], **same: Any) -> None:
    """Add rows whose values stand in the order of `columns`; `same` holds what every row has alike."""
    rows = list(rows)
    if not rows:
        return
    connection, same = _begun(session, model, columns, same)
    write = _add_in_parts if _is_sqlite(connection) else _add_on_postgresql
    write(connection, model, columns, rows, same)


def add_each(
    session: Session, model: Model, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], **same: Any
) -> None:
    """As `add`, with a statement a row: for tables whose triggers must see one row before the next one comes."""
    rows = list(rows)
    if rows:
        connection, same = _begun(session, model, columns, same)
        _add_one_by_one(connection, model, columns, rows, same)


def _begun(session: Session, model: Model, columns: Sequence[str], same: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The connection to write on, and what every row has alike with the tenant among it."""
    if not in_transaction():
        raise NotInTransaction("write inside `with transaction()`")
    owner = _owner(model)
    if owner in same or owner in columns:
        raise CrossTenantWrite("the tenant is stamped, not given")
    return prepared.connection_of(session), {**same, owner: tenancy.current_scope().tenant_id}


@dataclass(frozen=True)
class Later:
    """A column's new value where it is later than what stands there, or nothing does."""

    value: Any


@dataclass(frozen=True)
class Sooner:
    """A column's new value where it is sooner than what stands there, or nothing does."""

    value: Any


def change(session: Session, model: Model, where: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Set columns of the scope's own rows in one statement; a value may be `Later` or `Sooner`."""
    if not in_transaction():
        raise NotInTransaction("write inside `with transaction()`")
    where = {**where, _owner(model): tenancy.current_scope().tenant_id}
    connection = prepared.connection_of(session)
    dialect, place = connection.dialect, "?" if _is_sqlite(connection) else "%s"
    sets, given = [], []
    for name, value in values.items():
        if isinstance(value, Later | Sooner):
            sign = "<" if isinstance(value, Later) else ">"
            column = _quoted((name,), dialect)
            sets.append(
                f"{column} = CASE WHEN {column} IS NULL OR {column} {sign} {place} THEN {place} ELSE {column} END"
            )
            given += [(name, value.value)] * 2
        else:
            sets.append(f"{_quoted((name,), dialect)} = {place}")
            given.append((name, value))
    which = " AND ".join(f"{_quoted((name,), dialect)} = {place}" for name in where)
    given += where.items()
    (row,) = _processed(model, [name for name, _ in given], [tuple(value for _, value in given)], dialect)
    prepared.written(connection, f"UPDATE {model.__table__.name} SET {', '.join(sets)} WHERE {which}", row)


def _is_sqlite(connection: Any) -> bool:
    return connection.dialect.name == "sqlite"


def _owner(model: Model) -> str:
    if issubclass(model, TenantScoped):
        return "tenant_id"
    if issubclass(model, Joint):
        return "origin_tenant_id"
    raise CrossTenantWrite(f"{model.__name__} belongs to no tenant")


def _add_one_by_one(
    connection: Any, model: Model, columns: Sequence[str], rows: list[tuple[Any, ...]], same: dict[str, Any]
) -> None:
    names = [*columns, *same]
    rows = _processed(model, columns, rows, connection.dialect)
    (alike,) = _processed(model, list(same), [tuple(same.values())], connection.dialect)
    rows = [row + alike for row in rows]
    places = ", ".join(["?" if _is_sqlite(connection) else "%s"] * len(names))
    into = f"INSERT INTO {model.__table__.name} ({_quoted(tuple(names), connection.dialect)}) VALUES ({places})"
    if len(rows) == 1:
        prepared.written(connection, into, rows[0])
    else:
        connection.exec_driver_sql(into, rows)


def _add_in_parts(
    connection: Any, model: Model, columns: Sequence[str], rows: list[tuple[Any, ...]], same: dict[str, Any]
) -> None:
    """Many rows a statement on SQLite, which opens a table's indexes and triggers once for each statement.

    That is half of what a single row costs. What rows have alike travels once, in the first places.
    """
    (alike,) = _processed(model, list(same), [tuple(same.values())], connection.dialect)
    rows = _processed(model, columns, rows, connection.dialect)
    first = ", ".join(f"?{at}" for at in range(1, len(same) + 1))
    row = f"({first}, {', '.join('?' * len(columns))})"
    into = f"INSERT INTO {model.__table__.name} ({_quoted((*same, *columns), connection.dialect)}) VALUES "
    most = min(ROWS_A_STATEMENT, (MOST_PLACES - len(same)) // len(columns))
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        prepared.written(connection, into + ", ".join([row] * len(part)), tuple(itertools.chain(alike, *part)))


def _add_on_postgresql(
    connection: Any, model: Model, columns: Sequence[str], rows: list[tuple[Any, ...]], same: dict[str, Any]
) -> None:
    """One statement for all rows: a column travels as an array."""
    names = [*columns, *same]
    table, dialect = model.__table__, connection.dialect
    rows = _processed(model, columns, rows, dialect)
    (alike,) = _processed(model, list(same), [tuple(same.values())], dialect)
    types = {name: _type_name(table.c[name], dialect) for name in names}
    arrays = ", ".join(f"%s::{'text' if types[name] == 'JSON' else types[name]}[]" for name in columns)
    chosen = [f"c{at}::{types[name]}" for at, name in enumerate(columns)] + [f"%s::{types[name]}" for name in same]
    aliases = ", ".join(f"c{at}" for at in range(len(columns)))
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({_quoted(tuple(names), dialect)}) SELECT {', '.join(chosen)} "
        f"FROM unnest({arrays}) AS given ({aliases})",
        (*alike, *(list(values) for values in zip(*rows, strict=True))),
    )


def _type_name(column: Any, dialect: Dialect) -> str:
    return column.type.compile(dialect).partition(" COLLATE")[0]


@lru_cache(maxsize=500)
def _quoted(names: tuple[str, ...], dialect: Dialect) -> str:
    return ", ".join(map(dialect.identifier_preparer.quote, names))


@lru_cache(maxsize=500)
def _processors(
    table: Any, names: tuple[str, ...], dialect: Dialect
) -> tuple[tuple[int, Callable[[Any], Any], bool], ...]:
    """Where a value is not as the driver wants it, what makes it so, and whether many rows have the same there."""
    found = []
    for at, name in enumerate(names):
        kind = table.c[name].type
        processor = kind._cached_bind_processor(dialect)
        # Both drivers take bytes as they are; wrapping each would cost more than writing it.
        if processor is not None and not isinstance(kind, LargeBinary):
            found.append((at, processor, isinstance(kind, Date | UtcInstant)))
    return tuple(found)


def _processed(
    model: Model, names: Sequence[str], rows: list[tuple[Any, ...]], dialect: Dialect
) -> list[tuple[Any, ...]]:
    """The values as the driver wants them; an absent one is NULL, in a JSON column too."""
    processors = _processors(model.__table__, tuple(names), dialect)
    if not processors or not rows:
        return rows
    values = list(zip(*rows, strict=True))
    for at, processor, is_repeated in processors:
        values[at] = (
            _repeated(processor, values[at])
            if is_repeated
            else tuple(None if value is None else processor(value) for value in values[at])
        )
    return list(zip(*values, strict=True))


def _repeated(processor: Callable[[Any], Any], values: Iterable[Any]) -> tuple[Any, ...]:
    """Days and instants, of which many rows have the same: each is written out once."""
    made: dict[Any, Any] = {None: None}
    return tuple(made[one] if one in made else made.setdefault(one, processor(one)) for one in values)
