"""Whom one can reach at a company, by which number, and who must not be called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.rules import PointKind

PHONES = (PointKind.PHONE, PointKind.MOBILE)


@dataclass
class Reachable:
    """A contact person at a company, as a caller needs to see them."""

    id: int
    public_id: str
    name: str
    title: str
    company_id: int
    is_blocked: bool
    is_protected: bool
    phones: list[str] = field(default_factory=list)
    email: str | None = None

    @property
    def may_be_called(self) -> bool:
        return not (self.is_blocked or self.is_protected)


@dataclass
class Points:
    """Phones and e-mail addresses by company and by contact person."""

    of_company: dict[int, list[ContactPoint]]
    of_contact: dict[int, list[ContactPoint]]

    def company_phones(self, company_id: int) -> list[str]:
        return [point.value for point in self.of_company[company_id] if point.kind in PHONES]

    def contact_phones(self, contact_id: int) -> list[str]:
        return [point.value for point in self.of_contact[contact_id] if point.kind in PHONES]


def points(session: Session, company_ids: Iterable[int], contact_ids: Iterable[int]) -> Points:
    """The points of these companies and persons, main ones first, in one statement."""
    found = Points(defaultdict(list), defaultdict(list))
    companies, contacts = sorted(set(company_ids)), sorted(set(contact_ids))
    if not companies and not contacts:
        return found
    rows = session.scalars(
        select(ContactPoint)
        .where(or_(ContactPoint.company_id.in_(companies), ContactPoint.contact_id.in_(contacts)))
        .order_by(ContactPoint.is_main.desc(), ContactPoint.id)
    )
    for point in rows:
        if point.company_id is not None:
            found.of_company[point.company_id].append(point)
        elif point.contact_id is not None:
            found.of_contact[point.contact_id].append(point)
    return found


def people(session: Session, company_ids: Iterable[int], *, show_protected: bool) -> list[Reachable]:
    """The contact persons of these companies, by name, without numbers: `fill` adds them.

    A protected person has neither name nor title here but for those who may see them, and is not here at all when only
    another tenant holds them.
    """
    rows = session.execute(
        select(Post, Contact, ContactRelation)
        .join(Contact, Contact.id == Post.contact_id)
        .outerjoin(ContactRelation, ContactRelation.contact_id == Contact.id)
        .where(Post.company_id.in_(sorted(set(company_ids))))
        .order_by(Contact.name, Contact.id)
    )
    named = [(row, show_protected or not row[1].is_protected) for row in rows]
    return [
        Reachable(
            contact.id, contact.public_id, contact.name if is_named else "", post.title if is_named else "",
            post.company_id,
            is_blocked=bool(relation and relation.call_blocked_at), is_protected=contact.is_protected,
        )
        for (post, contact, relation), is_named in named
        if (relation is None and not contact.is_protected) or (relation is not None and relation.trashed_at is None)
    ]  # fmt: skip


def contact_named(session: Session, public_id: str, *, show_protected: bool) -> Contact | None:
    """The contact person with this address, if they are there for us and for this reader."""
    query = select(Contact).where(Contact.public_id == public_id)
    return session.scalar(query if show_protected else query.where(Contact.is_protected.is_(False)))


def fill(persons: list[Reachable], known: Points, *, show_protected: bool) -> None:
    """Give each person their numbers; a protected person's only to those who may see them."""
    for person in persons:
        if person.is_protected and not show_protected:
            continue
        person.phones = known.contact_phones(person.id)
        emails = [point.value for point in known.of_contact[person.id] if point.kind == PointKind.EMAIL]
        person.email = emails[0] if emails else None
