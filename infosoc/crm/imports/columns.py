"""A mapping made ready for many rows: which column holds each field."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

FACTS = ("line_of_business", "sni", "size", "municipality", "municipality_code", "source", "owner")
PLACES = ("visiting", "postal", "invoice")


class Plan(NamedTuple):
    """Where the fields are in a row, worked out once for a file."""

    width: int
    column: dict[str, int]
    columns: dict[str, tuple[int, ...]]
    facts: tuple[str, ...]
    places: tuple[str, ...]
    has_contact_name: bool
    has_split_name: bool


@lru_cache(maxsize=64)
def plan_for(mapping: tuple[str, ...]) -> Plan:
    """The plan of a mapping, which is the field of each column in order."""
    columns: dict[str, tuple[int, ...]] = {}
    for at, field in enumerate(mapping):
        columns[field] = (*columns.get(field, ()), at)
    split = "contact_first_name" in columns or "contact_last_name" in columns
    return Plan(
        width=len(mapping),
        column={field: places[0] for field, places in columns.items()},
        columns=columns,
        facts=tuple(field for field in FACTS if field in columns),
        places=tuple(place for place in PLACES if any(field.startswith(f"{place}_") for field in columns)),
        has_contact_name="contact_name" in columns or split,
        has_split_name=split,
    )
