"""What the demo's mailings and requests share: who sits at a desk, and whom in the register it is about."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.accounts.roles import PERMISSIONS, Role
from infosoc.crm.lists.spec import Reader
from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.rules import Status
from infosoc.kernel import clock
from infosoc.tenancy.queries import tenant_named
from infosoc.tenancy.rules import TenantFacts

WORDS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "desk.toml").read_text(encoding="utf-8"))

FIRST = 20  # whom nothing is done about: the register's first pages are for trying things out


@dataclass(frozen=True)
class Desk:
    """One company's office as the demo finds it. People are named by what stands before the @ of their address."""

    tenant: TenantFacts
    people: dict[str, int]
    now: datetime

    def reader(self, name: str) -> Reader:
        """A seller, as mailings' filters are read."""
        return Reader(self.people[name], clock.local(self.now).date(), frozenset(PERMISSIONS[Role.SELLER]))

    def at(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        """A time of the Swedish day, so many days ago; on the working day before when that was a weekend."""
        moment = clock.local(self.now) - timedelta(days=days_ago)
        moment -= timedelta(days=max(0, moment.weekday() - 4) if days_ago else 0)
        return min(moment.replace(hour=hour, minute=minute, second=0, microsecond=0), self.now)


@dataclass(frozen=True)
class Someone:
    """A contact person who is the only one with an address."""

    id: int
    public_id: str
    name: str
    address: str


def desk(session: Session, slug: str, *, now: datetime) -> Desk:
    """The desk of a company; its people are those who can sign in there."""
    people = {email.partition("@")[0]: id for id, email in session.execute(select(User.id, User.email))}
    return Desk(tenant_named(session, slug), people, now)


def somebody(session: Session, status: Status, count: int) -> list[Someone]:
    """The first contact persons at companies of this status whose address nobody shares, in the tenant of the scope."""
    query = (
        select(Contact.id, Contact.public_id, Contact.name, ContactPoint.value)
        .join(ContactRelation, ContactRelation.contact_id == Contact.id)
        .join(ContactPoint, ContactPoint.contact_id == Contact.id)
        .where(ContactRelation.company_status == status.value, ContactRelation.marketing == "allowed")
        .where(ContactPoint.kind == "email")
        .order_by(Contact.id)
        .offset(FIRST)
        .limit(count * 2)
    )
    found: dict[str, Someone] = {}
    for row in session.execute(query):
        found.setdefault(row.value, Someone(*row))
    return list(found.values())[:count]
