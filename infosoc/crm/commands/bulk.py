"""One change to many companies: a result for every row, and one undo for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership, User
from infosoc.audit import commands as audit
from infosoc.crm.commands.tags import tags_named
from infosoc.crm.models.changes import BulkResult, Undo, UndoPart
from infosoc.crm.models.companies import CompanyRelation, CompanyTag, Tag
from infosoc.crm.rules import Status
from infosoc.db import search_index
from infosoc.db.search import COMPANY
from infosoc.db.tenancy import current_scope
from infosoc.kernel.errors import Invalid, NotFound, Refused
from infosoc.kernel.words import N_

CHUNK = 500
BULK = "bulk edit"


class Deed(StrEnum):
    STATUS = "status"
    OWNER = "owner"
    TAG = "tag"
    UNTAG = "untag"


class Result(StrEnum):
    """What became of one row."""

    CHANGED = "changed"
    SAME = "same"
    TRASHED = "trashed"


RESULT_LABELS = {
    Result.CHANGED: N_("Changed"),
    Result.SAME: N_("Already set"),
    Result.TRASHED: N_("In the trash"),
}


class NothingChosen(Invalid):
    message = N_("Mark at least one row first.")


class UnknownStatus(Invalid):
    message = N_("Choose one of the statuses.")


class NotAColleague(Invalid):
    message = N_("Choose somebody who works here.")


class NoTag(Invalid):
    message = N_("Enter a tag.")


class AlreadyUndone(Refused):
    message = N_("This has already been undone.")


@dataclass(frozen=True)
class Edit:
    """What is done to every row. `value` is a status, a user's public id ("" for nobody), or the name of a tag."""

    deed: Deed
    value: str


def begin(
    session: Session, edit: Edit, company_ids: Sequence[int], *, owner_id: int | None, by: int, now: datetime
) -> Undo:
    """Check the change and write down what it takes to undo it; the rows are changed by `apply`, a chunk at a time."""
    if not company_ids:
        raise NothingChosen
    if edit.deed == Deed.STATUS and edit.value not in set(Status):
        raise UnknownStatus(field="value")
    if edit.deed == Deed.OWNER and edit.value and not _is_colleague(session, owner_id):
        raise NotAColleague(field="value")
    value: Any = owner_id if edit.deed == Deed.OWNER else edit.value
    if edit.deed in {Deed.TAG, Deed.UNTAG}:
        value = _tag_id(session, edit)
    images = {"deed": edit.deed, "value": value, "shown": edit.value, "ids": list(company_ids)}
    undo = Undo(deed=BULK, by_id=by, made_at=now, images=images)
    session.add(undo)
    session.flush()
    shown = _names(session, {value}).get(value) if edit.deed == Deed.OWNER else edit.value
    audit.record(session, BULK, "bulk", undo.id, by=by, changes={edit.deed.value: (None, shown)})
    return undo


def _is_colleague(session: Session, user_id: int | None) -> bool:
    return session.scalar(select(Membership.id).where(Membership.user_id == user_id)) is not None


def _tag_id(session: Session, edit: Edit) -> int:
    if not edit.value.strip():
        raise NoTag(field="value")
    (tag,) = tags_named(session, [edit.value])
    return tag.id


def waiting(session: Session, undo: Undo) -> list[int]:
    """The companies of a bulk edit that have no result yet, so that work broken off goes on where it was."""
    done = set(session.scalars(select(BulkResult.company_id).where(BulkResult.undo_id == undo.id)))
    return [company_id for company_id in undo.images["ids"] if company_id not in done]


def apply(session: Session, undo_id: int, company_ids: Sequence[int]) -> None:
    """Do the change to a chunk of rows, with a result for each."""
    undo = session.scalar(select(Undo).where(Undo.id == undo_id).with_for_update())
    if undo is None or undo.undone_at is not None:
        return
    relations = {row.company_id: row for row in _relations(session, company_ids)}
    change = _change_tag if undo.images["deed"] in {Deed.TAG, Deed.UNTAG} else _change_column
    before = change(session, undo, [row for row in relations.values() if row.trashed_at is None])
    if before:
        session.add(UndoPart(undo_id=undo.id, before={str(key): old for key, old in before.items()}))
    results = []
    for company_id in company_ids:
        row = relations.get(company_id)
        result = (
            Result.TRASHED if row is None or row.trashed_at else Result.CHANGED if company_id in before else Result.SAME
        )
        results.append({"tenant_id": undo.tenant_id, "undo_id": undo.id, "company_id": company_id, "result": result})
    session.execute(insert(BulkResult), results)


def _relations(session: Session, company_ids: Sequence[int]) -> list[CompanyRelation]:
    return list(session.scalars(select(CompanyRelation).where(CompanyRelation.company_id.in_(company_ids))))


def _change_column(session: Session, undo: Undo, rows: list[CompanyRelation]) -> dict[int, Any]:
    column = "owner_id" if undo.images["deed"] == Deed.OWNER else "status"
    value = undo.images["value"]
    changed = [row for row in rows if getattr(row, column) != value]
    before = {row.company_id: getattr(row, column) for row in changed}
    _set(session, column, value, list(before))
    _tell(session, undo, *_told(session, column, before, value))
    return before


def _set(session: Session, column: str, value: Any, company_ids: list[int]) -> None:
    if company_ids:
        session.execute(
            update(CompanyRelation)
            .where(CompanyRelation.company_id.in_(company_ids))
            .values({column: value, "version": CompanyRelation.version + 1})
            .execution_options(synchronize_session=False)
        )
        session.expire_all()


def _change_tag(session: Session, undo: Undo, rows: list[CompanyRelation]) -> dict[int, Any]:
    tag_id, adds = undo.images["value"], undo.images["deed"] == Deed.TAG
    by_relation = {row.id: row.company_id for row in rows}
    carried = set(
        session.scalars(
            select(CompanyTag.relation_id).where(CompanyTag.tag_id == tag_id, CompanyTag.relation_id.in_(by_relation))
        )
    )
    touched = [relation_id for relation_id in by_relation if (relation_id in carried) != adds]
    _tag(session, tag_id, touched, adds=adds)
    before = {by_relation[relation_id]: None for relation_id in touched}
    name = session.scalar(select(Tag.name).where(Tag.id == tag_id))
    changes = dict.fromkeys(before, None) if adds else dict.fromkeys(before, name)
    _tell(session, undo, "tags", changes, name if adds else None)
    search_index.mark(session, COMPANY, before)
    return before


def _tag(session: Session, tag_id: int, relation_ids: list[int], *, adds: bool) -> None:
    tenant_id = current_scope().tenant_id
    if not relation_ids:
        return
    if adds:
        rows = [{"tenant_id": tenant_id, "relation_id": one, "tag_id": tag_id} for one in relation_ids]
        session.execute(insert(CompanyTag), rows)
    else:
        session.execute(delete(CompanyTag).where(CompanyTag.tag_id == tag_id, CompanyTag.relation_id.in_(relation_ids)))


def _tell(session: Session, undo: Undo, field: str, before: dict[int, Any], after: Any) -> None:
    """Each company's own history tells of it."""
    if before:
        deeds = [("company changed", "company", one, {field: (old, after)}) for one, old in before.items()]
        audit.record_many(session, deeds, by=undo.by_id)


def _told(session: Session, column: str, before: dict[int, Any], after: Any) -> tuple[str, dict[int, Any], Any]:
    """A change of a column as the history tells it: an owner by name, as when one company is changed."""
    if column != "owner_id":
        return column, before, after
    names = _names(session, {*before.values(), after})
    return "owner", {one: names.get(old) for one, old in before.items()}, names.get(after)


def _names(session: Session, user_ids: Iterable[int | None]) -> dict[int | None, str]:
    query = select(User.id, User.name).where(User.id.in_([one for one in user_ids if one is not None]))
    return dict(session.execute(query).all())


def undo(session: Session, public_id: str, *, by: int, now: datetime) -> tuple[int, int]:
    """Put back every row that still is as the bulk edit left it; returns how many were, and how many had moved on."""
    made = session.scalar(select(Undo).where(Undo.public_id == public_id, Undo.deed == BULK).with_for_update())
    if made is None:
        raise NotFound
    if made.undone_at is not None:
        raise AlreadyUndone
    made.undone_at = now
    back = changed = 0
    parts = select(UndoPart.before).where(UndoPart.undo_id == made.id).order_by(UndoPart.id)
    for part in list(session.scalars(parts)):
        changed += len(part)
        back += _put_back(session, made, {int(key): old for key, old in part.items()}, by)
    audit.record(session, "bulk edit undone", "bulk", made.id, by=by)
    return back, changed - back


def _put_back(session: Session, made: Undo, before: dict[int, Any], by: int) -> int:
    rows = _relations(session, list(before))
    if made.images["deed"] in {Deed.TAG, Deed.UNTAG}:
        return _put_back_tag(session, made, rows)
    column = "owner_id" if made.images["deed"] == Deed.OWNER else "status"
    value = made.images["value"]
    untouched = [row.company_id for row in rows if getattr(row, column) == value]
    for old in set(before.values()):
        _set(session, column, old, [one for one in untouched if before[one] == old])
    field, names, was = _told(session, column, {one: before[one] for one in untouched}, value)
    deeds = [("company changed", "company", one, {field: (was, names[one])}) for one in untouched]
    audit.record_many(session, deeds, by=by)
    return len(untouched)


def _put_back_tag(session: Session, made: Undo, rows: list[CompanyRelation]) -> int:
    adds = made.images["deed"] == Deed.UNTAG
    tag_id, ids = made.images["value"], {row.id: row.company_id for row in rows}
    if session.scalar(select(Tag.id).where(Tag.id == tag_id)) is None:
        return 0
    query = select(CompanyTag.relation_id).where(CompanyTag.tag_id == tag_id, CompanyTag.relation_id.in_(ids))
    carried = set(session.scalars(query))
    touched = [one for one in ids if (one in carried) != adds]
    _tag(session, tag_id, touched, adds=adds)
    search_index.mark(session, COMPANY, [ids[one] for one in touched])
    return len(touched)
