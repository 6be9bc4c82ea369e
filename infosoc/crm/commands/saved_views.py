"""Keeping a list as a named view, and the columns a person has chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.models.changes import Undo
from infosoc.crm.models.lists import ListColumns, SavedView
from infosoc.kernel.errors import Invalid, NotFound, Refused
from infosoc.kernel.identity import refuse_personal_numbers
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_

MOST_VIEWS = 30
DELETED = "view deleted"


class NameMissing(Invalid):
    message = N_("Give the view a name.")


class TooManyViews(Refused):
    message = N_("There are already %(most)s views here. Delete one that nobody uses first.")


class NameTaken(Invalid):
    message = N_("You already have a view with this name. Choose another name.")


class NotYourView(Refused):
    message = N_("Only the person who created this view can change it. Save it as a new one instead.")


def save_view(
    session: Session, list_name: str, name: str, query: str, *, is_shared: bool, by: int, now: datetime
) -> SavedView:
    """Keep a list under a name, for oneself or for everybody."""
    _refuse_personal(query)
    own = select(func.count(SavedView.id)).where(SavedView.list_name == list_name, SavedView.owner_id == by)
    if (session.scalar(own) or 0) >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    name = _named(name)
    _refuse_taken(session, list_name, name, by=by)
    view = SavedView(list_name=list_name, name=name, query=query, owner_id=by, is_shared=is_shared, created_at=now)
    session.add(view)
    session.flush()
    audit.record(session, "view saved", "view", view.id, by=by, changes={"name": (None, view.name)})
    return view


def _refuse_personal(query: str) -> None:
    """A search for somebody's personal identity number is not to be kept (P-05)."""
    refuse_personal_numbers(unquote_plus(query), field="query")


def update_view(session: Session, public_id: str, query: str, *, by: int, may_share: bool) -> SavedView:
    """Let a view hold the list as it is now."""
    view = changeable(session, public_id, by=by, may_share=may_share)
    _refuse_personal(query)
    before, view.query = view.query, query
    audit.record(session, "view changed", "view", view.id, by=by, changes={"query": (before, query)})
    return view


def rename_view(session: Session, public_id: str, name: str, *, by: int, may_share: bool) -> SavedView:
    view = changeable(session, public_id, by=by, may_share=may_share)
    name = _named(name)
    _refuse_taken(session, view.list_name, name, by=view.owner_id, but=view.id)
    before, view.name = view.name, name
    audit.record(session, "view renamed", "view", view.id, by=by, changes={"name": (before, view.name)})
    return view


def delete_view(session: Session, public_id: str, *, by: int, may_share: bool, now: datetime) -> tuple[SavedView, Undo]:
    """Remove a view; what it takes to bring it back is kept for thirty days."""
    view = changeable(session, public_id, by=by, may_share=may_share)
    undo = Undo(deed=DELETED, by_id=by, made_at=now, images=_image(view))
    session.add(undo)
    audit.record(session, DELETED, "view", view.id, by=by, changes={"name": (view.name, None)})
    session.delete(view)
    session.flush()
    return view, undo


def restore_view(session: Session, undo_id: str, *, by: int, now: datetime) -> SavedView:
    """Bring back a view that one has just deleted; again is harmless."""
    undo = session.scalar(
        select(Undo).where(Undo.public_id == undo_id, Undo.deed == DELETED, Undo.by_id == by).with_for_update()
    )
    if undo is None:
        raise NotFound
    image = undo.images
    known = session.scalar(select(SavedView).where(SavedView.public_id == image["public_id"]))
    if known is not None:
        return known
    view = SavedView(created_at=now, **image)
    undo.undone_at = now
    session.add(view)
    session.flush()
    audit.record(session, "view restored", "view", view.id, by=by, changes={"name": (None, view.name)})
    return view


def keep_columns(session: Session, list_name: str, columns: list[str], *, by: int) -> None:
    """Remember which columns a person wants in a list."""
    kept = session.scalar(select(ListColumns).where(ListColumns.list_name == list_name, ListColumns.user_id == by))
    if kept is None:
        session.add(ListColumns(user_id=by, list_name=list_name, columns=columns))
    else:
        kept.columns = columns


def changeable(session: Session, public_id: str, *, by: int, may_share: bool) -> SavedView:
    """A view that this person may change: their own, or (with the right to) a shared one."""
    view = session.scalar(select(SavedView).where(SavedView.public_id == public_id))
    if view is None or not (view.owner_id == by or view.is_shared):
        raise NotFound
    if view.owner_id != by and not may_share:
        raise NotYourView
    return view


def _refuse_taken(session: Session, list_name: str, name: str, *, by: int, but: int | None = None) -> None:
    """A person's views of a list are told apart by their names, whatever the case."""
    own = select(SavedView.id, SavedView.name).where(SavedView.list_name == list_name, SavedView.owner_id == by)
    if any(id_ != but and known.casefold() == name.casefold() for id_, known in session.execute(own)):
        raise NameTaken(field="name")


def _named(name: str) -> str:
    cleaned = clean(name)[:60]
    if not cleaned:
        raise NameMissing(field="name")
    return cleaned


def _image(view: SavedView) -> dict[str, Any]:
    return {
        "public_id": view.public_id, "list_name": view.list_name, "name": view.name, "query": view.query,
        "owner_id": view.owner_id, "is_shared": view.is_shared,
    }  # fmt: skip
