"""The policy of a tenant, and the reference rates that somebody there has checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.tenancy import current_scope
from infosoc.kernel.errors import Invalid, Stale
from infosoc.kernel.money import print_input
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.rates.book import RateName as Name
from infosoc.rates.book import half_year_start, shipped_book
from infosoc.reminders.models import ReferenceRate, ReminderPolicy
from infosoc.reminders.queries import rules_of as queries
from infosoc.reminders.rules import steps
from infosoc.reminders.rules.steps import Policy

HIGHEST_HUNDREDTHS = 5_000


class NotAHalfYear(Invalid):
    message = N_("A half-year begins on 1 January or 1 July.")


class UnlikelyRate(Invalid):
    message = N_("A reference rate is from 0 to 50 per cent, in steps of half a per cent.")


class SourceMissing(Invalid):
    message = N_("Enter where you found it, and when.")


class RateIsKnown(Invalid):
    message = N_("The rate of that half-year came with the program and has been checked: it is %(percent)s per cent.")


def save(session: Session, policy: Policy, *, version: int | None, by: int | None) -> ReminderPolicy:
    """Keep the policy; raises what is wrong with its steps."""
    steps.check_policy(policy)
    row = queries.policy_row(session)
    if row is not None and version != row.version:
        raise Stale
    before = queries.policy(session)
    if row is None:
        row = ReminderPolicy()
        session.add(row)
    row.steps = [{**asdict(one), "kind": one.kind.value} for one in policy.steps]
    row.smallest_ore, row.asks_interest = policy.smallest_ore, policy.asks_interest
    row.asks_compensation = policy.asks_compensation
    session.flush()
    changes = {
        name: (was, now) for (name, was), now in zip(_told(before).items(), _told(policy).values(), strict=True)
        if was != now
    }  # fmt: skip
    if changes:
        tenant_id = current_scope().tenant_id
        audit.record(session, "reminder policy changed", "tenant", tenant_id, by=by, changes=changes)
    return row


def _told(policy: Policy) -> dict[str, object]:
    said: Sequence[str] = [f"{one.kind.value} {one.days_late}+{one.days_to_pay}" for one in policy.steps]
    return {
        "steps": ", ".join(said), "smallest amount": print_input(policy.smallest_ore),
        "asks_interest": policy.asks_interest, "asks_compensation": policy.asks_compensation,
    }  # fmt: skip


def enter_rate(
    session: Session, starts_on: date, percent_hundredths: int, source: str, *, by: int | None, now: datetime
) -> ReferenceRate:
    """Enter the reference rate of a half-year that somebody has read at the Riksbank; a later entry corrects it."""
    if starts_on != half_year_start(starts_on):
        raise NotAHalfYear(field="half_year")
    if not 0 <= percent_hundredths <= HIGHEST_HUNDREDTHS or percent_hundredths % 50:
        raise UnlikelyRate(field="percent")
    if not source.strip():
        raise SourceMissing(field="source")
    _refuse_known(starts_on, percent_hundredths)
    row = ReferenceRate(
        starts_on=starts_on, percent_hundredths=percent_hundredths, source=clean(source)[:200], made_by=by, made_at=now
    )
    session.add(row)
    said = f"{starts_on}: {print_input(percent_hundredths)} %"
    changes = {"rate": (None, said), "source": (None, row.source)}
    audit.record(session, "reference rate entered", "tenant", current_scope().tenant_id, by=by, changes=changes)
    return row


def _refuse_known(starts_on: date, percent_hundredths: int) -> None:
    """What came with the program and has been checked is not contradicted by a slip of the finger."""
    rate = shipped_book().rates[Name.REFERENCE_RATE]
    known = next((one.value for one in rate.values if one.holds_on(starts_on)), None)
    if known is not None and starts_on <= rate.reviewed_through and known * 100 != percent_hundredths:
        raise RateIsKnown(field="percent", percent=print_input(int(known * 100)))
