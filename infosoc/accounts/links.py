"""Links that are used once: an invitation, or a new password. Only the digest of a link's token is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from infosoc.accounts.models import AccountLink, User
from infosoc.accounts.rules import LinkNotValid
from infosoc.accounts.sessions import digest
from infosoc.db.changed import rows_changed


class Purpose(StrEnum):
    RESET = "reset"
    INVITATION = "invitation"


LASTS = {Purpose.RESET: timedelta(hours=1), Purpose.INVITATION: timedelta(days=7)}


def make(session: Session, user_id: int, purpose: Purpose, *, now: datetime) -> str:
    """A new link of this kind, in place of earlier ones; returns its token, which is kept nowhere."""
    session.execute(delete(AccountLink).where(AccountLink.user_id == user_id, AccountLink.used_at.is_(None)))
    token = secrets.token_urlsafe(32)
    session.add(
        AccountLink(
            user_id=user_id, purpose=purpose, token_digest=digest(token), created_at=now, ends_at=now + LASTS[purpose]
        )
    )
    session.flush()
    return token


def holder(session: Session, token: str, *, now: datetime) -> tuple[User, Purpose]:
    """Whose link this is and what for; raises `LinkNotValid` when it is used, too old or unknown."""
    row = session.execute(
        select(User, AccountLink.purpose)
        .join(AccountLink, AccountLink.user_id == User.id)
        .where(
            AccountLink.token_digest == digest(token),
            AccountLink.used_at.is_(None),
            AccountLink.ends_at > now,
            User.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        raise LinkNotValid
    return row[0], Purpose(row[1])


def use(session: Session, token: str, *, now: datetime) -> int:
    """Use the link up, in one statement so that only one of two can; returns whose it was."""
    user, _ = holder(session, token, now=now)
    used = (
        update(AccountLink)
        .where(AccountLink.token_digest == digest(token), AccountLink.used_at.is_(None), AccountLink.ends_at > now)
        .values(used_at=now)
    )
    if rows_changed(session, used) != 1:
        raise LinkNotValid
    return user.id


def cancel_all(session: Session, user_id: int) -> None:
    """No link of this person works any more."""
    session.execute(delete(AccountLink).where(AccountLink.user_id == user_id))


def forget_old(session: Session, *, now: datetime) -> int:
    """Delete links that nobody can use; returns how many."""
    old = AccountLink.ends_at < now - timedelta(days=30)
    return rows_changed(session, delete(AccountLink).where(old))
