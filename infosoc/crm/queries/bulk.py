"""What became of a bulk edit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.crm.commands.bulk import BULK, Result
from infosoc.crm.models.changes import BulkResult, Undo
from infosoc.crm.models.companies import Company
from infosoc.kernel.errors import NotFound

MOST_SHOWN = 500
MOST_CHANGED_SHOWN = 200


@dataclass(frozen=True)
class Outcome:
    """A bulk edit: how many rows came to what, those that were left as they were, and the first that were changed."""

    undo: Undo
    total: int
    counts: dict[str, int]
    others: list[tuple[Company, str]]
    changed: list[Company]

    @property
    def done(self) -> int:
        return sum(self.counts.values())

    @property
    def is_done(self) -> bool:
        return self.done >= self.total


def outcome(session: Session, public_id: str) -> Outcome:
    """The result of a bulk edit."""
    undo = session.scalar(select(Undo).where(Undo.public_id == public_id, Undo.deed == BULK))
    if undo is None:
        raise NotFound
    counts = select(BulkResult.result, func.count()).where(BulkResult.undo_id == undo.id).group_by(BulkResult.result)
    rows = (
        select(Company, BulkResult.result)
        .join(BulkResult, BulkResult.company_id == Company.id)
        .where(BulkResult.undo_id == undo.id)
        .order_by(BulkResult.id)
    )
    others = rows.where(BulkResult.result != Result.CHANGED).limit(MOST_SHOWN)
    changed = rows.where(BulkResult.result == Result.CHANGED).limit(MOST_CHANGED_SHOWN)
    return Outcome(
        undo,
        len(undo.images["ids"]),
        dict(tuple(row) for row in session.execute(counts)),
        [(company, result) for company, result in session.execute(others)],
        list(session.scalars(changed)),
    )
