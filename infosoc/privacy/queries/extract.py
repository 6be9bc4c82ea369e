"""The extract of the register for one person (GDPR article 15): everything one tenant keeps of them.

Complete by construction: it reads every table that `privacy.columns` says may hold something of a person, and shows
every such column. Where a text may name others too, the part says so: somebody looks through it before it goes out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company
from infosoc.db.search_tokens import without_codes
from infosoc.db.tenancy import seeing_hidden
from infosoc.kernel import clock
from infosoc.kernel.text import readable_key, sort_key
from infosoc.kernel.words import N_
from infosoc.mailings import inbound_rules
from infosoc.mailings.models import Mailing, MailingList
from infosoc.privacy import readable, words
from infosoc.privacy.classes import Holds, Table
from infosoc.privacy.columns import told
from infosoc.privacy.queries import people, places
from infosoc.privacy.queries.people import Person
from infosoc.privacy.queries.recipients import recipients
from infosoc.privacy.readable import Line

MOST_ROWS = 5000  # of a table; nobody has been in touch with us more often
LEADS: dict[str, tuple[str, Any, Any]] = {
    "company_id": (N_("Company"), Company.id, Company.name),
    "mailing_id": (N_("Mailing"), Mailing.id, Mailing.title),
    "list_id": (N_("Mailing list"), MailingList.id, MailingList.name),
}


@dataclass(frozen=True)
class Cell:
    """One value with its heading. `is_word` says that the value is a message id, not the person's own words.

    A value that is made of several is in `lines`, each with where it stands.
    """

    label: str
    value: str
    is_word: bool = False
    is_text: bool = False
    lines: tuple[Line, ...] = ()

    def said(self, translate: Callable[[str], str] = str) -> str:
        """The value in the language of the reader."""
        if self.lines:
            return "\n".join(one.said(translate) for one in self.lines)
        return translate(self.value) if self.is_word else self.value


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
    recipients: tuple[Line, ...] = ()

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
            "recipients": [one.said(translate) for one in self.recipients],
            "parts": [
                {
                    "title": translate(part.title),
                    "purpose": translate(part.purpose) if part.purpose else "",
                    "legal_ground": translate(part.ground) if part.ground else "",
                    "kept": translate(part.kept) if part.kept else "",
                    "rows": [{translate(cell.label): cell.said(translate) for cell in row} for row in part.rows],
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
        got = recipients(session, person)
    found = tuple(part for part in parts if part.rows)
    shown = address or next(iter(person.addresses), "")
    is_shared = len({sort_key(name) for name in person.names}) > 1
    return Extract(shown, found, tuple(part.title for part in parts), now or clock.now(), is_shared, got)


def _part(session: Session, table: Table, person: Person) -> Part:
    found = [row for row, _ in places.rows(session, table, person, most=MOST_ROWS)]
    names = _names(session, table, found)
    rows = tuple((*_named(row, names), *_row(table, row)) for row in found)
    return Part(table.name, table.part, table.purpose, words.GROUND_LABELS[table.ground], table.kept, rows)


def _names(session: Session, table: Table, found: list[Any]) -> dict[str, dict[int, str]]:
    """What the numbers in these rows lead to is called: a number tells the person nothing."""
    names: dict[str, dict[int, str]] = {}
    for column, (_, key, name) in LEADS.items():
        if column in table.columns and (ids := {getattr(row, column) for row in found} - {None}):
            names[column] = {row[0]: row[1] for row in session.execute(select(key, name).where(key.in_(ids)))}
    return names


def _named(row: Any, names: dict[str, dict[int, str]]) -> Row:
    """First in a row: which company, which mailing and which list it is about."""
    found = ((LEADS[column][0], by_id.get(getattr(row, column))) for column, by_id in names.items())
    return tuple(Cell(label, name) for label, name in found if name)


def shown(table: str, name: str, value: Any) -> str:
    """A value as the extract shows it: a message id where it is a word of ours."""
    return _cell(table, name, value, words.values_of(table, name)).said()


def _row(table: Table, row: Any) -> Row:
    cells = []
    for name in table.told:
        value = getattr(row, name)
        if name in ("text_body", "html_body") and row.is_secret:
            value = None  # a link to sign in by, not handed over yet: for whoever gets the letter, and nobody else
        cell = _cell(table.name, name, value, words.values_in_row(table.name, name, row))
        cells.append(replace(cell, is_text=table.columns[name].holds is Holds.TEXT))
    return tuple(cells)


def _cell(table: str, name: str, value: Any, labels: dict[str, str]) -> Cell:
    """A value with its heading, in words where it is one of ours; those of people are theirs."""
    heading = words.label(table, name)
    if (table, name) == ("invoice", "record"):
        value = _structure(value)
    if isinstance(value, dict | list):
        made = readable.lines(value, labels)
        return Cell(heading, "\n".join(one.said(str) for one in made), lines=made)
    if isinstance(value, bool):
        return Cell(heading, words.YES if value else words.NO, is_word=True)
    if isinstance(value, str) and value in labels:
        return Cell(heading, labels[value], is_word=True)
    return Cell(heading, _plain(table, name, value))


def _structure(text: str) -> Any:
    """A text that holds a structure."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _plain(table: str, name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return clock.local(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return inbound_rules.shown(value).as_text if table == "inbound_mail" else value.decode("utf-8", "replace")
    if isinstance(value, str) and name.endswith("_sort"):
        return readable_key(value)
    if isinstance(value, str) and (table, name) == ("search_document", "tokens"):
        return without_codes(value)
    return str(value)
