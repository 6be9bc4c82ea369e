"""Pairs that may be one company, and the two sides of a merge beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from infosoc.crm.models.changes import DuplicatePair
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.kernel.errors import NotFound

PAGE = 50


@dataclass(frozen=True)
class Pair:
    pair: DuplicatePair
    first: Company
    second: Company


def open_pairs(session: Session, *, page: int = 1) -> tuple[list[Pair], int]:
    """Pairs that nobody has settled, surest first, and how many there are.

    Both sides are still visible to us, and neither lies in our trash. Two are two companies once it is known that
    their organisation numbers differ, also when they were proposed before that.
    """
    first, second = aliased(Company), aliased(Company)
    trashed = select(CompanyRelation.id).where(
        CompanyRelation.company_id.in_((DuplicatePair.first_id, DuplicatePair.second_id)),
        CompanyRelation.trashed_at.is_not(None),
    )
    both = (
        select(DuplicatePair, first, second)
        .join(first, first.id == DuplicatePair.first_id)
        .join(second, second.id == DuplicatePair.second_id)
        .where(DuplicatePair.settled_at.is_(None), ~trashed.exists())
        .where(
            or_(first.org_number.is_(None), second.org_number.is_(None), first.org_number == second.org_number)
        )
    )  # fmt: skip
    query = both.order_by(DuplicatePair.score.desc(), DuplicatePair.id).limit(PAGE).offset((page - 1) * PAGE)
    rows = [Pair(*row) for row in session.execute(query)]
    return rows, session.scalar(both.with_only_columns(func.count(), maintain_column_froms=True)) or 0


@dataclass(frozen=True)
class Side:
    """One of two records: the company, what we know of it (nothing when only the other tenant does), and how much."""

    company: Company
    relation: CompanyRelation | None
    entries: int
    follow_ups: int

    @property
    def weight(self) -> int:
        return self.entries * 2 + self.follow_ups + (self.relation.contacts if self.relation else 0)


def side(session: Session, public_id: str) -> Side:
    """A company as one side of a merge."""
    row = session.execute(
        select(Company, CompanyRelation, _count(LogEntry), _count(FollowUp))
        .outerjoin(CompanyRelation, CompanyRelation.company_id == Company.id)
        .options(joinedload(CompanyRelation.line), joinedload(CompanyRelation.owner))
        .where(Company.public_id == public_id)
    ).first()
    if row is None:
        raise NotFound
    return Side(*row)


def _count(model: Any) -> ScalarSelect[int]:
    """How many of these we have of the company."""
    return select(func.count(model.id)).where(model.company_id == Company.id).correlate(Company).scalar_subquery()
