"""What the letters of a mailing are made of: its text, its list, its pictures and its tenant."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.config import Settings
from infosoc.kernel.words import N_
from infosoc.mailings import deliverability, letters, markup
from infosoc.mailings.deliverability import Record
from infosoc.mailings.footer import Sender
from infosoc.mailings.letters import Image, MailingFacts, Way
from infosoc.mailings.models import Mailing, MailingImage, MailingList
from infosoc.outbox import smtp
from infosoc.tenancy.rules import TenantFacts

MOST_KEPT = 4

_kept: dict[Hashable, MailingFacts] = {}


def sender_of(tenant: TenantFacts) -> Sender:
    return Sender(tenant.slug, tenant.name, tenant.brand, dict(tenant.settings))


@dataclass(frozen=True)
class Dns:
    """The addresses that a tenant's mail goes by, and what has to be in the DNS for it to arrive."""

    way: Way
    records: list[Record]


def dns_of(
    tenant: TenantFacts, settings: Settings, *, selector: str = deliverability.SELECTOR, public_key: str = ""
) -> Dns:
    """For the command line and for the page; raises `NoSender` where no address to send from is set."""
    way = letters.way(sender_of(tenant), settings)
    host = smtp.read_url(settings.smtp_url).host if settings.smtp_url else "mail.example.se"
    return Dns(way, deliverability.records(
        mail_domain=way.mail_from.rpartition("@")[2], bounce_domain=way.bounce_domain, mail_host=host,
        own_host=urlsplit(settings.base_url).hostname or "", selector=selector, public_key=public_key,
    ))  # fmt: skip


def faults_of(settings: Settings) -> list[str]:
    """What the server's own settings lack for mail to go out as it must; message ids."""
    faults = []
    if not settings.smtp_url:
        faults.append(N_("SMTP_URL is not set: nothing is sent."))
    if not settings.base_url.startswith("https://"):
        faults.append(N_("BASE_URL is not https://: letters are sent without one-click unsubscribe."))
    return faults


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
