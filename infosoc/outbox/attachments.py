"""Files that go along with messages. A message names them by kind and number; whoever owns a kind reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class File:
    """A file as it stands in a letter; `kind` is its media type."""

    name: str
    kind: str
    content: bytes = field(repr=False)


Source = Callable[[int], File]
_sources: dict[str, Source] = {}


def source(kind: str) -> Callable[[Source], Source]:
    """Register what reads the files of a kind, in an application context and the scope of the message's tenant."""

    def register(read: Source) -> Source:
        _sources[kind] = read
        return read

    return register


def read(attached: Iterable[dict[str, Any]]) -> list[File]:
    """The files that a message names."""
    return [_sources[one["kind"]](one["number"]) for one in attached]
