"""The record as JSON and back: one form for ever, the same text for the same record."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from infosoc.invoicing.rules.record import Invoice

_PLAIN = frozenset({str, int, bool, type(None)})

Record = TypeVar("Record")


def to_json(record: Any) -> str:
    """The record as text, with its keys in order and without needless room."""
    return json.dumps(_plain(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Invoice:
    """The record that `to_json` wrote. What it does not know raises: nothing is read silently wrong."""
    return read(Invoice, text)


def read(kind: type[Record], text: str) -> Record:
    """The same for any record that is a tree of frozen plain values."""
    return _built(kind, json.loads(text))


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if names := _names(kind):
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _built(kind: Any, value: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return None if value is None else _built(get_args(kind)[0], value)
    if get_origin(kind) is tuple:
        return tuple(_built(get_args(kind)[0], one) for one in value)
    if is_dataclass(kind):
        record: Any = kind
        hints = _hints(record)
        return record(**{name: _built(hints[name], one) for name, one in value.items()})
    if kind is date:
        return date.fromisoformat(value)
    return kind(value) if issubclass(kind, Enum) else value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass; asked for once each, for a billing run writes thousands of records."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
