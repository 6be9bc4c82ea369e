"""Contact persons: writing them down, changing their facts, and where they work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.commands import blocked, copies, facts, joint, points, take_in
from infosoc.crm.commands.contact_facts import FACTS
from infosoc.crm.commands.take_in import InTheTrash
from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.queries import contacts as queries
from infosoc.crm.rules import LegalGround, Marketing
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound, Refused
from infosoc.kernel.text import sort_key
from infosoc.kernel.words import N_


class AlreadyThere(Invalid):
    message = N_("The person already works at that company.")


class OnlyPost(Refused):
    message = N_("A contact person belongs to at least one company. Add another company first.")


class SourceMissing(Invalid):
    message = N_("Enter where you got the person's details: a register, a website, an event or the person.")


@dataclass(frozen=True)
class NewContact:
    """What is said of a person when they are written down the first time."""

    name: str
    title: str = ""
    points: tuple[points.PointEntry, ...] = ()
    source: str = ""
    source_on: date | None = None
    legal_ground: str = LegalGround.LEGITIMATE_INTEREST.value
    language: str = ""
    notes: str = ""


def create(
    session: Session, company_public_id: str, new: NewContact, *, by: int, now: datetime, source: str
) -> Contact:
    """Write down a person at a company; one that only another tenant knew becomes ours with `source` as its source."""
    relation = take_in.company(session, company_public_id, by=by, now=now, source=source)
    return add_person(session, relation.company, new, by=by, now=now)


def add_person(session: Session, company: Company, new: NewContact, *, by: int | None, now: datetime) -> Contact:
    """Write down a person at a company that we hold."""
    if not new.source:
        raise SourceMissing(field="source")
    blocked.refuse(session, blocked.emails(new.points))
    contact = Contact(name=new.name, language=new.language or None, created_at=now, changed_at=now)
    session.add(contact)
    session.flush()
    session.add(Post(contact_id=contact.id, company_id=company.id, title=new.title, is_main=True))
    for point in new.points:
        session.add(ContactPoint(contact_id=contact.id, **point._asdict()))
    session.add(
        ContactRelation(
            contact_id=contact.id, notes=new.notes, source=new.source, legal_ground=new.legal_ground or None,
            source_on=new.source_on or clock.local(now).date(), name_sort=sort_key(new.name)[:120],
            company_sort=sort_key(company.name)[:200], created_at=now,
        )
    )  # fmt: skip
    copies.refresh_people(session, company.id)
    changes = {"name": (None, new.name), "title": (None, new.title or None)}
    audit.record(session, "contact created", "contact", contact.id, by=by, changes=changes)
    return contact


def change(
    session: Session,
    public_id: str,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, str],
    by: int,
    now: datetime,
    see_protected: bool,
) -> ContactRelation:
    """Change facts of a contact person; see `companies.change`."""
    relation = _for_change(session, public_id, see_protected=see_protected)
    new = facts.changed(FACTS, relation, values, seen)
    if any(fact.joint for fact in new):
        relation = _ours_alone(session, relation, by=by)
    told = facts.write(session, new, relation, values)
    _finish(session, relation, new, told, by=by, now=now)
    return relation


def decline_mailings(session: Session, contact_ids: Iterable[int], *, by: int | None) -> None:
    """Note on our records of these people that they want no mailings."""
    query = select(ContactRelation).where(
        ContactRelation.contact_id.in_(contact_ids), ContactRelation.trashed_at.is_(None),
        ContactRelation.marketing != Marketing.OPTED_OUT.value,
    )  # fmt: skip
    for relation in list(session.scalars(query.order_by(ContactRelation.contact_id))):
        told = {"marketing": (relation.marketing or None, Marketing.OPTED_OUT.value)}
        relation.marketing = Marketing.OPTED_OUT.value
        session.flush()
        audit.record(session, "contact changed", "contact", relation.contact_id, by=by, changes=told)


def add_post(
    session: Session, public_id: str, company_public_id: str, title: str, *, by: int, now: datetime, see_protected: bool
) -> ContactRelation:
    """Say that a person works at one more company."""
    relation = _ours_alone(session, _for_change(session, public_id, see_protected=see_protected), by=by)
    company = session.scalar(select(Company).where(Company.public_id == company_public_id))
    if company is None:
        raise NotFound
    contact = relation.contact
    if any(post.company_id == company.id for post in contact.posts):
        raise AlreadyThere(field="company")
    session.add(Post(contact_id=contact.id, company_id=company.id, title=title, is_main=not contact.posts))
    _tell_posts(session, contact, "post added", {"post": (None, _told(title, company.name))}, [company.id], by=by)
    return relation


def change_post(
    session: Session, public_id: str, company_public_id: str, title: str, main: bool, *, by: int, see_protected: bool
) -> ContactRelation:
    """Give a person another title at a company, or make it their main one."""
    relation = _ours_alone(session, _for_change(session, public_id, see_protected=see_protected), by=by)
    contact = relation.contact
    post = _post(contact, company_public_id)
    before = _told(post.title, post.company.name, main=post.is_main)
    post.title = title
    if main:
        for other in contact.posts:
            other.is_main = other is post
    after = _told(title, post.company.name, main=post.is_main)
    if before != after:
        _tell_posts(session, contact, "post changed", {"post": (before, after)}, [], by=by)
    return relation


def remove_post(
    session: Session, public_id: str, company_public_id: str, *, by: int, see_protected: bool
) -> ContactRelation:
    """Say that a person no longer works at a company."""
    relation = _ours_alone(session, _for_change(session, public_id, see_protected=see_protected), by=by)
    contact = relation.contact
    post = _post(contact, company_public_id)
    left = [other for other in contact.posts if other is not post]
    if not left:
        raise OnlyPost
    if post.is_main:
        left[0].is_main = True
    told = {"post": (_told(post.title, post.company.name), None)}
    company_id = post.company_id
    session.delete(post)
    _tell_posts(session, contact, "post removed", told, [company_id], by=by)
    return relation


def take_in_person(
    session: Session, public_id: str, company_public_id: str, *, by: int, now: datetime, source: str
) -> Contact:
    """Begin to hold a person that another tenant shows us, with the company they work at."""
    found = queries.contact(session, public_id, see_protected=False)
    relation = take_in.company(session, company_public_id, by=by, now=now, source=source)
    return take_in.contact(session, found.public_id, relation.company_id, by=by, now=now, source=source)


def _for_change(session: Session, public_id: str, *, see_protected: bool) -> ContactRelation:
    queries.lock(session, public_id)
    relation = queries.relation_with_facts(session, public_id, see_protected=see_protected)
    if relation.trashed_at is not None:
        raise InTheTrash
    return relation


def _ours_alone(session: Session, relation: ContactRelation, *, by: int) -> ContactRelation:
    """The relation whose joint facts may be written: this one, or that of a copy made now."""
    own_id = joint.own_contact(session, relation.contact_id, by=by)
    if own_id == relation.contact_id:
        return relation
    public_id = session.get_one(Contact, own_id).public_id
    return queries.relation_with_facts(session, public_id, see_protected=True)


def _finish(
    session: Session, relation: ContactRelation, new: list[facts.Fact], told: dict[str, Any], *, by: int, now: datetime
) -> None:
    contact = relation.contact
    joint_told = {fact.key: told[fact.key] for fact in new if fact.joint and fact.key in told}
    own_told = {fact.key: told[fact.key] for fact in new if not fact.joint and fact.key in told}
    if joint_told:
        contact.changed_at = now
        session.flush()
        if "name" in joint_told:
            joint.refresh_contact(session, contact)
        if "protected" in joint_told:
            for company_id in [post.company_id for post in contact.posts]:
                joint.refresh_people(session, company_id)
        joint.record_contact(session, "contact changed", contact.id, joint_told, by=by)
    session.flush()
    if own_told:
        audit.record(session, "contact changed", "contact", contact.id, by=by, changes=own_told)


def _tell_posts(
    session: Session, contact: Contact, deed: str, changes: dict[str, Any], companies: list[int], *, by: int
) -> None:
    session.flush()
    session.expire(contact, ["posts"])
    joint.refresh_contact(session, contact)
    for company_id in companies:
        joint.refresh_people(session, company_id)
    joint.record_contact(session, deed, contact.id, changes, by=by)


def _post(contact: Contact, company_public_id: str) -> Post:
    found = next((post for post in contact.posts if post.company and post.company.public_id == company_public_id), None)
    if found is None:
        raise NotFound
    return found


def _told(title: str, company: str, *, main: bool = False) -> str:
    text = f"{title}, {company}" if title else company
    return f"{text} *" if main else text
