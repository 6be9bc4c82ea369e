"""Whose data are kept and not used (GDPR article 18): hidden from everything but these questions (P-31)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, with_loader_criteria

from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.db.tenancy import hide, seeing_hidden
from infosoc.kernel.text import sort_key
from infosoc.privacy.models import Restriction

# Columns of the table itself: the filter of the scope is not to be put into the filter of the scope.
_row = Restriction.__table__.c


def _current_of(tenant_id: int) -> Any:
    return select(_row.contact_id).where(_row.tenant_id == tenant_id, _row.lifted_at.is_(None))


def _relations(tenant_id: int) -> Any:
    return with_loader_criteria(
        ContactRelation, lambda cls: cls.contact_id.not_in(_current_of(tenant_id)), include_aliases=True
    )


def _contacts(tenant_id: int) -> Any:
    return with_loader_criteria(Contact, lambda cls: cls.id.not_in(_current_of(tenant_id)), include_aliases=True)


hide(_relations)
hide(_contacts)


@dataclass(frozen=True)
class Restricted:
    """One person under restriction, for the privacy role."""

    contact_id: int
    public_id: str
    name: str
    reason: str
    made_at: datetime


def ids(session: Session) -> Collection[int]:
    """The contact persons of this tenant whose data may not be used now."""
    return set(session.scalars(select(Restriction.contact_id).where(Restriction.lifted_at.is_(None))))


def current(session: Session, contact_id: int) -> Restriction | None:
    """The restriction that holds now."""
    query = select(Restriction).where(Restriction.contact_id == contact_id, Restriction.lifted_at.is_(None))
    return session.scalar(query)


def listed(session: Session) -> list[Restricted]:
    """Everybody under restriction, the newest first; for the privacy role alone."""
    return _told(session, None)


def find(session: Session, asked: str) -> list[Restricted]:
    """Those with exactly this name or address; nothing is found by a part of it."""
    wanted = asked.strip()
    held = select(ContactPoint.contact_id).where(ContactPoint.normalised == wanted.lower())
    named = select(ContactRelation.contact_id).where(ContactRelation.name_sort == sort_key(wanted)[:120])
    return _told(session, Contact.id.in_(held) | Contact.id.in_(named)) if wanted else []


def addresses(session: Session, asked: Iterable[str]) -> set[str]:
    """Those of these addresses that belong to somebody under restriction: nobody writes them down a second time."""
    wanted = list(asked)
    found: set[str] = set()
    for at in range(0, len(wanted), 500):
        query = (
            select(ContactPoint.normalised)
            .join(Restriction, Restriction.contact_id == ContactPoint.contact_id)
            .where(ContactPoint.normalised.in_(wanted[at : at + 500]), Restriction.lifted_at.is_(None))
        )
        found.update(session.scalars(query))
    return found


def _told(session: Session, where: ColumnElement[bool] | None) -> list[Restricted]:
    query = (
        select(Contact.id, Contact.public_id, Contact.name, Restriction.reason, Restriction.made_at)
        .join(Restriction, Restriction.contact_id == Contact.id)
        .where(Restriction.lifted_at.is_(None))
        .order_by(Restriction.made_at.desc(), Restriction.id.desc())
    )
    with seeing_hidden():
        return [Restricted(*row) for row in session.execute(query if where is None else query.where(where))]
