"""Reading companies and what this tenant knows of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.kernel.errors import NotFound


def relation(session: Session, public_id: str) -> CompanyRelation:
    """Our relation to the company with this address, its company loaded; also one in the trash."""
    found = session.scalar(
        select(CompanyRelation)
        .join(Company, Company.id == CompanyRelation.company_id)
        .where(Company.public_id == public_id)
        .options(joinedload(CompanyRelation.company))
    )
    if found is None:
        raise NotFound
    return found


def company(session: Session, public_id: str) -> Company:
    """The company with this address: ours, or one that another tenant shows us."""
    found = session.scalar(select(Company).where(Company.public_id == public_id))
    if found is None:
        raise NotFound
    return found
