"""Parting from a joint record: a tenant gets a copy of its own, and everything it has about it moves there.

Done when a tenant changes joint facts that another one holds too, while the two do not share their registers (any
more). The copy has an address of its own; its history leads back to the record it was parted from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, inspect, select, update
from sqlalchemy.orm import Session, selectinload

from infosoc.audit import commands as audit
from infosoc.crm.commands import holding, undo_images
from infosoc.crm.models.changes import BulkResult, DuplicatePair
from infosoc.crm.models.companies import Company, CompanyRelation, CompanyTag
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries.history import FORMER, SEPARATED_COMPANY, SEPARATED_CONTACT
from infosoc.db.tenancy import current_scope, every_tenant


def company_holders(session: Session, company_id: int) -> list[int]:
    """The other tenants that hold a relation to the company, in the trash or not."""
    return _holders(session, CompanyRelation, CompanyRelation.company_id == company_id)


def contact_holders(session: Session, contact_id: int) -> list[int]:
    """The other tenants that hold a relation to the contact person."""
    return _holders(session, ContactRelation, ContactRelation.contact_id == contact_id)


def own_identity(session: Session, company_id: int, *, by: int | None = None) -> int:
    """Give this tenant a company of its own, with addresses, points and people, in place of a joint one."""
    session.flush()
    joint = session.scalars(
        select(Company)
        .where(Company.id == company_id)
        .options(selectinload(Company.addresses), selectinload(Company.points))
        .execution_options(populate_existing=True)
    ).one()
    own = _copied(session, joint)
    addresses = _copied_parts(session, joint.addresses, company_id=own.id)
    points = _copied_parts(session, joint.points, company_id=own.id)
    _move_relation(session, company_id, own.id)
    undo_images.follow_company(session, company_id, own.id, points=points, addresses=addresses)
    _move_people(session, company_id, own.id, by=by)
    _move_daughters(session, company_id, own.id)
    session.flush()
    audit.record(session, SEPARATED_COMPANY, "company", own.id, by=by, changes={FORMER: (company_id, None)})
    return own.id


def own_contact(session: Session, contact_id: int, *, by: int | None = None) -> int:
    """Give this tenant a contact person of its own, with points and posts, in place of a joint one."""
    session.flush()
    joint = session.scalars(
        select(Contact)
        .where(Contact.id == contact_id)
        .options(selectinload(Contact.points), selectinload(Contact.posts))
        .execution_options(populate_existing=True)
    ).one()
    own = _copied(session, joint)
    _copied_parts(session, joint.points, contact_id=own.id)
    posts = _copied_parts(session, joint.posts, contact_id=own.id)
    undo_images.follow_contact(session, contact_id, own.id, posts=posts)
    relation = session.scalars(select(ContactRelation).where(ContactRelation.contact_id == contact_id)).one()
    session.add(_copy(relation, contact_id=own.id))
    session.flush()
    for model in (LogEntry, FollowUp, ImportRow, *holding.OF_CONTACT):
        _point(session, model, model.contact_id, contact_id, own.id)
    session.delete(relation)
    session.flush()
    audit.record(session, SEPARATED_CONTACT, "contact", own.id, by=by, changes={FORMER: (contact_id, None)})
    return own.id


def _holders(session: Session, model: Any, which: Any) -> list[int]:
    own = current_scope().tenant_id
    with every_tenant("who else holds a joint record"):
        query = select(model.tenant_id).where(which, model.tenant_id != own).order_by(model.tenant_id)
        return list(session.scalars(query))


def _copied(session: Session, row: Any) -> Any:
    made = _copy(row)
    session.add(made)
    session.flush()
    return made


def _copied_parts(session: Session, rows: Sequence[Any], **instead: Any) -> dict[int, int]:
    """Copies of what hangs on a joint record; returns the id that each has in its copy."""
    made = {row.id: _copy(row, **instead) for row in rows}
    session.add_all(made.values())
    session.flush()
    return {old: new.id for old, new in made.items()}


def _copy(row: Any, **instead: Any) -> Any:
    """A new row with the same values; what makes a row itself is left out."""
    left_out = {"id", "public_id", "version", "origin_tenant_id", *instead}
    names = [column.key for column in inspect(type(row)).column_attrs if column.key not in left_out]
    return type(row)(**{name: getattr(row, name) for name in names}, **instead)


def _move_relation(session: Session, old_id: int, new_id: int) -> None:
    """A new relation first, then what points to it, then the old one away: no key is broken on the way."""
    old = session.scalars(select(CompanyRelation).where(CompanyRelation.company_id == old_id)).one()
    new = _copied_relation(session, old, new_id)
    for model in (LogEntry, FollowUp, ImportRow, BulkResult, *holding.OF_COMPANY):
        _point(session, model, model.company_id, old_id, new_id)
    _point(session, CompanyTag, CompanyTag.relation_id, old.id, new.id)
    _move_pairs(session, old_id, new_id)
    session.delete(old)
    session.flush()


def _copied_relation(session: Session, old: CompanyRelation, company_id: int) -> CompanyRelation:
    new = _copy(old, company_id=company_id)
    session.add(new)
    session.flush()
    return new


def _point(session: Session, model: Any, column: Any, old_id: int, new_id: int) -> None:
    session.execute(
        update(model)
        .where(column == old_id)
        .values({column.key: new_id})
        .execution_options(synchronize_session="fetch")
    )


def _move_pairs(session: Session, old_id: int, new_id: int) -> None:
    """Pairs are kept with the lower id first; the copy's is the highest there is."""
    query = select(DuplicatePair).where((DuplicatePair.first_id == old_id) | (DuplicatePair.second_id == old_id))
    for pair in session.scalars(query):
        other = pair.second_id if pair.first_id == old_id else pair.first_id
        pair.first_id, pair.second_id = sorted((other, new_id))


def _move_people(session: Session, old_id: int, new_id: int, *, by: int | None) -> None:
    """Our people go along: one that another tenant holds too is copied, one of ours alone changes workplace."""
    query = (
        select(Post.contact_id)
        .join(ContactRelation, ContactRelation.contact_id == Post.contact_id)
        .where(Post.company_id == old_id)
        .order_by(Post.id)
    )
    for contact_id in list(session.scalars(query)):
        if contact_holders(session, contact_id):
            contact_id = own_contact(session, contact_id, by=by)
        post = session.scalars(select(Post).where(Post.contact_id == contact_id, Post.company_id == old_id)).one()
        post.company_id = new_id
    session.flush()


def _move_daughters(session: Session, old_id: int, new_id: int) -> None:
    """Daughter companies that are ours alone follow; those held together keep what they say."""
    ours = (
        select(Company)
        .join(CompanyRelation, CompanyRelation.company_id == Company.id)
        .where(Company.parent_id == old_id, Company.id != new_id)
    )
    for daughter in list(session.scalars(ours)):
        if not company_holders(session, daughter.id):
            daughter.parent_id = new_id


def forget_pairs(session: Session, company_id: int) -> None:
    """Drop the proposals that a company which goes away is part of."""
    session.execute(
        delete(DuplicatePair).where((DuplicatePair.first_id == company_id) | (DuplicatePair.second_id == company_id))
    )
