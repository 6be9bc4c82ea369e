"""How a column is classified: whose data it holds, and what an erasure makes of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Holds(StrEnum):
    """What may stand in a column."""

    PERSON = "person"  # something about a contact person, or about one who has written to us
    TEXT = "text"  # free text, which may name anybody
    POINTER = "pointer"  # leads to a person: an internal number or a keyed hash
    STAFF = "staff"  # about those who work here
    NOTHING = "nothing"  # about nobody


class Erased(StrEnum):
    """What becomes of it when the person is erased."""

    ROW = "row"  # the row goes
    BLANK = "blank"  # the row stays, the value goes
    REDACT = "redact"  # the person's name, addresses and numbers are taken out of the text
    UNLINKED = "unlinked"  # stays, and no longer says of whom
    KEPT = "kept"  # stays, on a ground that the report names
    NOTHING = "nothing"


class Ground(StrEnum):
    """Why it may be kept (GDPR article 6(1))."""

    INTEREST = "legitimate_interest"
    CONTRACT = "contract"
    OBLIGATION = "legal_obligation"
    NONE = "none"


@dataclass(frozen=True)
class Column:
    """One column, classified."""

    holds: Holds
    erased: Erased

    @property
    def is_told(self) -> bool:
        """Whether a person's extract shows it."""
        return self.holds in (Holds.PERSON, Holds.TEXT)


@dataclass(frozen=True)
class Table:
    """One table, classified. `part` is its heading in the extract; without one, the table is about nobody."""

    name: str
    columns: dict[str, Column]
    part: str = ""
    purpose: str = ""
    ground: Ground = Ground.NONE
    kept: str = ""

    def named(self, *holds: Holds) -> list[str]:
        """The columns that hold one of these."""
        return [name for name, column in self.columns.items() if column.holds in holds]

    def erased_by(self, how: Erased) -> list[str]:
        return [name for name, column in self.columns.items() if column.erased is how]

    @property
    def told(self) -> list[str]:
        return [name for name, column in self.columns.items() if column.is_told]


_GROUPS = {
    "rows": Column(Holds.PERSON, Erased.ROW),
    "facts": Column(Holds.PERSON, Erased.UNLINKED),
    "blanked": Column(Holds.PERSON, Erased.BLANK),
    "proof": Column(Holds.PERSON, Erased.KEPT),
    "texts": Column(Holds.TEXT, Erased.REDACT),
    "blanked_texts": Column(Holds.TEXT, Erased.BLANK),
    "text_rows": Column(Holds.TEXT, Erased.ROW),
    "text_proof": Column(Holds.TEXT, Erased.KEPT),
    "pointers": Column(Holds.POINTER, Erased.BLANK),
    "pointer_rows": Column(Holds.POINTER, Erased.ROW),
    "hashes": Column(Holds.POINTER, Erased.KEPT),
    "staff": Column(Holds.STAFF, Erased.NOTHING),
    "nothing": Column(Holds.NOTHING, Erased.NOTHING),
}


def table(
    name: str, part: str = "", *, purpose: str = "", ground: Ground = Ground.NONE, kept: str = "", **groups: str
) -> Table:
    """A table from the names of its columns by group; every column stands in exactly one."""
    columns: dict[str, Column] = {}
    for group, names in groups.items():
        for column in names.split():
            if column in columns:
                raise ValueError(f"{name}.{column} is classified twice")
            columns[column] = _GROUPS[group]
    return Table(name, columns, part, purpose, ground, kept)
