"""Changing who belongs to a tenant. All of it runs in the scope of that tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts import links, queries, rules, sessions
from infosoc.accounts.commands import people
from infosoc.accounts.links import Purpose
from infosoc.accounts.models import Membership, User
from infosoc.audit import commands as audit
from infosoc.kernel import email


@dataclass(frozen=True)
class Invited:
    """Who has been let in. There is a token when the person has no password yet and must choose one."""

    user: User
    membership: Membership
    token: str | None


def add(
    session: Session, address: str, name: str, roles: Iterable[str], *, by: int | None, now: datetime, today: date,
    ends_on: date | None = None,
) -> Invited:  # fmt: skip
    """Let a person into this tenant; an account is made when there is none with that address."""
    chosen = rules.check_roles(roles)
    rules.check_end(ends_on, today=today)
    rules.check_name(name)
    if not email.is_valid(address):
        raise email.InvalidEmail(field="email")
    user, _ = people.user_for(session, address, name, now=now)
    membership = session.scalar(select(Membership).where(Membership.user_id == user.id).with_for_update())
    if membership is not None and (membership.ends_on is None or membership.ends_on >= today):
        raise rules.AlreadyMember(field="email")
    if membership is None:
        membership = Membership(user_id=user.id, roles=chosen, ends_on=ends_on, created_at=now)
        session.add(membership)
    else:
        membership.roles, membership.ends_on = chosen, ends_on
    changes = {"roles": (None, ", ".join(chosen)), "last day": (None, ends_on)}
    audit.record(session, "member added", "member", user.id, by=by, changes=_changed(changes))
    token = None if user.password_hash else links.make(session, user.id, Purpose.INVITATION, now=now)
    return Invited(user, membership, token)


def change(
    session: Session, user_id: int, roles: Iterable[str], ends_on: date | None, *, by: int | None, today: date
) -> None:
    """Change what a member may do here, and until when."""
    chosen = rules.check_roles(roles)
    with_change = _guarded(session, today)
    membership = queries.membership(session, user_id)
    if ends_on != membership.ends_on:
        rules.check_end(ends_on, today=today)
    changes = {
        "roles": (", ".join(membership.roles), ", ".join(chosen)),
        "last day": (membership.ends_on, ends_on),
    }
    membership.roles, membership.ends_on = chosen, ends_on
    with_change(session)
    if _changed(changes):
        audit.record(session, "member changed", "member", user_id, by=by, changes=_changed(changes))


def end(session: Session, user_id: int, *, by: int | None, today: date) -> None:
    """End a membership now: yesterday was the last day. The row stays, so that the person's name does."""
    with_change = _guarded(session, today)
    membership = queries.membership(session, user_id)
    if membership.ends_on is not None and membership.ends_on < today:
        return
    before, membership.ends_on = membership.ends_on, today - timedelta(days=1)
    with_change(session)
    audit.record(session, "member ended", "member", user_id, by=by, changes={"last day": (before, membership.ends_on)})


def invite_again(session: Session, user_id: int, *, by: int | None, now: datetime) -> Invited:
    """A new invitation in place of the earlier one; no token when the person has chosen a password already."""
    membership = queries.membership(session, user_id)
    user = session.get_one(User, membership.user_id)
    token = None if user.password_hash else links.make(session, user.id, Purpose.INVITATION, now=now)
    audit.record(session, "invitation sent again", "member", user.id, by=by)
    return Invited(user, membership, token)


def end_sessions(session: Session, user_id: int, *, by: int | None) -> int:
    """Sign a member out everywhere; returns from how many browsers."""
    membership = queries.membership(session, user_id)
    ended = sessions.end_sessions_of(session, membership.user_id)
    audit.record(session, "sessions ended", "member", user_id, by=by)
    return ended


def _guarded(session: Session, today: date) -> Callable[[Session], None]:
    """Lock the members and remember who administers; the step it returns is taken after the change."""
    before = queries.administration(session, today=today, lock=True)

    def check(session: Session) -> None:
        session.flush()
        rules.check_somebody_administers(before, queries.administration(session, today=today))

    return check


def _changed(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
