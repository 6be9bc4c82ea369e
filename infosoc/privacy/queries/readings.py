"""Who has read or taken out unusually much of the register lately (P-71)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts import queries as accounts
from infosoc.accounts.roles import Role
from infosoc.privacy.models import PersonReading

SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class Noticed:
    """One person's day."""

    name: str
    day: date
    pages: int
    exported: int


def noticed(session: Session, *, today: date) -> list[Noticed]:
    """The notices of the last month, newest first."""
    query = select(PersonReading).where(PersonReading.noticed_at.is_not(None), PersonReading.day > today - SHOWN)
    rows = list(session.scalars(query.order_by(PersonReading.day.desc(), PersonReading.id.desc())))
    names = accounts.names_of(session, {row.user_id for row in rows})
    return [Noticed(names.get(row.user_id, ""), row.day, row.pages, row.exported) for row in rows]


def officers(session: Session, *, today: date) -> list[tuple[str, str]]:
    """Where the tenant's privacy officers are reached, with their language; its administrators where there is none."""
    active = [one for one in accounts.members(session, today=today) if one.state == "active"]
    for role in (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR):
        found = [one.user for one in active if role.value in one.membership.roles]
        if found:
            return [(user.email, user.language or "sv") for user in found]
    return []
