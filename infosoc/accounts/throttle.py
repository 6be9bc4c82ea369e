"""Slowing down whoever guesses: a delay for the account and for the address, growing with each failure, never for ever.

A try is charged before the password is looked at and given back when it was right, so that many tries at the same
moment do not slip through together. Only keyed digests of addresses are kept. A device that has signed in to the
account before has a counter of its own (`devices`): strangers' failures do not delay it, and its success does not
forgive them theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, null, or_, select, update
from sqlalchemy.orm import Session

from infosoc.accounts import rules
from infosoc.accounts.models import SignInAttempt
from infosoc.db.changed import rows_changed
from infosoc.db.missing import add_missing
from infosoc.kernel import clock
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_

# An office may share one address, so it gets more tries than an account.
FREE_TRIES = {
    "account": 5, "device": 5, "address": 30, "reset": 3, "reset-address": 20, "extract": 3, "extract-address": 20,
    "extract-code": 5,
}  # fmt: skip


class TooManyAttempts(Refused):
    """Wait until `until`; nothing was looked at."""

    message = N_("Too many attempts. You can try again at %(time)s.")

    def __init__(self, until: datetime, **values: str) -> None:
        super().__init__(field="password", **values)
        self.until = until


@dataclass(frozen=True)
class Subject:
    """What is counted: one account or one address, as a digest."""

    digest: bytes
    free: int


def subject(kind: str, value: str, *, key: str) -> Subject:
    """What is counted for this value; the kinds have counters of their own."""
    text = f"{kind}:{value}".encode()
    return Subject(hmac.new(key.encode(), b"throttle|" + text, hashlib.sha256).digest(), FREE_TRIES[kind])


def network_of(address: str) -> str:
    """What an address is counted as: itself, or for IPv6 its /64, which one household has all of."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(parsed, "ipv4_mapped", None)
    if parsed.version == 4 or mapped:
        return str(mapped or parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def charge(session: Session, subjects: list[Subject], *, now: datetime) -> None:
    """Count one try on each; raises `TooManyAttempts` when one of them has to wait, and then counts nothing."""
    free = {one.digest: one.free for one in subjects}
    rows = _locked(session, sorted(free), now=now)
    waits = [row.blocked_until for row in rows if row.blocked_until and rules.is_blocked(row.blocked_until, now)]
    if waits:
        until = max(waits)
        raise TooManyAttempts(until, time=clock.local(until).strftime("%H:%M:%S"))
    session.execute(update(SignInAttempt), [_charged(row, free[row.subject_digest], now) for row in rows])


def _charged(row: Any, free: int, now: datetime) -> dict[str, Any]:
    failures = 1 if now - row.last_at > rules.FORGOTTEN_AFTER else row.failures + 1
    wait = rules.wait_after(failures, free)
    return {"id": row.id, "failures": failures, "last_at": now, "blocked_until": now + wait if wait else None}


def forgive(session: Session, account: Subject, *others: Subject) -> None:
    """The try was right: forget the account's failures, and give the others back the one that was charged."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.subject_digest == account.digest))
    failures = case((SignInAttempt.failures > 0, SignInAttempt.failures - 1), else_=0)
    for other in sorted(others, key=lambda one: one.digest):
        blocked_until = case((failures < other.free, null()), else_=SignInAttempt.blocked_until)
        session.execute(
            update(SignInAttempt)
            .where(SignInAttempt.subject_digest == other.digest)
            .values(failures=failures, blocked_until=blocked_until)
            .execution_options(synchronize_session=False)
        )


def forget_old(session: Session, *, now: datetime) -> int:
    """Delete what no longer slows anybody down; returns how many rows."""
    old = SignInAttempt.last_at < now - rules.FORGOTTEN_AFTER
    ended = or_(SignInAttempt.blocked_until.is_(None), SignInAttempt.blocked_until < now)
    return rows_changed(session, delete(SignInAttempt).where(old, ended))


def _locked(session: Session, digests: list[bytes], *, now: datetime) -> Sequence[Any]:
    """The counters, made where they are missing; whoever comes next waits for them."""
    new = [{"subject_digest": digest, "failures": 0, "last_at": now} for digest in digests]
    add_missing(session, SignInAttempt, new)
    columns = SignInAttempt.id, SignInAttempt.subject_digest, SignInAttempt.failures, SignInAttempt.last_at
    query = select(*columns, SignInAttempt.blocked_until).where(SignInAttempt.subject_digest.in_(digests))
    return session.execute(query.order_by(SignInAttempt.subject_digest).with_for_update()).all()
