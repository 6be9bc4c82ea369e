"""The people at a company, as its page lists them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from infosoc.crm.models.contacts import Contact, ContactRelation, Post


@dataclass(frozen=True)
class Person:
    """One person at a company. `relation` is None when only another tenant holds them."""

    contact: Contact
    post: Post
    relation: ContactRelation | None


def people_at(session: Session, company_id: int, *, see_protected: bool) -> list[Person]:
    """Those who work at the company with their ways to reach, ours and those shown to us, in one statement."""
    query = (
        select(Post, ContactRelation)
        .join(Post.contact)
        .outerjoin(ContactRelation, ContactRelation.contact_id == Post.contact_id)
        .where(
            Post.company_id == company_id,
            or_(ContactRelation.id.is_(None), ContactRelation.trashed_at.is_(None)),
        )
        .options(joinedload(Post.contact).joinedload(Contact.points))
        .order_by(Post.is_main.desc(), Contact.name, Post.id)
    )
    if not see_protected:
        query = query.where(Contact.is_protected.is_(False))
    return [Person(post.contact, post, relation) for post, relation in session.execute(query).unique()]
