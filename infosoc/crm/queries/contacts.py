"""Reading contact persons and what this tenant knows of them. A protected one is not there for most."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Load, Session, contains_eager

from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.db.tenancy import current_scope
from infosoc.kernel.errors import NotFound


@dataclass(frozen=True)
class ContactPage:
    """What the page of a person shows. `relation` is None when only another tenant holds them so far."""

    contact: Contact
    relation: ContactRelation | None
    shown_by: list[int]

    @property
    def is_ours(self) -> bool:
        return self.relation is not None and self.relation.trashed_at is None

    @property
    def posts(self) -> list[Post]:
        return posts_in_order(self.contact)


def contact(session: Session, public_id: str, *, see_protected: bool) -> Contact:
    """The person with this address: ours, or one that another tenant shows us."""
    found = session.scalar(_visible(select(Contact).where(Contact.public_id == public_id), see_protected=see_protected))
    if found is None:
        raise NotFound
    return found


def relation_with_facts(session: Session, public_id: str, *, see_protected: bool) -> ContactRelation:
    """Our relation with everything its facts are read from."""
    query = _visible(_with_facts(public_id), see_protected=see_protected).execution_options(populate_existing=True)
    found = session.scalars(query).unique().first()
    if found is None:
        raise NotFound
    return found


def page(session: Session, public_id: str, *, see_protected: bool) -> ContactPage:
    """The person with posts and ways to reach: one statement when they are ours."""
    relation = session.scalars(_visible(_with_facts(public_id), see_protected=see_protected)).unique().first()
    if relation is not None:
        return ContactPage(relation.contact, relation, [])
    query = select(Contact).where(Contact.public_id == public_id).options(*_parts(Load(Contact)))
    shown = session.scalars(_visible(query, see_protected=see_protected)).unique().first()
    if shown is None:
        raise NotFound
    holds = select(ContactRelation.tenant_id).where(
        ContactRelation.contact_id == shown.id,
        ContactRelation.tenant_id != current_scope().tenant_id,
        ContactRelation.trashed_at.is_(None),
    )
    return ContactPage(shown, None, list(session.scalars(holds.execution_options(shown="register"))))


def lock(session: Session, public_id: str) -> None:
    """Let others who want to change the person wait their turn."""
    session.scalar(select(Contact.id).where(Contact.public_id == public_id).with_for_update())


def posts_in_order(person: Contact) -> list[Post]:
    """Where the person works and we may see it, the main company first."""
    return sorted((post for post in person.posts if post.company), key=lambda post: (not post.is_main, post.id))


def _with_facts(public_id: str):
    return (
        select(ContactRelation)
        .join(Contact, Contact.id == ContactRelation.contact_id)
        .where(Contact.public_id == public_id)
        .options(contains_eager(ContactRelation.contact).options(*_parts(Load(Contact))))
    )


def _parts(load):
    return load.joinedload(Contact.points), load.joinedload(Contact.posts).joinedload(Post.company)


def _visible(query, *, see_protected: bool):
    return query if see_protected else query.where(Contact.is_protected.is_(False))
