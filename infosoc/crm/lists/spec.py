"""What a list is made of: filters, sorts, columns, and who reads it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select

from infosoc.kernel.permission import Permission

PAGE_SIZE = 50


@dataclass(frozen=True)
class Reader:
    """Who reads a list, and what they may see in it."""

    user_id: int
    today: date
    rights: frozenset[Permission] = frozenset()

    @property
    def sees_protected(self) -> bool:
        """Whether persons with protected identity are in lists, counts and exports at all."""
        return Permission.PROTECTED_READ in self.rights


@dataclass(frozen=True)
class Choice:
    """A row of the tenant that one can filter by: a line of business, a tag, a colleague."""

    id: int
    public_id: str
    label: str
    is_current: bool = True


@dataclass(frozen=True)
class View:
    """A saved view, as the tabs show it."""

    public_id: str
    name: str
    query: str
    is_shared: bool
    is_own: bool


@dataclass(frozen=True)
class Choices:
    """What a list needs of its tenant beside its rows, read in one statement."""

    lines: Mapping[int, Choice] = field(default_factory=dict)
    tags: Mapping[int, Choice] = field(default_factory=dict)
    people: Mapping[int, Choice] = field(default_factory=dict)
    views: Sequence[View] = ()
    columns: tuple[str, ...] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    more: Mapping[str, Mapping[int, Choice]] = field(default_factory=dict)  # what higher domains filter by


@dataclass(frozen=True)
class Option:
    """One choice in a chip. `is_word` tells a message id from a name that somebody has written."""

    value: str
    label: str
    is_word: bool = True
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Active:
    """A filter in use: what decides the SQL, what is bound to it, and how the address says it."""

    shape: tuple[str, ...]
    values: tuple[Any, ...]
    raw: tuple[str, ...]


class Filter(ABC):
    """One way to narrow a list. Subclasses read what the address says and turn it into a condition."""

    kind = "checkbox"
    is_loaded = True  # whether the chip fetches its choices when it is opened: a page of fifty rows is heavy enough
    has_names = False  # whether what is chosen is shown by a name that somebody has written
    has_counts = False  # whether the tenant's kept counts tell how many there are of each

    def __init__(self, name: str, label: str) -> None:
        self.name, self.label = name, label

    @abstractmethod
    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        """What the address asks for; None when that is nothing."""

    @abstractmethod
    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        """The condition. Equal shapes give equal SQL; `values` are bound, never written into it."""

    def lookup(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        """The same condition, written so that few rows are found by it rather than tested one by one."""
        return self.where(shape, values)

    def tested(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        """The same condition, written so that rows are tested by it on the way along another order."""
        return self.where(shape, values)

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        """What the chip offers."""
        return []


@dataclass(frozen=True)
class Sort:
    """An order that an index serves. Rows without a value come last, whichever way one sorts."""

    name: str
    keys: tuple[Any, ...]
    is_nullable: bool = False
    is_descending: bool = False


@dataclass(frozen=True)
class Column:
    """A column one can choose; `place` and `priority` say where it goes when it is tight (docs/design-system.md)."""

    name: str
    label: str
    sort: str | None = None
    place: str = ""
    priority: int | None = None
    is_default: bool = True
    is_number: bool = False


@dataclass
class ListSpec:
    """One list: the table it walks, what it shows, and how it can be narrowed and ordered."""

    name: str
    kind: str
    relation: Any
    subject: Any
    subject_id: Any
    public_id: Any
    sorts: dict[str, Sort]
    default_sort: str
    columns: tuple[Column, ...]
    filters: list[Filter]
    row_columns: tuple[Any, ...]
    joined: Callable[[Select[Any]], Select[Any]]
    hidden: Callable[[Reader], list[ColumnElement[bool]]]
    more_columns: dict[str, Any] = field(default_factory=dict)  # read only where the column of this name is shown

    @cached_property
    def public_id_place(self) -> int:
        """Where a row of `row_columns` has the public id. By identity: `==` between columns writes SQL."""
        return next(place for place, column in enumerate(self.row_columns) if column is self.public_id)

    def filter_named(self, name: str) -> Filter:
        return next(one for one in self.filters if one.name == name)

    @property
    def default_columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_default)
