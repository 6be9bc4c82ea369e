"""Who is to be removed and when, for the warning list (P-50)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.contacts import Contact
from infosoc.privacy.models import RetentionNotice


@dataclass(frozen=True)
class Due:
    """One person whose time is out. `rule` is a value of `retention_rules.Rule`."""

    contact_id: int
    public_id: str
    name: str
    rule: str
    proposed_on: date
    remove_on: date
    kept_reason: str
    kept_until: date | None


def due(session: Session, *, limit: int = 200) -> list[Due]:
    """Those who go next first; those who are kept on purpose are among them."""
    query = (
        select(
            Contact.id, Contact.public_id, Contact.name, RetentionNotice.rule, RetentionNotice.proposed_on,
            RetentionNotice.remove_on, RetentionNotice.kept_reason, RetentionNotice.kept_until,
        )
        .join(RetentionNotice, RetentionNotice.contact_id == Contact.id)
        .order_by(RetentionNotice.remove_on, RetentionNotice.id)
        .limit(limit)
    )  # fmt: skip
    return [Due(*row) for row in session.execute(query)]
