"""Into the trash and out of it; after thirty days what lies there goes for good.

A company takes along the people who work nowhere else, at the same instant, which is how a restore knows them again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.commands import copies, holding, purge
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.contacts import ContactRelation, Post
from infosoc.crm.queries import companies, contacts
from infosoc.crm.rules import TRASH_DAYS


def trash_company(session: Session, public_id: str, *, by: int, now: datetime) -> CompanyRelation:
    """Put our relation to a company, and the people who work only there, in the trash; again is harmless."""
    relation = companies.relation(session, public_id)
    if relation.trashed_at is not None:
        return relation
    holding.refuse_held(session, relation.company_id)
    relation.trashed_at, relation.trashed_by = now, by
    for person in _only_there(session, relation.company_id):
        person.trashed_at, person.trashed_by = now, by
    audit.record(session, "company trashed", "company", relation.company_id, by=by)
    return relation


def restore_company(session: Session, public_id: str, *, by: int) -> CompanyRelation:
    """Take a company out of the trash with the people who went along."""
    relation = companies.relation(session, public_id)
    if relation.trashed_at is None:
        return relation
    went_along = (
        select(ContactRelation)
        .join(Post, Post.contact_id == ContactRelation.contact_id)
        .where(Post.company_id == relation.company_id, ContactRelation.trashed_at == relation.trashed_at)
    )
    for person in list(session.scalars(went_along)):
        person.trashed_at, person.trashed_by = None, None
    relation.trashed_at, relation.trashed_by = None, None
    copies.refresh_people(session, relation.company_id)
    audit.record(session, "company restored", "company", relation.company_id, by=by)
    return relation


def trash_contact(session: Session, public_id: str, *, by: int, now: datetime, see_protected: bool) -> ContactRelation:
    """Put our relation to a contact person in the trash; again is harmless."""
    relation = contacts.relation_with_facts(session, public_id, see_protected=see_protected)
    if relation.trashed_at is not None:
        return relation
    relation.trashed_at, relation.trashed_by = now, by
    _after(session, relation)
    audit.record(session, "contact trashed", "contact", relation.contact_id, by=by)
    return relation


def restore_contact(session: Session, public_id: str, *, by: int, see_protected: bool) -> ContactRelation:
    """Take a contact person out of the trash."""
    relation = contacts.relation_with_facts(session, public_id, see_protected=see_protected)
    if relation.trashed_at is None:
        return relation
    relation.trashed_at, relation.trashed_by = None, None
    _after(session, relation)
    audit.record(session, "contact restored", "contact", relation.contact_id, by=by)
    return relation


def purge_trash(session: Session, *, now: datetime) -> dict[str, int]:
    """Remove for good what has lain in this tenant's trash for its time; says how many of each kind.

    Called every night, once for each tenant, in its scope.
    """
    before = now - timedelta(days=TRASH_DAYS)
    people = list(session.scalars(select(ContactRelation).where(ContactRelation.trashed_at <= before)))
    for relation in people:
        purge.contact(session, relation)
    rows = list(session.scalars(select(CompanyRelation).where(CompanyRelation.trashed_at <= before)))
    held = holding.held(session, [row.company_id for row in rows])
    going = [row for row in rows if row.company_id not in held]
    for company in going:
        purge.company(session, company)
    return {"companies": len(going), "contacts": len(people)}


def _only_there(session: Session, company_id: int) -> list[ContactRelation]:
    """Our people at a company who have no post at another company of ours that is in use."""
    elsewhere = (
        select(Post.contact_id)
        .join(CompanyRelation, CompanyRelation.company_id == Post.company_id)
        .where(Post.company_id != company_id, CompanyRelation.trashed_at.is_(None))
    )
    query = (
        select(ContactRelation)
        .join(Post, Post.contact_id == ContactRelation.contact_id)
        .where(
            Post.company_id == company_id,
            ContactRelation.trashed_at.is_(None),
            ContactRelation.contact_id.not_in(elsewhere),
        )
    )
    return list(session.scalars(query))


def _after(session: Session, relation: ContactRelation) -> None:
    session.flush()
    for post in relation.contact.posts:
        copies.refresh_people(session, post.company_id)
