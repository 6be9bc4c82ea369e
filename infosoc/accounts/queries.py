"""Reading accounts and memberships."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership, User, UserSession
from infosoc.accounts.roles import permissions_of
from infosoc.accounts.rules import MemberFacts
from infosoc.accounts.sessions import is_live
from infosoc.db import prepared
from infosoc.db.tenancy import every_tenant
from infosoc.kernel import clock
from infosoc.kernel.email import InvalidEmail, canonical
from infosoc.kernel.errors import NotFound
from infosoc.kernel.permission import Permission
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.rules import TenantFacts


@dataclass(frozen=True)
class Standing:
    """The tenants of the installation and what one person is in each."""

    tenants: list[TenantFacts]
    rights: dict[int, frozenset[Permission]]

    @property
    def own_tenants(self) -> list[TenantFacts]:
        return [tenant for tenant in self.tenants if tenant.id in self.rights]


def standing(session: Session, user_id: int, *, on: date) -> Standing:
    """Every tenant with the person's rights there, in one statement; an ended membership gives none."""
    with every_tenant("sign-in reads a person's memberships"):
        rows = prepared.rows(session, "standing", _memberships, {"user": user_id, "day": on})
    tenants = [TenantFacts(*row[:6]) for row in rows]
    return Standing(tenants, {row[0]: permissions_of(row[6]) for row in rows if row[6] is not None})


def _memberships() -> Select[Any]:
    day = prepared.bound("day", Membership.ends_on.type)
    held = and_(
        Membership.tenant_id == Tenant.id,
        Membership.user_id == prepared.bound("user", Membership.user_id.type),
        or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
    )
    return (
        select(Tenant.id, Tenant.slug, Tenant.name, Tenant.brand, Tenant.flags, Tenant.settings, Membership.roles)
        .outerjoin(Membership, held)
        .order_by(Tenant.id)
    )


def roles_in(session: Session, user_id: int, tenant_id: int) -> list[str]:
    """What a person is in one of their tenants."""
    query = select(Membership.roles).where(Membership.user_id == user_id, Membership.tenant_id == tenant_id)
    with every_tenant("a person's own page says what they are"):
        return session.scalar(query) or []


def colleagues(session: Session) -> list[User]:
    """The people of this tenant who can sign in today, by name: whom a record can be given to."""
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(User.disabled_at.is_(None), _holds(clock.today()))
        .order_by(User.name, User.id)
    )
    return list(session.scalars(query))


def user_by_email(session: Session, email: str) -> User | None:
    """The account with this address, as typed."""
    try:
        address = canonical(email)
    except InvalidEmail:
        return None
    return session.scalar(select(User).where(User.email == address))


def tenants_of(session: Session, user_id: int, *, on: date) -> list[TenantFacts]:
    """The tenants a person belongs to, oldest first."""
    return standing(session, user_id, on=on).own_tenants


def sessions_of(session: Session, user_id: int, *, now: datetime) -> list[UserSession]:
    """The browsers in which a person is signed in now, the latest used first."""
    query = (
        select(UserSession)
        .where(UserSession.user_id == user_id, *is_live(now))
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )
    return list(session.scalars(query))


# ---- the members of a tenant ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """One member as the list shows them."""

    user: User
    membership: Membership
    last_seen_at: datetime | None
    is_ended: bool

    @property
    def state(self) -> str:
        """`ended`, `disabled`, `invited` (has not chosen a password) or `active`."""
        if self.is_ended:
            return "ended"
        if self.user.disabled_at is not None:
            return "disabled"
        return "active" if self.user.password_hash else "invited"


def members(session: Session, *, today: date) -> list[Member]:
    """Everybody who is or has been a member of this tenant: present ones first, by name."""
    seen = select(UserSession.user_id, func.max(UserSession.last_seen_at).label("at")).group_by(UserSession.user_id)
    latest = seen.subquery()
    query = (
        select(User, Membership, latest.c.at)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(latest, latest.c.user_id == User.id)
        .order_by(User.name, User.id)
    )
    found = [
        Member(user, membership, at, membership.ends_on is not None and membership.ends_on < today)
        for user, membership, at in session.execute(query)
    ]
    return sorted(found, key=lambda member: member.is_ended)


def member(session: Session, public_id: str, *, today: date) -> Member:
    """One member by the id in the address."""
    found = [one for one in members(session, today=today) if one.user.public_id == public_id]
    if not found:
        raise NotFound
    return found[0]


def membership(session: Session, user_id: int) -> Membership:
    """The membership of this person in this tenant."""
    found = session.scalar(select(Membership).where(Membership.user_id == user_id))
    if found is None:
        raise NotFound
    return found


def administration(session: Session, *, today: date, lock: bool = False) -> list[MemberFacts]:
    """What the rule of the last administrator needs; with `lock`, nobody else changes members meanwhile."""
    rows = select(Membership).order_by(Membership.id)
    memberships = list(session.scalars(rows.with_for_update() if lock else rows))
    able = set(
        session.scalars(
            select(User.id).where(
                User.id.in_([one.user_id for one in memberships]),
                User.disabled_at.is_(None),
                User.password_hash.is_not(None),
            )
        )
    )
    return [
        MemberFacts(one.user_id, tuple(one.roles), one.ends_on, one.user_id in able)
        for one in memberships
        if one.ends_on is None or one.ends_on >= today
    ]


def _holds(on: date) -> ColumnElement[bool]:
    return or_(Membership.ends_on.is_(None), Membership.ends_on >= on)


def names_of(session: Session, user_ids: set[int]) -> dict[int, str]:
    """The names of these people, whatever became of their membership: for logs and histories."""
    if not user_ids:
        return {}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {row.id: row.name for row in rows}
