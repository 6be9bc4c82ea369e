"""What the letters of a mailing are made of: its text, its list, its pictures and its tenant."""

from __future__ import annotations

from collections.abc import Hashable

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.mailings import markup
from infosoc.mailings.footer import Sender
from infosoc.mailings.letters import Image, MailingFacts
from infosoc.mailings.models import Mailing, MailingImage, MailingList
from infosoc.tenancy.rules import TenantFacts

MOST_KEPT = 4

_kept: dict[Hashable, MailingFacts] = {}


def sender_of(tenant: TenantFacts) -> Sender:
    return Sender(tenant.slug, tenant.name, tenant.brand, dict(tenant.settings))


def facts_of(session: Session, tenant: TenantFacts, mailing_id: int) -> MailingFacts:
    """What is the same in every letter of the mailing; read again only when it or the tenant has changed."""
    row = session.execute(
        select(Mailing, MailingList.name, MailingList.slug)
        .join(MailingList, MailingList.id == Mailing.list_id)
        .where(Mailing.id == mailing_id)
    ).one()
    mailing: Mailing = row[0]
    key = (mailing.public_id, mailing.version, row[1], repr(tenant))
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = MailingFacts(
            sender_of(tenant), row[1], row[2], mailing.subject, mailing.body, mailing.language, mailing.tells_source,
            images_in(session, mailing.body),
        )  # fmt: skip
    return _kept[key]


def images_in(session: Session, body: str) -> tuple[Image, ...]:
    """The pictures that a letter shows, with their content."""
    wanted = markup.read(body).pictures
    if not wanted:
        return ()
    rows = session.execute(
        select(
            MailingImage.public_id, MailingImage.mime, MailingImage.width, MailingImage.height, MailingImage.content
        ).where(MailingImage.public_id.in_(wanted))
    )
    return tuple(Image(*row) for row in rows)
