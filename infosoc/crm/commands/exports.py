"""Writing down that somebody took data out."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote_plus

from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.audit import taken_out
from infosoc.crm.models.imports import Export
from infosoc.kernel.identity import has_personal_number, mask_personal_numbers

MARKED = "marked"


@taken_out.keeps
def note(
    session: Session, list_name: str, query: str, columns: list[str], rows: int, kind: str, *, by: int | None,
    now: datetime,
) -> Export:  # fmt: skip
    """Log an export: who, which list, which filter, which columns, how many rows."""
    said = unquote_plus(query)
    query = mask_personal_numbers(said) if has_personal_number(said) else query
    export = Export(list_name=list_name, query=query[:4000], columns=columns, rows=rows, by_id=by, made_at=now)
    session.add(export)
    session.flush()
    changes = {"list": (None, list_name), "rows": (None, rows), "columns": (None, ", ".join(columns)),
               "format": (None, kind)}  # fmt: skip
    audit.record(session, "list exported", "export", export.id, by=by, changes=changes)
    return export
