"""The counts of mailings, counted anew."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.mailings.models import Mailing, MailingRecipient
from infosoc.mailings.rules import RecipientState

COUNTED = ("recipients", "skipped", "sent", "failed", "bounced", "unsubscribed", "complained", "uncertain")


@dataclass(frozen=True)
class WrongCounts:
    """A mailing whose kept counts are not what its rows say."""

    mailing_id: int
    public_id: str
    kept: dict[str, int]
    counted: dict[str, int]


def wrong_counts(session: Session) -> list[WrongCounts]:
    """Every mailing of the scope whose counts differ from its rows."""
    by_mailing: dict[int, dict[str, int]] = {}
    state = MailingRecipient.state
    rows = session.execute(
        select(
            MailingRecipient.mailing_id,
            func.count().filter(state != RecipientState.SKIPPED),
            func.count().filter(state == RecipientState.SKIPPED),
            func.count().filter(state == RecipientState.SENT),
            func.count().filter(state == RecipientState.FAILED),
            func.count().filter(state == RecipientState.BOUNCED),
            func.count(MailingRecipient.unsubscribed_at),
            func.count(MailingRecipient.complained_at),
            func.count().filter(state == RecipientState.UNCERTAIN),
        ).group_by(MailingRecipient.mailing_id)
    )
    for mailing_id, *numbers in rows:
        by_mailing[mailing_id] = dict(zip(COUNTED, numbers, strict=True))
    found = []
    for mailing in session.scalars(select(Mailing).order_by(Mailing.id)):
        kept = {name: getattr(mailing, name) for name in COUNTED}
        counted = by_mailing.get(mailing.id, dict.fromkeys(COUNTED, 0))
        if kept != counted:
            found.append(WrongCounts(mailing.id, mailing.public_id, kept, counted))
    return found
