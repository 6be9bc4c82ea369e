"""Changing the register of processing and writing balancing tests. A change is a new row; nothing is overwritten."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import clock
from infosoc.kernel.errors import Stale
from infosoc.privacy import rules
from infosoc.privacy.models import BalancingTest, ProcessingActivity
from infosoc.privacy.queries import processing as queries


@dataclass(frozen=True)
class NewLine:
    """A line of the register as somebody has written it."""

    role: rules.ProcessingRole
    name: str
    facts: dict[str, str]
    is_public: bool


@dataclass(frozen=True)
class NewTest:
    """A balancing test: whose interest, why it is needed, and how it weighs against the person's."""

    purpose: str
    interest: str
    necessity: str
    balance: str


def add_line(session: Session, new: NewLine, *, by: int, now: datetime) -> ProcessingActivity:
    """A line of one's own."""
    return _write(session, f"own-{secrets.token_hex(6)}", 1, new, by=by, now=now)


def change_line(session: Session, key: str, new: NewLine, *, seen: int, by: int, now: datetime) -> ProcessingActivity:
    """The next edition of a line; `seen` is the edition it was made from."""
    there = queries.line(session, key)
    if there.edition != seen:
        raise Stale
    for row in session.scalars(
        select(ProcessingActivity)
        .where(ProcessingActivity.key == key, ProcessingActivity.replaced_at.is_(None))
        .with_for_update()
    ):
        row.replaced_at = now
    session.flush()
    return _write(session, key, seen + 1, new, by=by, now=now)


def write_test(session: Session, new: NewTest, *, by: int, now: datetime, replaces: str = "") -> BalancingTest:
    """Write a balancing test down; it is due again after two years (P-15). An earlier one stays readable."""
    if replaces:
        queries.balancing_test(session, replaces).replaced_at = now
    decided_on = clock.local(now).date()
    made = BalancingTest(
        purpose=new.purpose.strip(), interest=new.interest.strip(), necessity=new.necessity.strip(),
        balance=new.balance.strip(), decided_on=decided_on, review_on=rules.review_on(decided_on), made_by=by,
        made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, "balancing test written", "balancing_test", made.id, by=by)
    return made


def _write(session: Session, key: str, edition: int, new: NewLine, *, by: int, now: datetime) -> ProcessingActivity:
    made = ProcessingActivity(
        key=key, edition=edition, role=new.role.value, name=new.name.strip(),
        facts={name: text.strip() for name, text in new.facts.items() if text.strip()}, is_public=new.is_public,
        made_at=now, made_by=by,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, "processing changed", "processing", made.id, by=by, changes={"name": (None, made.name)})
    return made
