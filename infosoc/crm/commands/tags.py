"""Tags: used by name, so that a new one is made where it is first written; renamed and merged by administrators."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.models.companies import CompanyRelation, CompanyTag, Tag
from infosoc.db.search import COMPANY
from infosoc.db.search_index import mark as index
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_

LONGEST = 40


class TagTooLong(Invalid):
    message = N_("A tag has at most %(longest)s characters.")


class TagTaken(Invalid):
    message = N_("There is already a tag called %(name)s. Merge the two instead.")


def tags_named(session: Session, names: Iterable[str]) -> list[Tag]:
    """The tags with these names, those that are new made; upper and lower case do not make two tags."""
    wanted = {clean(name).casefold(): clean(name) for name in names if clean(name)}
    if any(len(name) > LONGEST for name in wanted.values()):
        raise TagTooLong(longest=LONGEST, field="value")
    known = {tag.name.casefold(): tag for tag in session.scalars(select(Tag))} if wanted else {}
    for key, name in wanted.items():
        if key not in known:
            known[key] = Tag(name=name)
            session.add(known[key])
    session.flush()
    return sorted((known[key] for key in wanted), key=lambda tag: tag.name)


def rename(session: Session, public_id: str, name: str, *, by: int) -> Tag:
    """Give a tag another name."""
    tag, name = _tag(session, public_id), clean(name)
    if name == tag.name:
        return tag
    if len(name) > LONGEST or not name:
        raise TagTooLong(longest=LONGEST, field="name")
    others = session.scalars(select(Tag).where(Tag.id != tag.id))
    if any(other.name.casefold() == name.casefold() for other in others):
        raise TagTaken(name=name, field="name")
    before, tag.name = tag.name, name
    audit.record(session, "tag renamed", "tag", tag.id, by=by, changes={"name": (before, name)})
    _index(session, tag.id)
    return tag


def merge(session: Session, public_id: str, into_public_id: str, *, by: int) -> Tag:
    """Let all who carry one tag carry the other instead, and remove the first."""
    tag, into = _tag(session, public_id), _tag(session, into_public_id)
    if tag.id == into.id:
        return into
    _index(session, tag.id)
    already = set(session.scalars(select(CompanyTag.relation_id).where(CompanyTag.tag_id == into.id)))
    for link in session.scalars(select(CompanyTag).where(CompanyTag.tag_id == tag.id)):
        if link.relation_id in already:
            session.delete(link)
        else:
            link.tag_id = into.id
    session.flush()
    session.delete(tag)
    audit.record(session, "tag merged", "tag", into.id, by=by, changes={"name": (tag.name, into.name)})
    return into


def remove(session: Session, public_id: str, *, by: int) -> None:
    """Take a tag away from every company and from the list."""
    tag = _tag(session, public_id)
    _index(session, tag.id)
    session.execute(delete(CompanyTag).where(CompanyTag.tag_id == tag.id))
    session.delete(tag)
    audit.record(session, "tag removed", "tag", tag.id, by=by, changes={"name": (tag.name, None)})


def _tag(session: Session, public_id: str) -> Tag:
    found = session.scalar(select(Tag).where(Tag.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _index(session: Session, tag_id: int) -> None:
    """Companies are found by their tags: have those that carry this one indexed again."""
    query = (
        select(CompanyRelation.company_id)
        .join(CompanyTag, CompanyTag.relation_id == CompanyRelation.id)
        .where(CompanyTag.tag_id == tag_id)
    )
    index(session, COMPANY, list(session.scalars(query)))
