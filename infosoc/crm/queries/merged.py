"""The record that another was merged into: an old address leads there for as long as the merge can be undone."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.changes import MERGED, Undo
from infosoc.crm.models.companies import Company

_MOST = 20  # what was merged may have been merged again, and so on


def kept_instead(session: Session, public_id: str) -> str | None:
    """The address of the company that this one was merged into by us; None when it was not, or nobody may see it."""
    gone = public_id
    for _ in range(_MOST):
        query = (
            select(Undo.images["kept_id"].as_integer(), Undo.images["kept_public_id"].as_string())
            .where(
                Undo.deed == MERGED, Undo.undone_at.is_(None),
                Undo.images[("company", "row", "public_id")].as_string() == gone,
            )
            .order_by(Undo.id.desc())
        )  # fmt: skip
        found = session.execute(query.limit(1)).first()
        if found is None:
            return None
        kept_id, kept = found
        there = session.scalar(select(Company.public_id).where(Company.id == kept_id))
        if there is not None:
            return there
        gone = kept or ""
    return None
