"""The proof, run on a copy: every column classified, every mark in the extract, nothing left after an erasure, and
no way back in (`flask privacy verify`). The tests run the same with faults put in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.commands import blocked
from infosoc.db import search_index
from infosoc.db.base import Base
from infosoc.db.tenancy import every_tenant
from infosoc.privacy import columns, words
from infosoc.privacy.classes import Erased, Holds
from infosoc.privacy.columns import OF_STAFF, TABLES
from infosoc.privacy.commands import erasure
from infosoc.privacy.markers import ADDRESS, NAME, PHONE, Marked
from infosoc.privacy.needles import Needles
from infosoc.privacy.queries import extract as extracts
from infosoc.privacy.queries import places
from infosoc.privacy.queries.extract import Extract
from infosoc.suppression.rules import Channel

# What an erasure keeps on a ground that its report names: an account of somebody who works here, cases and their
# letters, the final log of an incident, the books.
KEEPS = OF_STAFF | {
    "privacy_case", "case_letter", "incident_entry", "erasure", "voucher", "voucher_line", "ledger_account", "invoice",
    "invoice_line", "incoming_payment", "reminder", "reminder_stop", "collection_batch", "bad_debt",
}  # fmt: skip


def unclassified() -> list[str]:
    """The columns that nobody has classified."""
    schema = {table.name: {column.name for column in table.columns} for table in Base.metadata.tables.values()}
    return columns.unclassified(schema)


def missing_in_extract(session: Session, marked: Marked) -> list[str]:
    """The columns whose mark the person's extract does not show."""
    made = extracts.extract(session, address=ADDRESS)
    return [f"{table}.{name}" for (table, name), value in marked.values.items() if not _shows(made, table, name, value)]


def _shows(made: Extract, table: str, name: str, value: object) -> bool:
    label, wanted = words.label(table, name), extracts.shown(table, name, value)
    cells = (cell for part in made.parts if part.name == table for row in part.rows for cell in row)
    return bool(wanted) and any(cell.label == label and cell.value == wanted for cell in cells)


def left_after_erasure(session: Session, marked: Marked, *, now: datetime) -> list[str]:
    """Erase the person, and name every column of the tenant's own where something of them still stands."""
    erasure.erase(session, marked.contact_id, channel=Channel.STAFF, by=None, now=now)
    search_index.index_marked(session)  # else done when the transaction ends
    session.flush()
    with every_tenant("a scratch copy is looked through"):
        return sorted(set(_traces(session, marked)))


def _traces(session: Session, marked: Marked) -> Iterator[str]:
    needles = Needles.of(names=[NAME], addresses=[ADDRESS], phones=[PHONE])
    for table in TABLES.values():
        if table.name in KEEPS or table.name not in Base.metadata.tables:
            continue
        model = places.model_of(table.name)
        for row in session.execute(select(model.__table__)).mappings():
            for name, value in row.items():
                if needles.is_in(value) or needles.is_in(str(value)):
                    yield f"{table.name}.{name}"
            if row.get("id") == marked.rows.get(table.name):
                yield from _marks_left(table.name, dict(row), marked)


def _marks_left(table: str, row: dict[str, object], marked: Marked) -> Iterator[str]:
    """Marks that should have gone with the row, or with the value."""
    for name, column in TABLES[table].columns.items():
        before = marked.values.get((table, name))
        gone = column.erased in (Erased.ROW, Erased.BLANK) and column.holds is not Holds.POINTER
        if gone and before and row.get(name) == before:
            yield f"{table}.{name}"


def is_kept_out(session: Session) -> bool:
    """Whether the erased address can no longer be written down."""
    return blocked.among(session, [ADDRESS]) == {ADDRESS}
