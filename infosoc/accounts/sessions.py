"""Sessions: the one function that creates them, and how a token becomes a person."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from infosoc.accounts.models import User, UserSession
from infosoc.db import prepared
from infosoc.db.changed import rows_changed

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(hours=14)
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Person:
    """Who is signed in: plain values that outlive the database session of a request."""

    id: int
    public_id: str
    name: str
    email: str
    language: str | None
    theme: str
    density: str
    shortcuts: bool
    sidebar_folded: bool
    session_id: int
    last_seen_at: datetime

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return str(self.session_id)

    @property
    def shortcuts_on(self) -> bool:
        return self.shortcuts

    @property
    def sidebar(self) -> str:
        return "collapsed" if self.sidebar_folded else "open"

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.split()[:2]).upper()


def digest(token: str) -> bytes:
    """What is kept of a secret token. 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


# What user agents say, the telling mark first: every Edge says Chrome as well, and every Chrome Safari.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrom": "Chrome", "Safari/": "Safari"}
SYSTEMS = {name: name for name in ("Android", "iPhone", "iPad", "Windows")} | {"Mac OS": "Mac", "Linux": "Linux"}


def browser_name(user_agent: str) -> str:
    """What a browser says it is, in two words that a person knows: `Firefox, Windows`."""
    words = [next((word for mark, word in marks.items() if mark in user_agent), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(word for word in words if word)


def create_session(session: Session, user_id: int, *, now: datetime, address: str, browser: str) -> str:
    """Sign a person in; the only way a session is made. Returns the token for the cookie.

    Whoever calls has checked every factor the account demands.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            user_id=user_id, token_digest=digest(token), created_at=now, last_seen_at=now, ends_at=now + ABSOLUTE,
            address=address[:45], browser=browser[:60],
        )
    )  # fmt: skip
    session.flush()
    return token


def person_of(session: Session, token: str, *, now: datetime) -> Person | None:
    """Who holds this token; nobody when it is unknown, ended, idle for too long, or the account is shut."""
    values = {"token": digest(token), "now": now, "idle": now - IDLE}
    found = prepared.rows(session, "who holds a token", _who_holds, values)
    return Person(*found[0]) if found else None


def _who_holds() -> Any:
    now = prepared.bound("now", UserSession.ends_at.type)
    return (
        select(
            User.id, User.public_id, User.name, User.email, User.language, User.theme, User.density, User.shortcuts,
            User.sidebar_folded, UserSession.id, UserSession.last_seen_at,
        )
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.token_digest == prepared.bound("token", UserSession.token_digest.type),
            UserSession.ends_at > now,
            UserSession.last_seen_at > prepared.bound("idle", UserSession.last_seen_at.type),
            User.disabled_at.is_(None),
        )
    )  # fmt: skip


def is_live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """When a session still holds: neither too old nor idle for too long."""
    return UserSession.ends_at > now, UserSession.last_seen_at > now - IDLE


def email_behind(session: Session, token: str) -> str:
    """The address of whoever held this session, for the field in which they sign in again; empty when not known."""
    query = select(User.email).join(UserSession, UserSession.user_id == User.id)
    return session.scalar(query.where(UserSession.token_digest == digest(token))) or ""


def touch(session: Session, session_id: int, *, now: datetime) -> None:
    """Note that the session is in use."""
    session.execute(update(UserSession).where(UserSession.id == session_id).values(last_seen_at=now))


def end_session(session: Session, token: str) -> None:
    """Sign out."""
    session.execute(delete(UserSession).where(UserSession.token_digest == digest(token)))


def end_one(session: Session, user_id: int, public_id: str) -> bool:
    """End one of a person's own sessions; whether there was one."""
    query = delete(UserSession).where(UserSession.user_id == user_id, UserSession.public_id == public_id)
    return rows_changed(session, query) == 1


def end_sessions_of(session: Session, user_id: int, *, except_id: int | None = None) -> int:
    """End a person's sessions, all or all but one; returns how many."""
    query = delete(UserSession).where(UserSession.user_id == user_id)
    if except_id is not None:
        query = query.where(UserSession.id != except_id)
    return rows_changed(session, query)
