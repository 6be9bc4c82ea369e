"""Which letter a late claim gets next, by the company's policy, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from infosoc.kernel.errors import DomainError, Invalid
from infosoc.kernel.words import N_
from infosoc.rates.book import RateBook
from infosoc.reminders.rules.costs import Costs, Debtor, costs
from infosoc.reminders.rules.interest import NO_INTEREST, LateInterest, Settled, interest_runs_after, late_interest

LEAST_DAYS_OF_DEMAND = 8


class StepKind(StrEnum):
    REMINDER = "reminder"
    COLLECTION_DEMAND = "collection_demand"
    HAND_OVER = "hand_over"  # to a collection company: no letter of ours


class Hold(StrEnum):
    """Why a claim gets nothing today."""

    STOPPED = "stopped"
    NOTHING_OPEN = "nothing_open"
    TOO_SMALL = "too_small"
    NOT_LATE = "not_late"
    WAITING = "waiting"  # the time to pay of the last letter, or the day of the next step, is still to come
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Step:
    """One letter: so many days after the due day at the earliest, with so many days to pay."""

    kind: StepKind
    days_late: int
    days_to_pay: int = 10


@dataclass(frozen=True, slots=True)
class Policy:
    """How a company reminds. Its steps are taken one after the other, never two on a day."""

    steps: tuple[Step, ...]
    smallest_ore: int = 0
    asks_interest: bool = True
    asks_compensation: bool = False


class WrongPolicy(Invalid):
    code = "reminder_policy"
    message = N_("Each step must come later than the one before, and none may follow the hand-over.")


class TooShortDemand(Invalid):
    code = "demand_time"
    message = N_("A collection demand must give at least %(days)s days to pay.")


class Sent(NamedTuple):
    """A step that has been taken."""

    kind: StepKind
    on: date


@dataclass(frozen=True, slots=True)
class Claim:
    """An invoice as reminders see it. `open_ore` is what is open today, `principal_ore` what was invoiced.

    `demanded_on` is when the invoice itself asked for interest, where its due day was not agreed beforehand.
    """

    id: int
    principal_ore: int
    open_ore: int
    due_on: date
    debtor: Debtor
    is_due_day_agreed: bool = True
    demanded_on: date | None = None
    is_fee_agreed: bool = False
    agreed_percent: Decimal | None = None
    settled: tuple[Settled, ...] = ()
    sent: tuple[Sent, ...] = ()
    is_stopped: bool = False


class Letter(NamedTuple):
    """What the claim is asked for on the day. Hand-overs have the same sums."""

    claim: Claim
    step: Step
    interest: LateInterest
    costs: Costs
    to_pay_ore: int
    pay_by: date


class Preview(NamedTuple):
    """Every claim is in one of these."""

    letters: tuple[Letter, ...]
    held: tuple[tuple[Claim, Hold], ...]
    refused: tuple[tuple[Claim, DomainError], ...]


def check_policy(policy: Policy) -> None:
    """Raise when the steps cannot be taken in their order, or a demand gives less time than the act."""
    for step, after in zip(policy.steps, policy.steps[1:], strict=False):
        if after.days_late <= step.days_late or step.kind is StepKind.HAND_OVER:
            raise WrongPolicy
    for step in policy.steps:
        if step.kind is StepKind.COLLECTION_DEMAND and step.days_to_pay < LEAST_DAYS_OF_DEMAND:
            raise TooShortDemand(days=LEAST_DAYS_OF_DEMAND)


def next_step(claim: Claim, policy: Policy, *, on: date) -> Step | Hold:
    """The step to take on the day, or why none is."""
    if claim.open_ore <= 0:
        return Hold.NOTHING_OPEN
    if claim.is_stopped:
        return Hold.STOPPED
    if on <= claim.due_on:
        return Hold.NOT_LATE
    if claim.open_ore < policy.smallest_ore:
        return Hold.TOO_SMALL
    taken = len(claim.sent)
    if taken >= len(policy.steps):
        return Hold.DONE
    step = policy.steps[taken]
    if (on - claim.due_on).days < step.days_late:
        return Hold.WAITING
    if claim.sent and on <= claim.sent[-1].on + timedelta(days=policy.steps[taken - 1].days_to_pay):
        return Hold.WAITING
    return step


def preview(claims: Iterable[Claim], policy: Policy, rates: RateBook, *, on: date) -> Preview:
    """What a run on the day would do. A claim that lacks a rate is named with the reason, and the others go on."""
    check_policy(policy)
    letters, held, refused = [], [], []
    for claim in claims:
        step = next_step(claim, policy, on=on)
        if isinstance(step, Hold):
            held.append((claim, step))
            continue
        try:
            letters.append(letter(claim, step, policy, rates, on=on))
        except Invalid as error:
            refused.append((claim, error))
    return Preview(tuple(letters), tuple(held), tuple(refused))


def letter(claim: Claim, step: Step, policy: Policy, rates: RateBook, *, on: date) -> Letter:
    """What a step on the day asks for; raises what is missing, such as a rate."""
    first = {kind: min((one.on for one in claim.sent if one.kind is kind), default=None) for kind in StepKind}
    if first[step.kind] is None:
        first[step.kind] = on
    demanded_on = claim.demanded_on or (claim.sent[0].on if claim.sent else None)
    runs_after = interest_runs_after(claim.due_on, is_agreed=claim.is_due_day_agreed, demanded_on=demanded_on)
    late_from = runs_after + timedelta(days=1) if runs_after and runs_after < on else None
    owed = costs(
        claim.debtor, rates, late_from=late_from, asks_compensation=policy.asks_compensation,
        is_fee_agreed=claim.is_fee_agreed, reminded_on=first[StepKind.REMINDER],
        demanded_on=first[StepKind.COLLECTION_DEMAND],
    )  # fmt: skip
    interest = NO_INTEREST
    if policy.asks_interest and runs_after:
        interest = late_interest(
            claim.principal_ore, runs_after=runs_after, until=on, rates=rates, settled=claim.settled,
            agreed_percent=claim.agreed_percent,
        )  # fmt: skip
    to_pay = claim.open_ore + interest.total_ore + owed.total_ore
    return Letter(claim, step, interest, owed, to_pay, on + timedelta(days=step.days_to_pay))
