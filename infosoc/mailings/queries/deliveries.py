"""Whose an unsubscribe address is. Asked by people without a login, so it is the one look across all tenants."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.db.tenancy import every_tenant
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient


@dataclass(frozen=True)
class Delivery:
    """One letter to one address. The address is empty when the person has been removed; the digest stays."""

    number: bytes
    tenant_id: int
    recipient_id: int
    mailing_id: int
    list_id: int
    list_name: str
    address: str
    digest: bytes | None


def delivery(session: Session, number: bytes) -> Delivery | None:
    """The letter with this random number; it answers for ever, whatever has become of the person or the list."""
    query = (
        select(
            MailingRecipient.delivery, MailingRecipient.tenant_id, MailingRecipient.id, MailingRecipient.mailing_id,
            Mailing.list_id, MailingList.name, MailingRecipient.address, MailingRecipient.digest,
        )
        .join(Mailing, Mailing.id == MailingRecipient.mailing_id)
        .join(MailingList, MailingList.id == Mailing.list_id)
        .where(MailingRecipient.delivery == number)
    )  # fmt: skip
    with every_tenant("the token of a letter says whose it is"):
        row = session.execute(query).first()
    return Delivery(number, *row[1:]) if row else None
