"""Whose an unsubscribe address is. Asked by people without a login, so it is the one look across all tenants."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.rules import PointKind
from infosoc.db.tenancy import Scope, every_tenant, seeing_hidden, tenant_scope
from infosoc.kernel import email
from infosoc.kernel.text import sort_key
from infosoc.mailings import issued
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient


@dataclass(frozen=True)
class Delivery:
    """One letter to one address. The address is empty when the person has been removed; the digest stays.

    A letter that a restored database does not know has no row (`recipient_id` 0), and no list where that is gone too.
    """

    number: bytes
    tenant_id: int
    recipient_id: int
    mailing_id: int
    list_id: int | None
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
    return Delivery(number, *row[1:]) if row else _issued_since(session, number)


def _issued_since(session: Session, number: bytes) -> Delivery | None:
    """A letter of a mailing that was fixed after the backup that has been put back."""
    found = issued.find(number)
    if found is None:
        return None
    issue, digest = found
    with tenant_scope(Scope.alone(issue.tenant_id)):
        list_id = session.scalar(select(MailingList.id).where(MailingList.public_id == issue.of_list))
        mailing_id = session.scalar(select(Mailing.id).where(Mailing.public_id == issue.mailing))
    return Delivery(number, issue.tenant_id, 0, mailing_id or 0, list_id, issue.list_name, "", digest)


def addresses_now(session: Session, found: Delivery) -> list[str]:
    """The addresses that the person has today, where the letter's own has been corrected or others added since.

    None when the record bears another name than the letter did: it may be somebody else's now.
    """
    with tenant_scope(Scope.alone(found.tenant_id)), seeing_hidden():
        row = session.execute(
            select(Contact.id, Contact.name, MailingRecipient.fields)
            .join(Contact, Contact.id == MailingRecipient.contact_id)
            .join(ContactRelation, ContactRelation.contact_id == Contact.id)
            .where(MailingRecipient.id == found.recipient_id)
        ).first()
        if row is None or sort_key(str(row.fields.get("name", ""))) != sort_key(row.name):
            return []
        points = select(ContactPoint.normalised).where(
            ContactPoint.contact_id == row.id, ContactPoint.kind == PointKind.EMAIL.value
        )
        now = session.scalars(points.order_by(ContactPoint.is_main.desc(), ContactPoint.id))
        return [one for one in now if one != found.address and email.is_valid(one)]
