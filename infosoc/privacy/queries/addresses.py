"""Which e-mail addresses stand anywhere in what a tenant keeps, by keyed hash: the way back from a hash to its owner.

Asked only when a database has been put back: the journal of removals knows people by their hashes alone (P-42).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Text, cast, or_, select
from sqlalchemy.orm import Session

from infosoc.db.tenancy import current_scope, seeing_hidden
from infosoc.kernel.email import InvalidEmail
from infosoc.mailings.models import InboundMail
from infosoc.privacy.classes import Holds, Table
from infosoc.privacy.columns import OF_STAFF, TABLES
from infosoc.privacy.needles import readings
from infosoc.privacy.queries import places
from infosoc.suppression import pepper

_ADDRESS = re.compile(r"[^\s<>\"'(),:;\[\]\\/=]+@[^\s<>\"'(),:;\[\]\\/=&?]+[^\W_]")


def by_digest(session: Session) -> dict[bytes, str]:
    """Every address in the columns that may hold something of a person, free text and mail among them."""
    digest, found = pepper.digester(), dict[bytes, str]()
    for address in {one for text in _texts(session) for one in _ADDRESS.findall(text)}:
        try:
            found[digest(address)] = address
        except InvalidEmail:
            continue
    return found


def _texts(session: Session) -> Iterator[str]:
    with seeing_hidden():
        for table in TABLES.values():
            if table.told and table.name not in OF_STAFF:
                yield from _of_table(session, table)


def _of_table(session: Session, table: Table) -> Iterator[str]:
    model = places.model_of(table.name)
    for name in table.named(Holds.PERSON, Holds.TEXT):
        column = getattr(model, name)
        if isinstance(column.type, LargeBinary):
            for content in session.scalars(select(column).where(column.is_not(None), *_ours(model))):
                yield from readings(content)
        elif isinstance(column.type, JSON):
            text = cast(column, Text)
            yield from session.scalars(select(text).where(text.contains("@")))
        elif isinstance(column.type, String):
            yield from session.scalars(select(column).distinct().where(column.contains("@")))


def _ours(model: Any) -> list[Any]:
    """Mail from outside belongs to nobody until it is understood."""
    if model is not InboundMail:
        return []
    return [or_(InboundMail.tenant_id == current_scope().tenant_id, InboundMail.tenant_id.is_(None))]
