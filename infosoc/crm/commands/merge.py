"""Two records of one company become one: what we have about the one moves to the other (`unmerge` moves it back).

Only this tenant's own rows move. A company that another tenant holds too stays for them; one that we only are shown
may be what ours is merged into, so that two tenants that begin to share come to hold one record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.crm.commands import blocked, copies, holding, joint
from infosoc.crm.commands.company_facts import FACTS
from infosoc.crm.commands.split import company_holders, contact_holders, forget_pairs
from infosoc.crm.commands.take_in import InTheTrash
from infosoc.crm.models.changes import MERGED, BulkResult, Undo
from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint
from infosoc.crm.models.contacts import ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.search_documents import NOTED
from infosoc.db import images, search_index
from infosoc.db.search import COMPANY, CONTACT
from infosoc.db.tenancy import every_tenant
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.text import sort_key
from infosoc.kernel.words import N_

MERGED_IN = "merged in"
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


def merge(session: Session, gone_id: int, kept_id: int, *, taken: Mapping[str, Any], by: int, now: datetime) -> Undo:
    """Merge one company into another. `taken` names the fields whose value comes from the one that goes."""
    if gone_id == kept_id:
        raise SameCompany
    gone = relation_of(session, gone_id)
    if gone is None:
        raise NotFound
    kept = relation_of(session, kept_id)
    if gone.trashed_at is not None or (kept is not None and kept.trashed_at is not None):
        raise InTheTrash
    made: dict[str, Any] = {"gone_relation": images.image(gone), "took_in": kept is None}
    taken = {} if kept is None else taken
    kept = _ours_alone(session, gone, kept or _taken_in(session, gone, kept_id), taken, by=by)
    made["kept_id"], made["kept_public_id"], before = kept.company_id, kept.company.public_id, told(kept)
    if not made["took_in"]:
        made["kept_before"] = _take_fields(session, gone, kept, taken)
        made["kept_after"] = fields_of(kept)
    made |= _move(session, gone, kept, by=by)
    made["daughters"] = _move_daughters(session, gone, kept)
    made["company"] = let_go(session, gone)
    undo = Undo(deed=MERGED, by_id=by, made_at=now, images=made)
    session.add(undo)
    refresh(session, [kept.company_id])
    tell(session, MERGED, kept.company_id, before, by=by, also={MERGED_IN: (None, made["company"]["row"]["name"])})
    return undo


def told(kept: CompanyRelation) -> dict[str, str | None]:
    """The facts of the one that stays, as the history keeps them."""
    return {fact.key: fact.told(kept) for fact in FACTS.values() if fact.key not in {"tags", "parent"}}


def tell(
    session: Session, deed: str, company_id: int, before: dict[str, str | None], *, by: int,
    also: dict[str, tuple[Any, Any]],
) -> None:  # fmt: skip
    """Write into the history what became of the one that stays; into that of tenants who share it, the joint part."""
    kept = relation_of(session, company_id)
    now = told(kept) if kept else before
    changes = {key: (before[key], value) for key, value in now.items() if before[key] != value}
    joint.record_shared(
        session, deed, company_id, own=also | changes,
        theirs=also | {key: change for key, change in changes.items() if FACTS[key].joint}, by=by,
    )  # fmt: skip


def relation_of(session: Session, company_id: int) -> CompanyRelation | None:
    """Our relation to a company with its facts, read anew."""
    query = (
        select(CompanyRelation)
        .where(CompanyRelation.company_id == company_id)
        .options(
            selectinload(CompanyRelation.company).options(
                selectinload(Company.addresses), selectinload(Company.points)
            ),
            joinedload(CompanyRelation.owner),
            joinedload(CompanyRelation.line),
        )
        .execution_options(populate_existing=True)
    )
    return session.scalar(query)


def company_of(session: Session, company_id: int) -> Company:
    """By a SELECT, which is filtered; what the session remembers from elsewhere is not."""
    company = session.scalar(select(Company).where(Company.id == company_id))
    if company is None:
        raise NotFound
    return company


def _taken_in(session: Session, gone: CompanyRelation, kept_id: int) -> CompanyRelation:
    """Our relation, now to the record that the other tenant shows us."""
    company = company_of(session, kept_id)
    values = images.image(gone)
    for name in ("id", "version"):
        values.pop(name)
    new = images.remade(CompanyRelation, values | {"company_id": kept_id, "name_sort": sort_key(company.name)[:200]})
    session.add(new)
    session.flush()
    found = relation_of(session, kept_id)
    if found is None:
        raise NotFound
    return found


def _ours_alone(
    session: Session, gone: CompanyRelation, kept: CompanyRelation, taken: Mapping[str, Any], *, by: int
) -> CompanyRelation:
    """The one that stays; a copy of our own where what we would write on it is not shared both ways."""
    points, addresses = _lacking(session, gone.company, kept.company)
    if not (points or addresses or set(JOINT_FIELDS) & set(taken)):
        return kept
    own_id = joint.own_company(session, kept.company_id, by=by)
    own = kept if own_id == kept.company_id else relation_of(session, own_id)
    if own is None:
        raise NotFound
    return own


def fields_of(kept: CompanyRelation) -> dict[str, Any]:
    """What a merge may change on the one that stays."""
    return {
        "joint": images.plain_values(kept.company, JOINT_FIELDS),
        "own": images.plain_values(kept, (*OWN_FIELDS, "notes", "custom")),
    }


def _take_fields(
    session: Session, gone: CompanyRelation, kept: CompanyRelation, taken: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the chosen values on the one that stays; returns what stood there."""
    before = fields_of(kept)
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
        point(session, model, ids, company_id=kept.company_id)
    moved["tags"] = _move_tags(session, gone.id, kept.id)
    moved["posts"], moved["dropped_posts"] = _move_posts(session, gone.company_id, kept.company_id, by=by)
    moved["added"] = _add_details(session, gone.company, kept.company)
    forget_pairs(session, gone.company_id)
    return moved


def point(session: Session, model: Any, ids: list[int], **values: Any) -> None:
    """Give many rows these values."""
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
    point(session, CompanyTag, moving, relation_id=kept_id)
    session.execute(delete(CompanyTag).where(CompanyTag.relation_id == gone_id))
    return {"had": [tag_id for _, tag_id in rows], "moved": [tag_id for _, tag_id in rows if tag_id not in held]}


def _move_posts(session: Session, gone_id: int, kept_id: int, *, by: int) -> tuple[list[int], list[dict[str, Any]]]:
    """Our people work at the one that stays; a second post there is dropped."""
    for contact_id in list(session.scalars(our_posts(gone_id).with_only_columns(Post.contact_id))):
        if contact_holders(session, contact_id):
            joint.own_contact(session, contact_id, by=by)
    there = set(session.scalars(select(Post.contact_id).where(Post.company_id == kept_id)))
    moved, dropped = [], []
    for post in list(session.scalars(our_posts(gone_id))):
        if post.contact_id in there:
            dropped.append(images.image(post))
            session.delete(post)
        else:
            moved.append(post.id)
            post.company_id = kept_id
    session.flush()
    return moved, dropped


def our_posts(company_id: int) -> Select[Any]:
    """What the people that we hold do at a company."""
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
    new_points, new_addresses = _lacking(session, gone, kept)
    added = {"points": [_copy(session, row, kept.id, main=False) for row in new_points]}
    return added | {"addresses": [_copy(session, row, kept.id) for row in new_addresses]}


def _lacking(session: Session, gone: Company, kept: Company) -> tuple[list[ContactPoint], list[Address]]:
    held = {(point.kind, point.normalised) for point in kept.points}
    kinds = {address.kind for address in kept.addresses}
    points = [point for point in gone.points if (point.kind, point.normalised) not in held]
    refused = blocked.among(session, blocked.emails(points))
    points = [point for point in points if point.normalised not in refused]
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


def let_go(session: Session, gone: CompanyRelation) -> dict[str, Any]:
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
        # Over all tenants: another one may have written the record first, or have a daughter company of it.
        with every_tenant("a joint company that nobody holds goes"):
            session.execute(update(Company).where(Company.parent_id == company.id).values(parent_id=None))
            session.execute(update(ImportRow).where(ImportRow.company_id == company.id).values(company_id=None))
            forget_pairs(session, company.id)
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


def refresh(session: Session, company_ids: list[int]) -> None:
    """Bring the copies and search documents of companies, and of what belongs to them, up to date."""
    for company_id in company_ids:
        copies.refresh_activity(session, company_id)
        copies.refresh_people(session, company_id)
        people = session.scalars(select(Post.contact_id).where(Post.company_id == company_id))
        search_index.mark(session, CONTACT, people)
    search_index.mark(session, COMPANY, company_ids)
    search_index.mark(session, NOTED, company_ids)
    holding.bring_up_to_date(session, company_ids)
