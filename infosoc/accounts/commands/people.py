"""Changing accounts: adding people, their passwords and preferences, and shutting an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from infosoc.accounts import links, passwords, queries, rules, sessions, throttle
from infosoc.accounts.links import Purpose
from infosoc.accounts.models import Submission, User, UserSession
from infosoc.audit import commands as audit
from infosoc.db.changed import rows_changed
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock, email
from infosoc.kernel.errors import NotFound

SUBMISSIONS_KEPT = timedelta(days=1)


class Hasher(Protocol):
    """What makes and knows password hashes (`infosoc.accounts.passwords.Hasher`)."""

    def hash(self, password: str) -> str: ...
    def matches(self, password_hash: str | None, password: str) -> bool: ...
    def is_outdated(self, password_hash: str) -> bool: ...


def user_for(session: Session, address: str, name: str, *, now: datetime) -> tuple[User, bool]:
    """The person with this e-mail address, made when there is none; and whether it was made."""
    address = email.canonical(address)
    user = queries.user_by_email(session, address)
    if user is not None:
        return user, False
    user = User(email=address, name=rules.check_name(name), created_at=now)
    session.add(user)
    session.flush()
    return user, True


def sign_in(
    session: Session, hasher: Hasher, user_id: int, password: str, *, now: datetime, address: str, browser: str
) -> str:
    """Make the session of somebody whose password has been found right; returns the token for the cookie."""
    user = _user(session, user_id)
    if user.password_hash and hasher.is_outdated(user.password_hash):
        user.password_hash = hasher.hash(password)
    token = sessions.create_session(session, user.id, now=now, address=address, browser=browser)
    note(session, user.id, "signed in", by=user.id)
    return token


def set_password(session: Session, hasher: Hasher, user_id: int, password: str, *, deed: str, by: int | None) -> None:
    """Give an account a password that has been judged; open links to set one stop working."""
    user = _user(session, user_id)
    passwords.check(password, email=user.email, name=user.name)
    user.password_hash = hasher.hash(password)
    links.cancel_all(session, user.id)
    note(session, user.id, deed, by=by)


def change_password(session: Session, hasher: Hasher, user_id: int, present: str, new: str, *, session_id: int) -> int:
    """Change one's own password; every other browser is signed out. Returns how many were."""
    user = _user(session, user_id)
    if not hasher.matches(user.password_hash, present):
        raise rules.WrongPassword(field="present")
    set_password(session, hasher, user_id, new, deed="password changed", by=user_id)
    return sessions.end_sessions_of(session, user_id, except_id=session_id)


def choose_password(session: Session, hasher: Hasher, token: str, password: str, *, now: datetime) -> User:
    """Set the password that a link gives the right to set; the link is used up and every browser signed out."""
    user, purpose = links.holder(session, token, now=now)
    passwords.check(password, email=user.email, name=user.name)
    links.use(session, token, now=now)
    deed = "invitation accepted" if purpose is Purpose.INVITATION else "password chosen anew"
    set_password(session, hasher, user.id, password, deed=deed, by=user.id)
    sessions.end_sessions_of(session, user.id)
    return user


def change_profile(session: Session, user_id: int, *, name: str, language: str) -> None:
    """The person's name, and the language of their pages (`auto`: the browser's)."""
    user = _user(session, user_id)
    before = user.name
    user.name = rules.check_name(name)
    user.language = language if language in rules.LANGUAGES else None
    if user.name != before:
        note(session, user_id, "name changed", by=user_id, changes={"name": (before, user.name)})


def set_preferences(session: Session, user_id: int, **wanted: Any) -> None:
    """How pages look for this person; what is not known is left as it was."""
    user = _user(session, user_id)
    allowed: dict[str, Any] = {
        "theme": rules.THEMES, "density": rules.DENSITIES, "language": rules.LANGUAGES,
        "shortcuts": (True, False), "sidebar_folded": (True, False),
    }  # fmt: skip
    for name, value in wanted.items():
        if value in allowed[name]:
            setattr(user, name, value)


def disable(session: Session, user_id: int, *, now: datetime, by: int | None) -> int:
    """Shut an account: nobody gets in, and every browser is out at once. Returns how many sessions ended."""
    user = _user(session, user_id)
    if user.disabled_at is None:
        user.disabled_at = now
        note(session, user_id, "account disabled", by=by)
    links.cancel_all(session, user_id)
    return sessions.end_sessions_of(session, user_id)


def enable(session: Session, user_id: int, *, by: int | None) -> None:
    """Open a shut account again; its password is what it was."""
    user = _user(session, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        note(session, user_id, "account enabled", by=by)


def note(
    session: Session, user_id: int, deed: str, *, by: int | None, changes: Mapping[str, tuple[Any, Any]] | None = None
) -> None:
    """Write a deed on an account into the log of each tenant the person belongs to."""
    for tenant in queries.tenants_of(session, user_id, on=clock.today()):
        with tenant_scope(Scope.alone(tenant.id)):
            audit.record(session, deed, "user", user_id, by=by, changes=changes)


def forget_old(session: Session, *, now: datetime) -> dict[str, int]:
    """Delete what accounts no longer need: ended sessions, old links, tries and received forms. For the daily job."""
    ended = delete(UserSession).where(
        (UserSession.ends_at < now) | (UserSession.last_seen_at < now - sessions.IDLE * 3)
    )
    received = delete(Submission).where(Submission.received_at < now - SUBMISSIONS_KEPT)
    return {
        "sessions": rows_changed(session, ended),
        "submissions": rows_changed(session, received),
        "links": links.forget_old(session, now=now),
        "attempts": throttle.forget_old(session, now=now),
    }


def _user(session: Session, user_id: int) -> User:
    user = session.scalar(select(User).where(User.id == user_id).with_for_update())
    if user is None:
        raise NotFound
    return user
