"""Rows as plain JSON and back, for deeds that can be undone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, inspect

from infosoc.db.base import UtcInstant


def image(row: Any) -> dict[str, Any]:
    """Every column of a row, as JSON can hold it."""
    return {column.key: _plain(getattr(row, column.key)) for column in inspect(type(row)).column_attrs}


def remade(model: type[Any], values: dict[str, Any]) -> Any:
    """A new row with the values of an image, its old id and address included."""
    columns = {attribute.key: attribute.columns[0] for attribute in inspect(model).column_attrs}
    return model(**{name: _value(columns[name].type, value) for name, value in values.items() if name in columns})


def plain_values(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Some columns of a row, as JSON can hold them."""
    return {name: _plain(getattr(row, name)) for name in names}


def put_back(row: Any, values: dict[str, Any]) -> None:
    """Give a row the values of an image again."""
    columns = {attribute.key: attribute.columns[0] for attribute in inspect(type(row)).column_attrs}
    for name, value in values.items():
        setattr(row, name, _value(columns[name].type, value))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UtcInstant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
