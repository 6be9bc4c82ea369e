"""Taking what another tenant shows us into our own register, when we begin to do something with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from infosoc.audit import commands as audit
from infosoc.crm.commands import blocked, copies
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.queries import companies
from infosoc.crm.rules import LegalGround, Status
from infosoc.kernel import clock, text
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.words import N_


class InTheTrash(Refused):
    message = N_("It is in the trash. Restore it first.")


def company(session: Session, public_id: str, *, by: int, now: datetime, source: str) -> CompanyRelation:
    """Our relation to the company; made, as a prospect, when only another tenant knew it until now."""
    known = _known(session, public_id)
    if known is not None:
        if known.trashed_at is not None:
            raise InTheTrash
        return known
    shown = companies.company(session, public_id)
    relation = CompanyRelation(
        company_id=shown.id, status=Status.PROSPECT, name_sort=text.sort_key(shown.name)[:200],
        municipality=shown.municipality, source=source, source_on=clock.local(now).date(), created_at=now,
        legal_ground=LegalGround.LEGITIMATE_INTEREST,
    )  # fmt: skip
    relation.company = shown
    session.add(relation)
    session.flush()
    audit.record(session, "company taken in", "company", shown.id, by=by)
    return relation


def contact(session: Session, public_id: str, company_id: int, *, by: int, now: datetime, source: str) -> Contact:
    """A contact person at the company; taken in when only another tenant knew them until now.

    One with protected identity is not: whoever holds them answers for them, and for us they are not there.
    """
    found = session.execute(
        select(Contact, ContactRelation)
        .join(Post, Post.contact_id == Contact.id)
        .outerjoin(ContactRelation, ContactRelation.contact_id == Contact.id)
        .where(Contact.public_id == public_id, Post.company_id == company_id)
    ).first()
    if found is None:
        raise NotFound
    person, relation = found
    if relation is None and person.is_protected:
        raise NotFound
    if relation is None:
        of_person = select(ContactPoint).where(ContactPoint.contact_id == person.id)
        blocked.refuse(session, blocked.emails(session.scalars(of_person)), field=None)
        _take_in_contact(session, person, company_id, by=by, now=now, source=source)
    return person


def _known(session: Session, public_id: str) -> CompanyRelation | None:
    return session.scalar(
        select(CompanyRelation)
        .join(Company, Company.id == CompanyRelation.company_id)
        .where(Company.public_id == public_id)
        .options(joinedload(CompanyRelation.company))
    )


def _take_in_contact(
    session: Session, person: Contact, company_id: int, *, by: int, now: datetime, source: str
) -> None:
    employer = session.scalar(select(Company.name).where(Company.id == company_id)) or ""
    session.add(
        ContactRelation(
            contact_id=person.id, name_sort=text.sort_key(person.name)[:120],
            company_sort=text.sort_key(employer)[:200],
            source=source, source_on=clock.local(now).date(), legal_ground=LegalGround.LEGITIMATE_INTEREST,
            created_at=now,
        )
    )  # fmt: skip
    copies.refresh_people(session, company_id)
    audit.record(session, "contact taken in", "contact", person.id, by=by)
