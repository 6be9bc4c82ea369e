"""The pictures of the tenant's own that letters carry."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from infosoc.kernel.errors import NotFound
from infosoc.mailings.models import MailingImage

MOST_SHOWN = 60


def images(session: Session) -> list[MailingImage]:
    """The newest pictures, without what is in them."""
    return list(session.scalars(select(MailingImage).order_by(MailingImage.id.desc()).limit(MOST_SHOWN)))


def images_named(session: Session, public_ids: Collection[str], *, with_content: bool = False) -> list[MailingImage]:
    """These pictures, as many of them as there are; with what is in them for a letter that carries them."""
    if not public_ids:
        return []
    query = select(MailingImage).where(MailingImage.public_id.in_(public_ids)).order_by(MailingImage.id)
    return list(session.scalars(query.options(undefer(MailingImage.content)) if with_content else query))


def image(session: Session, public_id: str) -> MailingImage:
    """One picture with what is in it."""
    found = images_named(session, [public_id], with_content=True)
    if not found:
        raise NotFound
    return found[0]


def missing_images(session: Session, public_ids: Collection[str]) -> list[str]:
    """Those that are not ours, or not there."""
    there = {one.public_id for one in images_named(session, public_ids)}
    return [one for one in public_ids if one not in there]
