"""What a tenant has decided and entered: its policy, and the reference rates that it has checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.rates.book import DatedValue, RateBook, RateName, half_year_end, shipped_book
from infosoc.reminders.models import ReferenceRate, ReminderPolicy
from infosoc.reminders.rules.steps import Policy, Step, StepKind

# What is done until somebody decides otherwise: a friendly reminder after a week, a demand after three.
USUAL = Policy((Step(StepKind.REMINDER, 7, 10), Step(StepKind.COLLECTION_DEMAND, 21, 10), Step(StepKind.HAND_OVER, 40)))


def policy_row(session: Session) -> ReminderPolicy | None:
    return session.scalar(select(ReminderPolicy))


def policy(session: Session) -> Policy:
    """The tenant's policy, or the usual one."""
    row = policy_row(session)
    return USUAL if row is None else as_policy(row)


def as_policy(row: ReminderPolicy) -> Policy:
    taken = tuple(Step(StepKind(one["kind"]), one["days_late"], one["days_to_pay"]) for one in row.steps)
    return Policy(taken, row.smallest_ore, row.asks_interest, row.asks_compensation)


def entered_rates(session: Session) -> list[ReferenceRate]:
    """The reference rates that count, the latest half-year first: the newest entry of each."""
    query = select(ReferenceRate).order_by(ReferenceRate.starts_on.desc(), ReferenceRate.id)
    return list({one.starts_on: one for one in session.scalars(query)}.values())


def rates(session: Session) -> RateBook:
    """The book that comes with the program, with what the tenant has checked itself."""
    return with_entered(shipped_book(), entered_rates(session))


def with_entered(book: RateBook, entered: Iterable[ReferenceRate]) -> RateBook:
    values = [
        DatedValue(one.starts_on, half_year_end(one.starts_on), Decimal(one.percent_hundredths) / 100, one.source)
        for one in entered
    ]
    if not values:
        return book
    through = max(value.valid_to or date.min for value in values)
    known = book.rates[RateName.REFERENCE_RATE].reviewed_through
    return book.with_values(RateName.REFERENCE_RATE, values, reviewed_through=max(known, through))
