"""What takes a deed back names records by id: when a record is parted from a joint one, the images follow.

So a merge or a bulk edit can still be undone after a split, and what is undone is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.changes import Undo, UndoPart

Ids = Mapping[int, int]


def follow_company(session: Session, old_id: int, new_id: int, *, points: Ids, addresses: Ids) -> None:
    """Let undos that name a company, its points or its addresses name those of its copy."""
    company = {old_id: new_id}
    for undo in _open(session, "company merged", "bulk edit"):
        image = dict(undo.images)
        if undo.deed == "bulk edit":
            image["ids"] = _followed(image["ids"], company)
            if image["ids"] != undo.images["ids"]:
                _follow_parts(session, undo.id, old_id, new_id)
        else:
            image["kept_id"] = company.get(image["kept_id"], image["kept_id"])
            image["daughters"] = _followed(image.get("daughters", ()), company)
            added = image["added"]
            image["added"] = {
                "points": _followed(added["points"], points), "addresses": _followed(added["addresses"], addresses),
            }  # fmt: skip
            row = image["company"]["row"]
            row = row | {"parent_id": company.get(row["parent_id"], row["parent_id"])}
            image["company"] = image["company"] | {"row": row}
        _keep(undo, image)


def _follow_parts(session: Session, undo_id: int, old_id: int, new_id: int) -> None:
    for part in session.scalars(select(UndoPart).where(UndoPart.undo_id == undo_id)):
        if str(old_id) in part.before:
            kept = {key: value for key, value in part.before.items() if key != str(old_id)}
            part.before = kept | {str(new_id): part.before[str(old_id)]}


def follow_contact(session: Session, old_id: int, new_id: int, *, posts: Ids) -> None:
    """Let merges that moved or dropped a person's post name those of the copy."""
    for undo in _open(session, "company merged"):
        dropped = [
            values | {"contact_id": new_id} if values["contact_id"] == old_id else values
            for values in undo.images["dropped_posts"]
        ]
        _keep(undo, undo.images | {"posts": _followed(undo.images["posts"], posts), "dropped_posts": dropped})


def _open(session: Session, *deeds: str) -> list[Undo]:
    return list(session.scalars(select(Undo).where(Undo.undone_at.is_(None), Undo.deed.in_(deeds))))


def _followed(ids: Iterable[int], new: Ids) -> list[int]:
    return [new.get(one, one) for one in ids]


def _keep(undo: Undo, image: dict[str, Any]) -> None:
    if image != undo.images:
        undo.images = image
