"""Everything that a list holds, for deeds on all of it: bulk edits and exports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.lists.state import Query
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.queries import lists_walk

# More than this in one deed is work for an import, and the undo of it would be a second register.
MOST = 100_000


def matching_companies(session: Session, query: Query) -> tuple[list[int], int]:
    """The companies of a list in its order, as the filters say now; and how many more than `MOST` are left out."""
    walk = lists_walk.walk(session, query, most=lists_walk.EVERY)
    rows = lists_walk.rows(session, walk, [CompanyRelation.company_id], "company ids", most=MOST)
    left_out = lists_walk.count(session, walk, lists_walk.EVERY) - MOST if len(rows) == MOST else 0
    return [row[0] for row in rows], left_out


def companies_at(session: Session, public_ids: Iterable[str]) -> list[int]:
    """The companies of ours with these addresses; one that is not ours is left out."""
    wanted = list(dict.fromkeys(public_ids))
    found: list[int] = []
    for at in range(0, len(wanted), 500):
        found += session.scalars(_ours(wanted[at : at + 500]))
    return found


def _ours(public_ids: Sequence[str]):
    return (
        select(Company.id)
        .join(CompanyRelation, CompanyRelation.company_id == Company.id)
        .where(Company.public_id.in_(public_ids))
        .order_by(CompanyRelation.name_sort, Company.id)
    )
