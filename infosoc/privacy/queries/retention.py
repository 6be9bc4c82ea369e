"""Who is to be removed and when, for the warning list (P-50)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact, Post
from infosoc.kernel.errors import NotFound
from infosoc.privacy.models import RetentionNotice


@dataclass(frozen=True)
class Due:
    """One person whose time is out. `rule` is a value of `retention_rules.Rule`."""

    contact_id: int
    public_id: str
    name: str
    company: str
    rule: str
    proposed_on: date
    remove_on: date
    kept_reason: str
    kept_until: date | None


def due(session: Session, *, limit: int = 200) -> list[Due]:
    """Those who go next first; those who are kept on purpose are among them."""
    query = _query().order_by(RetentionNotice.remove_on, RetentionNotice.id).limit(limit)
    return [Due(*row) for row in session.execute(query)]


def one(session: Session, public_id: str) -> Due:
    """The person with this address, if they are due."""
    row = session.execute(_query().where(Contact.public_id == public_id)).first()
    if row is None:
        raise NotFound
    return Due(*row)


def _query() -> Select[Any]:
    main = and_(Post.contact_id == Contact.id, Post.is_main.is_(True))
    people: Any = select(
        Contact.id, Contact.public_id, Contact.name, func.coalesce(Company.name, ""), RetentionNotice.rule,
        RetentionNotice.proposed_on, RetentionNotice.remove_on, RetentionNotice.kept_reason, RetentionNotice.kept_until,
    ).join(RetentionNotice, RetentionNotice.contact_id == Contact.id)  # fmt: skip
    return people.outerjoin(Post, main).outerjoin(Company, Company.id == Post.company_id)
