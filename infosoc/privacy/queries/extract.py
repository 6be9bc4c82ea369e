"""The extract of the register for one person (GDPR article 15): everything one tenant keeps of them.

Complete by construction: it reads every table that `privacy.columns` says may hold something of a person, and shows
every such column. Where a text may name others too, the part says so: somebody looks through it before it goes out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from infosoc.db.tenancy import seeing_hidden
from infosoc.kernel import clock
from infosoc.kernel.text import readable_key, sort_key
from infosoc.privacy import words
from infosoc.privacy.classes import Holds, Table
from infosoc.privacy.columns import told
from infosoc.privacy.queries import people, places
from infosoc.privacy.queries.people import Person

MOST_ROWS = 5000  # of a table; nobody has been in touch with us more often


@dataclass(frozen=True)
class Cell:
    """One value with its heading. `is_word` says that the value is a message id, not the person's own words."""

    label: str
    value: str
    is_word: bool = False
    is_text: bool = False


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Part:
    """What one table keeps of the person. `title`, `purpose` and `kept` are message ids."""

    name: str
    title: str
    purpose: str
    ground: str
    kept: str
    rows: tuple[Row, ...]

    @property
    def has_texts(self) -> bool:
        """Whether there is free text in it, which may name others (P-24)."""
        return any(cell.is_text and cell.value for row in self.rows for cell in row)


@dataclass(frozen=True)
class Extract:
    """The answer. `searched` names every part that was looked through, found or not (P-22).

    `is_shared` says that people of several names have the address: whoever reads its mail is not all of them.
    """

    address: str
    parts: tuple[Part, ...]
    searched: tuple[str, ...]
    made_at: datetime
    is_shared: bool = False

    @property
    def found(self) -> bool:
        return bool(self.parts)

    @property
    def needs_review(self) -> bool:
        return any(part.has_texts for part in self.parts)

    def as_json(self, translate: Callable[[str], str] = str) -> dict[str, Any]:
        """The same as plain JSON, its headings in the language of the reader."""
        return {
            "found": self.found,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "searched": [translate(one) for one in self.searched],
            "parts": [
                {
                    "title": translate(part.title),
                    "purpose": translate(part.purpose) if part.purpose else "",
                    "legal_ground": translate(part.ground) if part.ground else "",
                    "kept": translate(part.kept) if part.kept else "",
                    "rows": [
                        {translate(cell.label): translate(cell.value) if cell.is_word else cell.value for cell in row}
                        for row in part.rows
                    ],
                }
                for part in self.parts
            ],
        }


def extract(
    session: Session, *, address: str = "", contact_id: int | None = None, now: datetime | None = None
) -> Extract:
    """What the tenant in whose scope this runs keeps of the person with this address, or of this contact person."""
    person = people.person(session, address=address, contact_id=contact_id)
    with seeing_hidden():
        parts = [_part(session, one, person) for one in told()]
    found = tuple(part for part in parts if part.rows)
    shown = address or next(iter(person.addresses), "")
    is_shared = len({sort_key(name) for name in person.names}) > 1
    return Extract(shown, found, tuple(part.title for part in parts), now or clock.now(), is_shared)


def _part(session: Session, table: Table, person: Person) -> Part:
    rows = tuple(_row(table, row) for row, _ in places.rows(session, table, person, most=MOST_ROWS))
    return Part(table.name, table.part, table.purpose, words.GROUND_LABELS[table.ground], table.kept, rows)


def shown(table: str, name: str, value: Any) -> str:
    """A value as the extract shows it: a message id where it is a word of ours."""
    labels = words.values_of(table, name)
    if isinstance(value, str) and name.endswith("_sort"):
        return readable_key(value)
    return labels[value] if isinstance(value, str) and value in labels else _plain(value)


def _row(table: Table, row: Any) -> Row:
    cells = []
    for name in table.told:
        value, labels = getattr(row, name), words.values_of(table.name, name)
        is_word = isinstance(value, bool) or (isinstance(value, str) and value in labels)
        is_text = table.columns[name].holds is Holds.TEXT
        if name in ("text_body", "html_body") and row.is_secret:
            value = None  # a link to sign in by, not handed over yet: for whoever gets the letter, and nobody else
        cells.append(Cell(words.label(table.name, name), shown(table.name, name, value), is_word, is_text))
    return tuple(cells)


def _plain(value: Any) -> str:
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, bool):
        return words.YES if value else words.NO
    if isinstance(value, datetime):
        return clock.local(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
