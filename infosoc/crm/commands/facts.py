"""Facts: the parts of a record that are edited one by one, each read, written and told in its own way.

An editor remembers what it showed (`mark`). When the fact has become something else in the meantime the change is
refused with `FactChanged`, and the person chooses; two people who edit different facts never disturb each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from infosoc.kernel.errors import Invalid, Stale
from infosoc.kernel.words import N_


class FactChanged(Stale):
    """Somebody else changed the same fact after it was shown; `keys` says which."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__()
        self.keys = keys


class UnknownChoice(Invalid):
    message = N_("That option no longer exists. Choose another.")


@dataclass(frozen=True)
class Fact:
    """One fact of a record.

    `read` gives the value as forms and other tenants' records can hold it (public ids, never internal keys); `write`
    changes the rows; `told` is the value as the history keeps it.
    """

    key: str
    label: str
    joint: bool
    read: Callable[[Any], Any]
    write: Callable[[Session, Any, Any], None]
    told: Callable[[Any], str | None]
    mark_of: Callable[[Any], Any] | None = None


def mark(fact: Fact, record: Any) -> str:
    """A short digest of what a fact is now; an editor carries it to notice that somebody else was first."""
    value = fact.mark_of(record) if fact.mark_of else fact.read(record)
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


def changed(facts: Mapping[str, Fact], record: Any, values: Mapping[str, Any], seen: Mapping[str, str]) -> list[Fact]:
    """The facts whose value is new; raises `FactChanged` when one of them is no longer what was seen."""
    new = [facts[key] for key in values if facts[key].read(record) != values[key]]
    stale = [fact.key for fact in new if seen.get(fact.key) and seen[fact.key] != mark(fact, record)]
    if stale:
        raise FactChanged(stale)
    return new


def write(
    session: Session, facts: list[Fact], record: Any, values: Mapping[str, Any]
) -> dict[str, tuple[str | None, str | None]]:
    """Write these facts and return what the history is to say of them."""
    told = {}
    for fact in facts:
        before = fact.told(record)
        fact.write(session, record, values[fact.key])
        after = fact.told(record)
        if before != after:
            told[fact.key] = (before, after)
    return told


def plain(owner: Callable[[Any], Any], name: str) -> tuple[Callable[[Any], Any], Callable[[Session, Any, Any], None]]:
    """Reading and writing of a text column; empty text is kept as nothing where the column may be empty."""

    def read(record: Any) -> str:
        value = getattr(owner(record), name)
        return "" if value is None else str(value)

    def put(_session: Session, record: Any, value: str) -> None:
        row = owner(record)
        nullable = type(row).__table__.c[name].nullable
        setattr(row, name, value or (None if nullable else ""))

    return read, put
