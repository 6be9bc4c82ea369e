"""What a list needs of its tenant beside its rows, in one statement: what one can filter by, views, columns, counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, String, Text, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership, User
from infosoc.crm.lists.spec import Choice, Choices, Reader, View
from infosoc.crm.models.companies import CompanyRelation, LineOfBusiness, Tag
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.lists import ListColumns, RegisterCount, SavedView
from infosoc.db import prepared
from infosoc.kernel.text import sort_key

_NOTHING = literal("")
PROTECTED = "protected"
PARTS = ("line", "tag", "person", "view", "columns", "count")
Build = Callable[[], Any]
_more: dict[str, dict[str, Build]] = {}


def add_choices(list_name: str, part: str, build: Build) -> None:
    """Have the choices of a higher domain read in the same statement: id, public id, label, whether it is current."""
    _more.setdefault(list_name, {})[part] = build


def choices(session: Session, list_name: str, reader: Reader) -> Choices:
    """The choices of this list for this person."""
    bound = {"list_name": list_name, "me": reader.user_id}
    more = _more.get(list_name, {})
    read: dict[str, list[tuple[Any, ...]]] = {name: [] for name in (*PARTS, *more)}
    for part, *row in prepared.rows(session, ("choices", list_name), _statement(list_name), bound):
        read[part].append(tuple(row))
    return Choices(
        lines=_by_id(sorted(read["line"], key=lambda row: (row[4], sort_key(row[2])))),
        tags=_by_id(sorted(read["tag"], key=lambda row: sort_key(row[2]))),
        people=_by_id(sorted(read["person"], key=lambda row: sort_key(row[2]))),
        views=[
            View(public_id, name, query, bool(is_shared), owner_id == reader.user_id)
            for _, public_id, name, is_shared, owner_id, query in sorted(read["view"], key=lambda row: sort_key(row[2]))
        ],
        columns=tuple(json.loads(read["columns"][0][5])) if read["columns"] else None,
        counts={row[1]: row[0] for row in read["count"]},
        more={name: _by_id(sorted(read[name], key=lambda row: sort_key(row[2]))) for name in more},
    )


def _by_id(rows: list[tuple[Any, ...]]) -> dict[int, Choice]:
    return {row[0]: Choice(row[0], row[1], row[2], is_current=bool(row[3])) for row in rows}


def _statement(list_name: str) -> Any:
    kind = {"companies": "company", "contacts": "contact"}[list_name]

    def build() -> Any:
        me = prepared.bound("me", BigInteger())
        this_list = prepared.bound("list_name", String())
        parts = [
            select(
                literal("line"), LineOfBusiness.id, LineOfBusiness.public_id, LineOfBusiness.name,
                case((LineOfBusiness.retired_at.is_(None), 1), else_=0), LineOfBusiness.position, _NOTHING,
            ),
            select(
                literal("person"), User.id, User.public_id, User.name, case((User.disabled_at.is_(None), 1), else_=0),
                literal(0), _NOTHING,
            ).join(Membership, Membership.user_id == User.id),
            select(
                literal("view"), SavedView.id, SavedView.public_id, SavedView.name,
                case((SavedView.is_shared.is_(True), 1), else_=0), SavedView.owner_id, SavedView.query,
            ).where(SavedView.list_name == this_list, or_(SavedView.owner_id == me, SavedView.is_shared.is_(True))),
            select(
                literal("columns"), ListColumns.id, _NOTHING, _NOTHING, literal(0), literal(0),
                cast(ListColumns.columns, Text),
            ).where(ListColumns.list_name == this_list, ListColumns.user_id == me),
            select(
                literal("count"), RegisterCount.rows, RegisterCount.status, _NOTHING, literal(0), literal(0), _NOTHING
            ).where(RegisterCount.kind == kind),
        ]  # fmt: skip
        parts.append(_tags() if list_name == "companies" else _protected())
        for name, more in _more.get(list_name, {}).items():
            row = more()
            parts.append(row.with_only_columns(literal(name), *row.selected_columns, literal(0), _NOTHING))
        return union_all(*parts)

    return build


def _tags() -> Any:
    return select(literal("tag"), Tag.id, Tag.public_id, Tag.name, literal(1), literal(0), _NOTHING)


def _protected() -> Any:
    """How many contact persons lists leave out for most people; they are few, and have an index of their own."""
    number = (
        select(func.count())
        .select_from(Contact)
        .join(ContactRelation, ContactRelation.contact_id == Contact.id)
        .where(Contact.is_protected.is_(True), ContactRelation.trashed_at.is_(None))
        .scalar_subquery()
    )
    # A row of the register's own count carries it: a lone scalar would stand outside every mapped table.
    return (
        select(literal("count"), number, literal(PROTECTED), _NOTHING, literal(0), literal(0), _NOTHING)
        .select_from(RegisterCount)
        .where(RegisterCount.kind == "contact")
    )


def municipalities(session: Session) -> list[str]:
    """The municipalities this tenant has companies in, in Swedish order; read by hops along the index."""

    def build() -> Any:
        relation = CompanyRelation
        hops = (
            select(func.min(relation.municipality).label("name"))
            .where(relation.trashed_at.is_(None), relation.municipality.is_not(None))
            .cte("hops", recursive=True)
        )
        following = (
            select(func.min(relation.municipality))
            .where(relation.trashed_at.is_(None), relation.municipality > hops.c.name)
            .scalar_subquery()
        )
        hops = hops.union_all(select(following).where(hops.c.name.is_not(null())))
        return select(hops.c.name).where(hops.c.name.is_not(null()))

    return sorted((row[0] for row in prepared.rows(session, "municipalities", build)), key=sort_key)
