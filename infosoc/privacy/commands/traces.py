"""Taking a person out of every table, as `privacy.columns` says: rows, values, links and what texts say of them.

The register's own rows (person, posts, ways to reach, search documents) are removed by `crm.commands.purge`.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, delete, null, select, update
from sqlalchemy.orm import Session

from infosoc.crm.commands.purge import erase_history
from infosoc.crm.import_rules import State
from infosoc.crm.imports import files
from infosoc.crm.models.changes import Undo
from infosoc.crm.models.companies import CompanyTag, Tag
from infosoc.crm.models.imports import ImportBatch, ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.search_documents import TAGGED
from infosoc.db import search_index
from infosoc.db.search import ENTRY
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from infosoc.privacy import folders, journal
from infosoc.privacy.classes import Erased, Holds, Table
from infosoc.privacy.columns import OF_STAFF, TABLES
from infosoc.privacy.queries import places
from infosoc.privacy.queries.people import Person
from infosoc.privacy.request_rules import LAST_LETTER

# Removed by the purge of the register, or kept on a ground that the report names.
BY_PURGE = frozenset({"contact", "post", "contact_relation", "company", "address", "search_document", "contact_point"})
_SENDING = (MessageState.CLAIMED.value, MessageState.SENDING.value)
_QUIET = {"synchronize_session": False}
Counts = Counter[str]


def remove(session: Session, person: Person) -> Counts:
    """Take the person out of every table of the tenant but the register's own; says how many rows of each."""
    counts: Counts = Counter()
    _history(session, person)
    for table in TABLES.values():
        if table.told and table.name not in BY_PURGE | OF_STAFF:
            counts[table.name] += _of_table(session, table, person)
    counts["import_batch"] += _files(session, person)
    return +counts


def _history(session: Session, person: Person) -> None:
    """What changes said of the person goes; that there were changes stays."""
    erase_history(session, "contact", person.contacts)
    for kind, model in (("entry", LogEntry), ("follow_up", FollowUp)):
        erase_history(session, kind, select(model.id).where(model.contact_id.in_(person.contacts)))


def _of_table(session: Session, table: Table, person: Person) -> int:
    touched = 0
    for row, is_linked in places.rows(session, table, person):
        touched += _row(session, table, row, person, is_linked=is_linked)
    return touched


def _row(session: Session, table: Table, row: Any, person: Person, *, is_linked: bool) -> bool:
    """Remove a row, or change it; whether anything was done."""
    model = type(row)
    if isinstance(row, OutboxMessage):
        return _message(session, row, person, is_linked=is_linked)
    if table.erased_by(Erased.ROW) and (is_linked or table.name in {"saved_view", "audit_value"}):
        session.execute(delete(model).where(model.id == row.id), execution_options=_QUIET)
        return True
    values = _emptied(table, row) if is_linked or _has_blanked_text(table) else {}
    values |= _taken_out(table, row, person)
    if is_linked and isinstance(row, LogEntry | FollowUp):
        # Free text tells who it was even without the name (P-40).
        values["text" if isinstance(row, LogEntry) else "note"] = ""
    values = {name: value for name, value in values.items() if not _is_same(getattr(row, name), value)}
    if not values:
        return False
    session.execute(update(model).where(model.id == row.id).values(values), execution_options=_QUIET)
    if isinstance(row, LogEntry):
        search_index.mark(session, ENTRY, [row.id])
    if isinstance(row, Tag):
        _index_tagged(session, row.id)
    return True


def _has_blanked_text(table: Table) -> bool:
    """Whether a text that names the person is emptied as a whole: rows of files, mail from outside."""
    return any(column.holds is Holds.TEXT and column.erased is Erased.BLANK for column in table.columns.values())


def _emptied(table: Table, row: Any) -> dict[str, Any]:
    return {name: _nothing(type(row), name) for name in table.erased_by(Erased.BLANK)}


def _nothing(model: Any, name: str) -> Any:
    """What an emptied column holds."""
    column = model.__table__.c[name]
    if isinstance(column.type, JSON):
        return null() if column.nullable else {}
    return None if column.nullable else ""


def _is_same(before: Any, after: Any) -> bool:
    return before == after if not hasattr(after, "compare") else before is None


def _taken_out(table: Table, row: Any, person: Person) -> dict[str, Any]:
    needles = places.needles_for(row, person)
    found = {}
    for name in table.erased_by(Erased.REDACT):
        value = getattr(row, name)
        if isinstance(row, Undo):
            value = _without(value, person)
        found[name] = needles.taken_out(value)
    return found


def _without(image: Any, person: Person) -> Any:
    """An image without the rows that are the person's: an undo is not to bring them back."""
    if isinstance(image, dict):
        return {key: _without(value, person) for key, value in image.items()}
    if isinstance(image, list):
        return [_without(one, person) for one in image if not _is_theirs(one, person)]
    return image


def _is_theirs(one: Any, person: Person) -> bool:
    return isinstance(one, dict) and (
        one.get("contact_id") in person.contacts or one.get("normalised") in (*person.addresses, *person.phones)
    )


def _message(session: Session, row: OutboxMessage, person: Person, *, is_linked: bool) -> bool:
    """A message to the person goes; one that is being handed over is emptied; the last letter they get stays."""
    if row.unique_key.startswith(LAST_LETTER):
        return False
    if is_linked and row.state not in _SENDING:
        session.execute(delete(OutboxMessage).where(OutboxMessage.id == row.id), execution_options=_QUIET)
        return True
    empty = {"subject": "", "text_body": "", "html_body": None, "problem": ""}
    values: dict[str, Any] = {"recipient": "", **empty} if is_linked else _redacted_message(row, person)
    session.execute(update(OutboxMessage).where(OutboxMessage.id == row.id).values(values), execution_options=_QUIET)
    return True


def _redacted_message(row: OutboxMessage, person: Person) -> dict[str, Any]:
    names = ("subject", "text_body", "html_body", "problem")
    return {name: person.needles.taken_out(getattr(row, name)) for name in names}


def _index_tagged(session: Session, tag_id: int) -> None:
    carried = select(CompanyTag.relation_id).where(CompanyTag.tag_id == tag_id)
    search_index.mark(session, TAGGED, session.scalars(carried))


# ---- files -----------------------------------------------------------------------------------------------------------


def _files(session: Session, person: Person) -> int:
    """Files on their way in that name the person are thrown away: what was read of them, and the bytes."""
    folder, gone = folders.data_dir() / "imports", 0
    drafts = (State.UPLOADED.value, State.PREVIEWING.value, State.PREVIEWED.value)
    for batch in session.scalars(select(ImportBatch).where(ImportBatch.state.in_(drafts))):
        path = files.path_of(folder, batch.file_name)
        if path is None or not _file_names(path, person):
            continue
        session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id), execution_options=_QUIET)
        batch.state, batch.reading, batch.mapping, batch.counts = State.DISCARDED.value, {}, {}, {}
        journal.remove_after_commit(session, path)
        gone += 1
    session.flush()
    return gone


def _file_names(path: Path, person: Person) -> bool:
    """Whether a file of any of the kinds that imports read names the person."""
    content = path.read_bytes()
    pieces = [content]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            pieces = [book.read(name) for name in book.namelist() if name.endswith(".xml")]
    encodings = ("utf-8", "cp1252", "utf-16")
    return any(person.near.is_in(piece.decode(encoding, "replace")) for piece in pieces for encoding in encodings)
