"""Reading accounts and memberships."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership, User
from infosoc.accounts.roles import permissions_of
from infosoc.db.tenancy import every_tenant
from infosoc.kernel.permission import Permission
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import facts
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
        rows = session.execute(
            select(Tenant, Membership)
            .outerjoin(
                Membership,
                (Membership.tenant_id == Tenant.id)
                & (Membership.user_id == user_id)
                & or_(Membership.ends_on.is_(None), Membership.ends_on >= on),
            )
            .order_by(Tenant.id)
        ).all()
    rights = {tenant.id: permissions_of(member.roles) for tenant, member in rows if member is not None}
    return Standing([facts(tenant) for tenant, _ in rows], rights)


def colleagues(session: Session) -> list[User]:
    """The people of this tenant who can sign in, by name: whom a record can be given to."""
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(User.disabled_at.is_(None))
        .order_by(User.name)
    )
    return list(session.scalars(query))


def user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email.strip().lower()))
