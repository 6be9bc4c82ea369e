"""The mailings a person has got, in the person's timeline (P-02); in a company's, when they are asked for alone.

A company's page asks its eight questions without them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact
from infosoc.crm.queries import timeline
from infosoc.crm.queries.timeline import Cursor, Item, Subject
from infosoc.kernel.words import N_
from infosoc.mailings.models import Mailing, MailingRecipient

RANK = "mailing"
COMPLAINED, LEFT, BOUNCED = N_("reported it as spam"), N_("declined further mailings"), N_("bounced")
timeline.KINDS[RANK] = N_("Mailing")


@timeline.add_source
def of_subject(session: Session, subject: Subject, before: Cursor | None, limit: int) -> list[Item]:
    """The letters of mailings that have been handed over, and what came of them."""
    if RANK not in subject.kinds and (subject.kinds or subject.contact_id is None):
        return []
    row = MailingRecipient
    query = (
        select(
            row.id, row.handed_over_at, row.tenant_id, Mailing.title, Contact.name, Contact.public_id,
            Contact.is_protected, Company.name, Company.public_id, row.complained_at, row.unsubscribed_at,
            row.bounced_at,
        )
        .join(Mailing, and_(Mailing.id == row.mailing_id, Mailing.tenant_id == row.tenant_id))
        .outerjoin(Contact, Contact.id == row.contact_id)
        .outerjoin(Company, Company.id == row.company_id)
        .where(row.handed_over_at.is_not(None))
    )  # fmt: skip
    if subject.company_id is not None:
        query = query.where(row.company_id == subject.company_id)
    if subject.contact_id is not None:
        query = query.where(row.contact_id == subject.contact_id)
    if subject.who:
        query = query.where(Contact.public_id == subject.who)
    if before is not None:
        query = query.where(_is_before(before))
    query = query.order_by(row.handed_over_at.desc(), row.id.desc()).limit(limit)
    found: Any = session.execute(query)
    return [_item(*row) for row in found]


def _is_before(cursor: Cursor) -> Any:
    at = MailingRecipient.handed_over_at
    if cursor.rank == RANK and cursor.public_id.isdigit():
        return and_(at <= cursor.at, or_(at < cursor.at, MailingRecipient.id < int(cursor.public_id)))
    return at < cursor.at if cursor.rank < RANK else at <= cursor.at


def _item(
    row_id: int, at: Any, tenant_id: int, title: str, person: str | None, person_id: str | None,
    is_protected: bool | None, company: str | None, company_id: str | None, complained_at: Any, unsubscribed_at: Any,
    bounced_at: Any,
) -> Item:  # fmt: skip
    outcome = COMPLAINED if complained_at else LEFT if unsubscribed_at else BOUNCED if bounced_at else ""
    return Item(
        at=at, rank=RANK, public_id=f"{row_id:012d}", kind=RANK, label=timeline.KINDS[RANK], text=title,
        person=person or "", person_id=person_id or "", company=company or "", company_id=company_id or "",
        outcome=outcome, tenant_id=tenant_id, is_protected=bool(is_protected),
    )  # fmt: skip
