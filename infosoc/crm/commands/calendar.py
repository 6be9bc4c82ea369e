"""The secret address of a person's calendar: made, made anew, withdrawn. Only its digest is kept."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership
from infosoc.accounts.sessions import digest
from infosoc.audit import commands as audit
from infosoc.kernel.errors import NotFound


def renew(session: Session, *, by: int) -> str:
    """A new address; the one before it is dead from now on. Returns the token, which is not kept."""
    token = secrets.token_urlsafe(32)
    _own(session, by).calendar_digest = digest(token)
    audit.record(session, "calendar address made", "member", by, by=by)
    return token


def withdraw(session: Session, *, by: int) -> None:
    """End the address."""
    _own(session, by).calendar_digest = None
    audit.record(session, "calendar address withdrawn", "member", by, by=by)


def _own(session: Session, user_id: int) -> Membership:
    found = session.scalar(select(Membership).where(Membership.user_id == user_id))
    if found is None:
        raise NotFound
    return found
