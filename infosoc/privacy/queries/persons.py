"""What the privacy panel on a contact person's page shows: ground, source, information, objections, open cases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.queries import contacts as crm
from infosoc.crm.rules import PointKind, is_contract_customer
from infosoc.kernel.errors import NotFound
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.queries import cases
from infosoc.suppression import pepper
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import Kind


@dataclass(frozen=True)
class Panel:
    """One person, as far as privacy goes."""

    contact: Contact
    relation: ContactRelation
    objections: list[Suppression]
    cases: list[PrivacyCase]
    may_be_removed: bool

    @property
    def has_declined(self) -> bool:
        broad = any(one.kind == Kind.NO_MAILINGS.value and one.list_id is None for one in self.objections)
        return broad or self.relation.marketing != "allowed"


def panel(session: Session, public_id: str, *, see_protected: bool) -> Panel:
    """The panel of a person whom we hold; `may_be_removed` says that no contract customer employs them."""
    relation = crm.relation_with_facts(session, public_id, see_protected=see_protected)
    contact = relation.contact
    emails = [point.normalised for point in contact.points if point.kind == PointKind.EMAIL.value]
    query = select(Suppression).where(
        Suppression.digest.in_(list(pepper.digests(emails))), Suppression.lifted_at.is_(None)
    )
    return Panel(
        contact, relation, list(session.scalars(query.order_by(Suppression.made_at))) if emails else [],
        cases.of_contact(session, contact.id), not is_contract_customer(relation.company_status),
    )  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A person of ours, and where they are written to."""

    contact_id: int
    address: str


def found(session: Session, public_id: str, *, see_protected: bool) -> Found | None:
    """Who has this address of a page, if anybody of ours has."""
    try:
        contact = crm.relation_with_facts(session, public_id, see_protected=see_protected).contact
    except NotFound:
        return None
    points = [point for point in contact.points if point.kind == PointKind.EMAIL.value]
    points.sort(key=lambda point: not point.is_main)
    return Found(contact.id, points[0].normalised if points else "")


def is_there(session: Session, public_id: str) -> bool:
    """Whether the person is still in our register."""
    query = select(ContactRelation.id).join(Contact, Contact.id == ContactRelation.contact_id)
    return session.scalar(query.where(Contact.public_id == public_id)) is not None
