"""The rows before and after one, in the list that a person came from."""

from __future__ import annotations

from urllib.parse import parse_qs

from sqlalchemy.orm import Session

from infosoc.crm.lists import state
from infosoc.crm.lists.registry import list_named
from infosoc.crm.lists.spec import Choices, Reader
from infosoc.crm.lists.state import Arguments
from infosoc.crm.queries import lists_walk
from infosoc.crm.queries.lists_choices import choices

Neighbours = tuple[str | None, str | None, int | None]


def neighbours(
    session: Session, list_name: str, query: str | Arguments, public_id: str, *, reader: Reader
) -> Neighbours:
    """Public ids of the previous and the next row, and the place in the list where it is known.

    `query` is what the list put into the record's address (`?list=…`), as text or already taken apart.
    """
    spec = list_named(list_name)
    arguments = parse_qs(query[:2000]) if isinstance(query, str) else query
    known = choices(session, list_name, reader) if state.needs_choices(arguments) else Choices()
    asked = state.read(spec, arguments, reader, known)
    if asked.shown:
        return None, None, None
    walk = lists_walk.walk(session, asked)
    ids = (spec.public_id,)
    if walk.is_short:
        rows = lists_walk.rows(session, walk, ids, "ids", most=lists_walk.MOST_FOUND)
        return _beside([row[0] for row in rows], public_id)
    place = lists_walk.keys(session, walk, public_id)
    if place is None:
        return None, None, None
    before = lists_walk.rows(session, walk, ids, "ids", most=1, place=place, forward=False)
    after = lists_walk.rows(session, walk, ids, "ids", most=1, place=place)
    return (before[0][0] if before else None), (after[0][0] if after else None), None


def _beside(ids: list[str], public_id: str) -> Neighbours:
    if public_id not in ids:
        return None, None, None
    at = ids.index(public_id)
    return (ids[at - 1] if at else None), (ids[at + 1] if at + 1 < len(ids) else None), at + 1
