"""What lies in the trash of a tenant, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.rules import TRASH_DAYS


@dataclass(frozen=True)
class Trashed:
    """One record in the trash: what it is, who put it there, and how many days it has left."""

    kind: str
    public_id: str
    name: str
    detail: str
    at: datetime
    by: str
    days_left: int


PAGE = 200


def trashed(session: Session, *, now: datetime, see_protected: bool) -> list[Trashed]:
    """Companies and contact persons in the trash, newest first; people who went along with a company are its."""
    companies = session.execute(
        select(Company.public_id, Company.name, CompanyRelation.municipality, CompanyRelation.trashed_at, User.name)
        .join(CompanyRelation, CompanyRelation.company_id == Company.id)
        .outerjoin(User, User.id == CompanyRelation.trashed_by)
        .where(CompanyRelation.trashed_at.is_not(None))
        .order_by(CompanyRelation.trashed_at.desc())
        .limit(PAGE)
    )
    went_along = select(CompanyRelation.trashed_at).where(CompanyRelation.trashed_at.is_not(None))
    people = session.execute(
        select(Contact.public_id, Contact.name, ContactRelation.trashed_at, User.name)
        .join(ContactRelation, ContactRelation.contact_id == Contact.id)
        .outerjoin(User, User.id == ContactRelation.trashed_by)
        .where(
            ContactRelation.trashed_at.is_not(None),
            ContactRelation.trashed_at.not_in(went_along),
            or_(Contact.is_protected.is_(False), literal(see_protected)),
        )
        .order_by(ContactRelation.trashed_at.desc())
        .limit(PAGE)
    )
    rows: list[Any] = [
        ("company", public_id, name, place or "", at, by) for public_id, name, place, at, by in companies
    ]
    rows += [("contact", public_id, name, "", at, by) for public_id, name, at, by in people]
    made = [
        Trashed(kind, public_id, name, detail, at, by or "", _days_left(at, now))
        for kind, public_id, name, detail, at, by in rows
    ]
    return sorted(made, key=lambda one: one.at, reverse=True)


def _days_left(at: datetime, now: datetime) -> int:
    return max(0, ceil((at + timedelta(days=TRASH_DAYS) - now) / timedelta(days=1)))
