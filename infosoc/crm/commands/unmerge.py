"""Undoing a merge: the company that went is made again, and what moved moves back.

What somebody has changed since stays as they left it. Records may have been parted, shared or removed in the meantime
(`undo_images` keeps the names of the parted ones); what another tenant has made of a record since is not taken over
unless it is shared with us.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.commands import blocked, joint, merge
from infosoc.crm.commands.split import company_holders
from infosoc.crm.models.changes import MERGED, Undo
from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint, Tag
from infosoc.crm.models.contacts import Contact, Post
from infosoc.crm.rules import PointKind
from infosoc.db import images
from infosoc.db.tenancy import Joint, current_scope, every_tenant
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.words import N_

UNDONE = "merge undone"


class CannotUnmerge(Refused):
    message = N_("The merge cannot be undone any more: one of the companies has been merged again, or removed.")


class HeldAgain(Refused):
    message = N_(
        "The merge cannot be undone: the company that went has been taken into our register again. What was moved can "
        "be moved there by hand."
    )


def unmerge(session: Session, public_id: str, *, by: int, now: datetime) -> Company:
    """Make the company that went again, with the address it had, and move back what moved; returns it."""
    made = session.scalar(select(Undo).where(Undo.public_id == public_id, Undo.deed == MERGED).with_for_update())
    if made is None:
        raise NotFound
    kept = merge.relation_of(session, made.images["kept_id"])
    if made.undone_at is not None or kept is None:
        raise CannotUnmerge
    if _undoes_joint(made.images):
        kept = merge.relation_of(session, joint.own_company(session, kept.company_id, by=by)) or kept
    _part_people(session, made, by=by)
    image, made.undone_at = made.images, now
    before = merge.told(kept)
    gone = _remake(session, image)
    _move_back(session, image, gone, kept)
    _kept_back(session, image, kept)
    kept_id = kept.company_id
    back = [gone.company_id] if image["took_in"] else [gone.company_id, kept_id]
    if image["took_in"]:
        merge.let_go(session, merge.relation_of(session, kept_id) or kept)
    merge.refresh(session, back)
    audit.record(session, UNDONE, "company", gone.company_id, by=by)
    if not image["took_in"]:
        merge.tell(session, UNDONE, kept_id, before, by=by, also={})
    return merge.company_of(session, gone.company_id)


def _part_people(session: Session, made: Undo, *, by: int) -> None:
    """Those who move back, and are held by a tenant that does not share with us by now, get records of our own."""
    moving = select(Post.contact_id).where(Post.id.in_(made.images["posts"]))
    if made.images["took_in"]:
        moving = merge.our_posts(made.images["kept_id"]).with_only_columns(Post.contact_id)
    for contact_id in list(session.scalars(moving)):
        joint.own_contact(session, contact_id, by=by)


# ---- the company that went -------------------------------------------------------------------------------------------


def _remake(session: Session, image: dict[str, Any]) -> CompanyRelation:
    """The company where it is no more, then our relation to it."""
    row, company_id = image["company"]["row"], image["gone_relation"]["company_id"]
    with every_tenant("what has become of a company that was merged away"):
        there = session.scalar(select(Company.public_id).where(Company.id == company_id))
    if there == row["public_id"]:
        if merge.relation_of(session, company_id) is not None:
            raise HeldAgain
        if not joint.all_share(session, company_holders(session, company_id)):
            # What they have written since is theirs: ours is made as it was, with an address of its own.
            company_id = _company_again(session, image, {"id": None, "public_id": None})
    else:
        company_id = _company_again(session, image, {"id": company_id if there is None else None})
    relation = _again(session, CompanyRelation, image["gone_relation"], company_id=company_id)
    session.flush()
    return relation


def _company_again(session: Session, image: dict[str, Any], instead: dict[str, Any]) -> int:
    parent_id = image["company"]["row"]["parent_id"]
    with every_tenant("a parent company may be gone by now"):
        parent = session.scalar(select(Company.id).where(Company.id == parent_id)) if parent_id else None
    company = _again(session, Company, image["company"]["row"], **instead, parent_id=parent)
    session.flush()
    is_copy = "public_id" in instead
    points = image["company"]["points"]
    refused = blocked.among(session, [one["normalised"] for one in points if one["kind"] == PointKind.EMAIL.value])
    points = [one for one in points if one["normalised"] not in refused]
    for model, rows in ((Address, image["company"]["addresses"]), (ContactPoint, points)):
        for values in rows:
            other = {"id": None, "public_id": None} if is_copy else {}
            _again(session, model, values, **other, company_id=company.id)
    session.flush()
    return company.id


def _again(session: Session, model: type[Any], values: dict[str, Any], **instead: Any) -> Any:
    """A row as its image has it, ours; with another id where its own has been given to a new row since."""
    values = values | instead
    if issubclass(model, Joint):
        values["origin_tenant_id"] = current_scope().tenant_id
    if values.get("id") is not None:
        # What waits to be written is written as ours, by a flush in our own scope: not by this look over all tenants.
        with session.no_autoflush, every_tenant("whether an id has been given away"):
            if session.scalar(select(model.id).where(model.id == values["id"])) is not None:
                values["id"] = None
    row = images.remade(model, {name: value for name, value in values.items() if not _is_new(name, value)})
    session.add(row)
    return row


def _is_new(name: str, value: Any) -> bool:
    """Whether the database, or the model, is to give the value."""
    return name in {"id", "public_id"} and value is None


# ---- what moved ------------------------------------------------------------------------------------------------------


def _move_back(session: Session, image: dict[str, Any], gone: CompanyRelation, kept: CompanyRelation) -> None:
    gone_id = gone.company_id
    for name, model in merge.MOVING.items():
        here = select(model.id).where(model.company_id == kept.company_id)
        # A record we only took in for the merge is let go of again: what has come to it since goes along.
        moving = here if image["took_in"] else here.where(model.id.in_(image.get(name, ())))
        merge.point(session, model, list(session.scalars(moving)), company_id=gone_id)
    _tags_back(session, image, gone, kept)
    _posts_back(session, image, gone_id, kept)
    daughters = select(Company.id).where(
        Company.id.in_(image.get("daughters", ())),
        or_(Company.parent_id == kept.company_id, (Company.id == kept.company_id) & Company.parent_id.is_(None)),
    )
    ours = [one for one in session.scalars(daughters) if joint.all_share(session, company_holders(session, one))]
    merge.point(session, Company, ours, parent_id=gone_id)
    session.flush()


def _posts_back(session: Session, image: dict[str, Any], gone_id: int, kept: CompanyRelation) -> None:
    there = set(session.scalars(select(Post.contact_id).where(Post.company_id == gone_id)))
    posts = merge.our_posts(kept.company_id).with_only_columns(Post.id, Post.contact_id)
    posts = posts if image["took_in"] else posts.where(Post.id.in_(image["posts"]))
    moving = [post_id for post_id, contact_id in session.execute(posts) if contact_id not in there]
    merge.point(session, Post, moving, company_id=gone_id)
    there |= set(session.scalars(select(Post.contact_id).where(Post.company_id == gone_id)))
    lost = {values["contact_id"]: values for values in image["dropped_posts"]}
    still = session.scalars(select(Contact.id).where(Contact.id.in_(lost.keys() - there)))
    for contact_id in list(still):
        _again(session, Post, lost[contact_id], company_id=gone_id)
    session.flush()


def _tags_back(session: Session, image: dict[str, Any], gone: CompanyRelation, kept: CompanyRelation) -> None:
    """The remade one carries its tags again; the other loses those that had come along."""
    carried: ColumnElement[bool] = (CompanyTag.relation_id == kept.id) & CompanyTag.tag_id.in_(image["tags"]["moved"])
    had = set(image["tags"]["had"])
    if image["took_in"]:
        carried = CompanyTag.relation_id == kept.id
        had |= set(session.scalars(select(CompanyTag.tag_id).where(carried)))
    session.execute(delete(CompanyTag).where(carried).execution_options(synchronize_session=False))
    still = sorted(session.scalars(select(Tag.id).where(Tag.id.in_(had))))
    session.add_all(CompanyTag(relation_id=gone.id, tag_id=tag_id) for tag_id in still)
    session.flush()


# ---- the company that stays ------------------------------------------------------------------------------------------


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
    before, now = image.get("kept_before"), merge.fields_of(kept)
    if not before:
        return
    after = image.get("kept_after", now)
    for part, row in (("joint", kept.company), ("own", kept)):
        same = {name: value for name, value in before[part].items() if now[part][name] == after[part][name]}
        images.put_back(row, same)
    session.flush()
    joint.refresh_company(session, kept.company)
