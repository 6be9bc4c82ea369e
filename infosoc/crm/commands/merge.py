"""Two records of one company become one: what we have about the one moves to the other, and can be moved back.

Only this tenant's own rows move. A company that another tenant holds too stays for them; one that we only are shown
may be what ours is merged into, so that two tenants that begin to share come to hold one record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session, selectinload

from infosoc.audit import commands as audit
from infosoc.crm.commands import copies, joint
from infosoc.crm.commands.split import company_holders, contact_holders, forget_pairs
from infosoc.crm.commands.take_in import InTheTrash
from infosoc.crm.models.changes import BulkResult, Undo
from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint, Tag
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.db import images, search_index
from infosoc.db.search import COMPANY, CONTACT
from infosoc.db.tenancy import every_tenant
from infosoc.kernel.errors import Invalid, NotFound, Refused
from infosoc.kernel.text import sort_key
from infosoc.kernel.words import N_

MERGED = "company merged"
JOINT_FIELDS = ("name", "org_number", "legal_form", "size", "municipality", "town")
OWN_FIELDS = ("status", "owner_id", "line_id", "source", "source_on", "legal_ground")
MOVING: dict[str, Any] = {
    "entries": LogEntry,
    "follow_ups": FollowUp,
    "import_rows": ImportRow,
    "bulk_results": BulkResult,
}


class SameCompany(Invalid):
    message = N_("A company cannot be merged with itself.")


class CannotUnmerge(Refused):
    message = N_("The merge cannot be undone any more: one of the companies has been merged again, or removed.")


def merge(session: Session, gone_id: int, kept_id: int, *, taken: Mapping[str, Any], by: int, now: datetime) -> Undo:
    """Merge one company into another. `taken` names the fields whose value comes from the one that goes."""
    if gone_id == kept_id:
        raise SameCompany
    gone = _relation(session, gone_id)
    if gone is None:
        raise NotFound
    kept = _relation(session, kept_id)
    if gone.trashed_at is not None or (kept is not None and kept.trashed_at is not None):
        raise InTheTrash
    made: dict[str, Any] = {"gone_relation": images.image(gone), "took_in": kept is None}
    taken = {} if kept is None else taken
    kept = _ours_alone(session, gone, kept or _taken_in(session, gone, kept_id), taken, by=by)
    made["kept_id"] = kept.company_id
    if not made["took_in"]:
        made["kept_before"] = _take_fields(session, gone, kept, taken)
        made["kept_after"] = _fields(kept)
    made |= _move(session, gone, kept, by=by)
    made["daughters"] = _move_daughters(session, gone, kept)
    made["company"] = _let_go(session, gone)
    undo = Undo(deed=MERGED, by_id=by, made_at=now, images=made)
    session.add(undo)
    _refresh(session, [kept.company_id])
    names = (made["company"]["row"]["name"] if made["company"] else None, kept.company.name)
    audit.record(session, MERGED, "company", kept.company_id, by=by, changes={"name": names})
    return undo


def _relation(session: Session, company_id: int) -> CompanyRelation | None:
    query = (
        select(CompanyRelation)
        .where(CompanyRelation.company_id == company_id)
        .options(
            selectinload(CompanyRelation.company).options(selectinload(Company.addresses), selectinload(Company.points))
        )
        .execution_options(populate_existing=True)
    )
    return session.scalar(query)


def _company(session: Session, company_id: int) -> Company:
    """By a SELECT, which is filtered; what the session remembers from elsewhere is not."""
    company = session.scalar(select(Company).where(Company.id == company_id))
    if company is None:
        raise NotFound
    return company


def _taken_in(session: Session, gone: CompanyRelation, kept_id: int) -> CompanyRelation:
    """Our relation, now to the record that the other tenant shows us."""
    company = _company(session, kept_id)
    values = images.image(gone)
    for name in ("id", "version"):
        values.pop(name)
    new = images.remade(CompanyRelation, values | {"company_id": kept_id, "name_sort": sort_key(company.name)[:200]})
    session.add(new)
    session.flush()
    found = _relation(session, kept_id)
    if found is None:
        raise NotFound
    return found


def _ours_alone(
    session: Session, gone: CompanyRelation, kept: CompanyRelation, taken: Mapping[str, Any], *, by: int
) -> CompanyRelation:
    """The one that stays; a copy of our own where what we would write on it is not shared both ways."""
    points, addresses = _lacking(gone.company, kept.company)
    if not (points or addresses or set(JOINT_FIELDS) & set(taken)):
        return kept
    own_id = joint.own_company(session, kept.company_id, by=by)
    own = kept if own_id == kept.company_id else _relation(session, own_id)
    if own is None:
        raise NotFound
    return own


def _fields(kept: CompanyRelation) -> dict[str, Any]:
    return {
        "joint": images.plain_values(kept.company, JOINT_FIELDS),
        "own": images.plain_values(kept, (*OWN_FIELDS, "notes", "custom")),
    }


def _take_fields(
    session: Session, gone: CompanyRelation, kept: CompanyRelation, taken: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the chosen values on the one that stays; returns what stood there."""
    before = _fields(kept)
    chosen = [name for name in JOINT_FIELDS if name in taken]
    for name in chosen:
        setattr(kept.company, name, getattr(gone.company, name))
    for name in OWN_FIELDS:
        if name in taken:
            setattr(kept, name, getattr(gone, name))
    if gone.notes and gone.notes not in kept.notes:
        kept.notes = f"{kept.notes}\n\n{gone.notes}".strip()
    kept.custom = {**gone.custom, **kept.custom}
    session.flush()
    if chosen:
        joint.refresh_company(session, kept.company)
    return before


def _move(session: Session, gone: CompanyRelation, kept: CompanyRelation, *, by: int) -> dict[str, Any]:
    """Let everything we have about the one be about the other; returns what moved."""
    session.flush()
    moved: dict[str, Any] = {}
    for name, model in MOVING.items():
        ids = list(session.scalars(select(model.id).where(model.company_id == gone.company_id)))
        moved[name] = ids
        _point(session, model, ids, company_id=kept.company_id)
    moved["tags"] = _move_tags(session, gone.id, kept.id)
    moved["posts"], moved["dropped_posts"] = _move_posts(session, gone.company_id, kept.company_id, by=by)
    moved["added"] = _add_details(session, gone.company, kept.company)
    forget_pairs(session, gone.company_id)
    return moved


def _point(session: Session, model: Any, ids: list[int], **values: Any) -> None:
    for at in range(0, len(ids), 500):
        some = ids[at : at + 500]
        session.execute(
            update(model).where(model.id.in_(some)).values(**values).execution_options(synchronize_session=False)
        )


def _move_tags(session: Session, gone_id: int, kept_id: int) -> dict[str, list[int]]:
    """Tags come along; one that both carry is dropped. Returns those it had, and those that moved."""
    held = set(session.scalars(select(CompanyTag.tag_id).where(CompanyTag.relation_id == kept_id)))
    rows = session.execute(select(CompanyTag.id, CompanyTag.tag_id).where(CompanyTag.relation_id == gone_id)).all()
    moving = [one for one, tag_id in rows if tag_id not in held]
    _point(session, CompanyTag, moving, relation_id=kept_id)
    session.execute(delete(CompanyTag).where(CompanyTag.relation_id == gone_id))
    return {"had": [tag_id for _, tag_id in rows], "moved": [tag_id for _, tag_id in rows if tag_id not in held]}


def _move_posts(session: Session, gone_id: int, kept_id: int, *, by: int) -> tuple[list[int], list[dict[str, Any]]]:
    """Our people work at the one that stays; a second post there is dropped."""
    for contact_id in list(session.scalars(_our_posts(gone_id).with_only_columns(Post.contact_id))):
        if contact_holders(session, contact_id):
            joint.own_contact(session, contact_id, by=by)
    there = set(session.scalars(select(Post.contact_id).where(Post.company_id == kept_id)))
    moved, dropped = [], []
    for post in list(session.scalars(_our_posts(gone_id))):
        if post.contact_id in there:
            dropped.append(images.image(post))
            session.delete(post)
        else:
            moved.append(post.id)
            post.company_id = kept_id
    session.flush()
    return moved, dropped


def _our_posts(company_id: int) -> Select[Any]:
    return (
        select(Post)
        .join(ContactRelation, ContactRelation.contact_id == Post.contact_id)
        .where(Post.company_id == company_id)
        .order_by(Post.id)
    )


def _move_daughters(session: Session, gone: CompanyRelation, kept: CompanyRelation) -> list[int]:
    """Our daughter companies of the one that goes are daughters of the one that stays; returns which."""
    query = (
        select(Company)
        .join(CompanyRelation, CompanyRelation.company_id == Company.id)
        .where(Company.parent_id == gone.company_id)
    )
    daughters = [one for one in session.scalars(query) if not company_holders(session, one.id)]
    for one in daughters:
        one.parent_id = None if one.id == kept.company_id else kept.company_id
    session.flush()
    return [one.id for one in daughters]


def _add_details(session: Session, gone: Company, kept: Company) -> dict[str, list[int]]:
    """Addresses and contact details that the one that stays lacks."""
    new_points, new_addresses = _lacking(gone, kept)
    added = {"points": [_copy(session, row, kept.id, main=False) for row in new_points]}
    return added | {"addresses": [_copy(session, row, kept.id) for row in new_addresses]}


def _lacking(gone: Company, kept: Company) -> tuple[list[ContactPoint], list[Address]]:
    held = {(point.kind, point.normalised) for point in kept.points}
    kinds = {address.kind for address in kept.addresses}
    points = [point for point in gone.points if (point.kind, point.normalised) not in held]
    return points, [address for address in gone.addresses if address.kind not in kinds]


def _copy(session: Session, row: Any, company_id: int, *, main: bool | None = None) -> int:
    values = images.image(row)
    for name in ("id", "public_id", "origin_tenant_id"):
        values.pop(name, None)
    values["company_id"] = company_id
    if main is not None:
        values["is_main"] = main
    new = images.remade(type(row), values)
    session.add(new)
    session.flush()
    return new.id


def _let_go(session: Session, gone: CompanyRelation) -> dict[str, Any] | None:
    """Drop our relation, and the company itself where nobody else holds it; returns what it takes to remake it."""
    company = gone.company
    image = {
        "row": images.image(company),
        "addresses": [images.image(row) for row in company.addresses],
        "points": [images.image(row) for row in company.points],
        "removed": _is_free(session, company.id),
    }
    session.delete(gone)
    session.flush()
    search_index.mark(session, COMPANY, [company.id])
    if image["removed"]:
        with every_tenant("nobody's parent company may be one that is gone"):
            session.execute(update(Company).where(Company.parent_id == company.id).values(parent_id=None))
        for row in (*company.addresses, *company.points):
            session.delete(row)
        session.flush()
        session.delete(company)
        session.flush()
    return image


def _is_free(session: Session, company_id: int) -> bool:
    """Whether nobody else holds the company or somebody who works there."""
    if company_holders(session, company_id):
        return False
    with every_tenant("who else has people at a company that goes"):
        return session.scalar(select(Post.id).where(Post.company_id == company_id).limit(1)) is None


def _refresh(session: Session, company_ids: list[int]) -> None:
    for company_id in company_ids:
        copies.refresh_activity(session, company_id)
        copies.refresh_people(session, company_id)
        people = session.scalars(select(Post.contact_id).where(Post.company_id == company_id))
        search_index.mark(session, CONTACT, people)
    search_index.mark(session, COMPANY, company_ids)


# ---- undoing --------------------------------------------------------------------------------------------------------


def unmerge(session: Session, public_id: str, *, by: int, now: datetime) -> Company:
    """Make the company that went again, with the address it had, and move back what moved; returns it.

    What somebody has changed since stays as they left it.
    """
    made = session.scalar(select(Undo).where(Undo.public_id == public_id, Undo.deed == MERGED).with_for_update())
    if made is None:
        raise NotFound
    kept = _relation(session, made.images["kept_id"])
    if made.undone_at is not None or kept is None:
        raise CannotUnmerge
    made.undone_at = now
    if _undoes_joint(made.images):
        kept = _relation(session, joint.own_company(session, kept.company_id, by=by)) or kept
    gone_id = made.images["gone_relation"]["company_id"]
    _remake(session, made.images)
    _move_back(session, made.images, gone_id, kept)
    _kept_back(session, made.images, kept)
    back = [gone_id] if made.images["took_in"] else [gone_id, kept.company_id]
    if made.images["took_in"]:
        kept = _relation(session, kept.company_id) or kept
        _let_go(session, kept)
    _refresh(session, back)
    audit.record(session, "merge undone", "company", gone_id, by=by)
    return _company(session, gone_id)


def _remake(session: Session, image: dict[str, Any]) -> None:
    """The company where it was removed, then our relation to it."""
    company = image["company"]
    if company["removed"]:
        parent_id = company["row"]["parent_id"]
        with every_tenant("a parent company may be gone by now"):
            parent = session.scalar(select(Company.id).where(Company.id == parent_id)) if parent_id else None
        session.add(images.remade(Company, company["row"] | {"parent_id": parent}))
        session.flush()
    session.add(images.remade(CompanyRelation, image["gone_relation"]))
    session.flush()


def _move_back(session: Session, image: dict[str, Any], gone_id: int, kept: CompanyRelation) -> None:
    for name, model in MOVING.items():
        here = select(model.id).where(model.company_id == kept.company_id)
        # A record we only took in for the merge is let go of again: what has come to it since goes along.
        moving = here if image["took_in"] else here.where(model.id.in_(image[name]))
        _point(session, model, list(session.scalars(moving)), company_id=gone_id)
    _tags_back(session, image, kept)
    posts = _our_posts(kept.company_id).with_only_columns(Post.id)
    posts = posts if image["took_in"] else posts.where(Post.id.in_(image["posts"]))
    _point(session, Post, list(session.scalars(posts)), company_id=gone_id)
    there = set(session.scalars(select(Post.contact_id).where(Post.company_id == gone_id)))
    lost = {values["contact_id"]: values for values in image["dropped_posts"]}
    still = session.scalars(select(Contact.id).where(Contact.id.in_(lost.keys() - there)))
    session.add_all(images.remade(Post, lost[contact_id]) for contact_id in list(still))
    daughters = select(Company.id).where(
        Company.id.in_(image.get("daughters", ())),
        or_(Company.parent_id == kept.company_id, (Company.id == kept.company_id) & Company.parent_id.is_(None)),
    )
    _point(session, Company, list(session.scalars(daughters)), parent_id=gone_id)
    if image["company"]["removed"]:
        session.add_all(images.remade(Address, values) for values in image["company"]["addresses"])
        session.add_all(images.remade(ContactPoint, values) for values in image["company"]["points"])
    session.flush()


def _undoes_joint(image: dict[str, Any]) -> bool:
    """Whether the merge wrote on what tenants may hold together."""
    before, after = image.get("kept_before"), image.get("kept_after")
    return bool(any(image["added"].values()) or (before and after and before["joint"] != after["joint"]))


def _kept_back(session: Session, image: dict[str, Any], kept: CompanyRelation) -> None:
    """The one that stayed as it was: without what was added, and with its own values where nobody has changed them."""
    for model, ids in ((Address, image["added"]["addresses"]), (ContactPoint, image["added"]["points"])):
        theirs = (model.id.in_(ids), model.company_id == kept.company_id)
        session.execute(delete(model).where(*theirs).execution_options(synchronize_session=False))
    session.expire(kept.company, ["addresses", "points"])
    before, now = image.get("kept_before"), _fields(kept)
    if not before:
        return
    after = image.get("kept_after", now)
    for part, row in (("joint", kept.company), ("own", kept)):
        same = {name: value for name, value in before[part].items() if now[part][name] == after[part][name]}
        images.put_back(row, same)
    session.flush()
    joint.refresh_company(session, kept.company)


def _tags_back(session: Session, image: dict[str, Any], kept: CompanyRelation) -> None:
    """The remade one carries its tags again; the other loses those that had come along."""
    moved, relation_id = image["tags"]["moved"], image["gone_relation"]["id"]
    carried: ColumnElement[bool] = (CompanyTag.relation_id == kept.id) & CompanyTag.tag_id.in_(moved)
    had = set(image["tags"]["had"])
    if image["took_in"]:
        carried = CompanyTag.relation_id == kept.id
        had |= set(session.scalars(select(CompanyTag.tag_id).where(carried)))
    session.execute(delete(CompanyTag).where(carried).execution_options(synchronize_session=False))
    still = sorted(session.scalars(select(Tag.id).where(Tag.id.in_(had))))
    session.add_all(CompanyTag(relation_id=relation_id, tag_id=tag_id) for tag_id in still)
    session.flush()
