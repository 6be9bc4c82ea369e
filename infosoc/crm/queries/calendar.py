"""Whose calendar a secret address is, and what is in it: days and names of companies, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from infosoc.accounts.models import Membership, User
from infosoc.accounts.roles import permissions_of
from infosoc.accounts.sessions import digest
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.log import FollowUp
from infosoc.db.tenancy import every_tenant
from infosoc.kernel.errors import NotFound
from infosoc.kernel.permission import Permission

MOST_DAYS = 500


@dataclass(frozen=True)
class Holder:
    """Who holds a calendar address, and where."""

    user: User
    tenant_id: int


@dataclass(frozen=True)
class Day:
    """One follow-up in the calendar."""

    public_id: str
    company_id: str
    company: str
    due_on: date
    made_at: datetime


def holder(session: Session, token: str, *, on: date) -> Holder:
    """The one who holds this address; it is not there once they have left, been shut out or lost the right."""
    with every_tenant("a calendar address names the membership it belongs to"):
        membership = session.scalar(
            select(Membership)
            .join(User, User.id == Membership.user_id)
            .where(Membership.calendar_digest == digest(token), User.disabled_at.is_(None))
            .options(joinedload(Membership.user))
        )
    if membership is None or (membership.ends_on is not None and membership.ends_on < on):
        raise NotFound
    if Permission.CRM_READ not in permissions_of(membership.roles):
        raise NotFound
    return Holder(membership.user, membership.tenant_id)


def has_address(session: Session, user_id: int) -> bool:
    """Whether the person has a calendar address in this tenant."""
    return session.scalar(select(Membership.calendar_digest).where(Membership.user_id == user_id)) is not None


def days(session: Session, user_id: int) -> list[Day]:
    """The open follow-ups of one person."""
    rows = session.execute(
        select(FollowUp.public_id, Company.public_id, Company.name, FollowUp.due_on, FollowUp.created_at)
        .join(CompanyRelation, CompanyRelation.company_id == FollowUp.company_id)
        .join(Company, Company.id == FollowUp.company_id)
        .where(
            FollowUp.assignee_id == user_id,
            FollowUp.done_at.is_(None),
            FollowUp.trashed_at.is_(None),
            CompanyRelation.trashed_at.is_(None),
        )
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(MOST_DAYS)
    )
    return [Day(*row) for row in rows]
