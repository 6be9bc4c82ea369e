"""Which letter a late claim gets, and when it gets none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.rates.book import MissingReferenceRate, ReferenceRateNotReviewed, shipped_book
from infosoc.reminders.rules.costs import Debtor
from infosoc.reminders.rules.interest import Settled
from infosoc.reminders.rules.steps import (
    Claim,
    Hold,
    Policy,
    Sent,
    Step,
    StepKind,
    TooShortDemand,
    WrongPolicy,
    check_policy,
    next_step,
    preview,
)

BOOK = shipped_book()
REMIND, AGAIN = Step(StepKind.REMINDER, 5), Step(StepKind.REMINDER, 20)
DEMAND, HAND_OVER = Step(StepKind.COLLECTION_DEMAND, 35), Step(StepKind.HAND_OVER, 60, 0)
POLICY = Policy((REMIND, AGAIN, DEMAND, HAND_OVER), smallest_ore=5_000)
CLAIM = Claim(1, 1_000_000, 1_000_000, date(2024, 3, 1), Debtor.COMPANY)


def late(days: int) -> date:
    return CLAIM.due_on + timedelta(days=days)


@pytest.mark.parametrize(
    ("claim", "days", "step"),
    [
        (CLAIM, 0, Hold.NOT_LATE),
        (CLAIM, 4, Hold.WAITING),
        (CLAIM, 5, REMIND),
        (replace(CLAIM, sent=(Sent(StepKind.REMINDER, late(5)),)), 19, Hold.WAITING),
        (replace(CLAIM, sent=(Sent(StepKind.REMINDER, late(5)),)), 20, AGAIN),
        (replace(CLAIM, sent=(Sent(StepKind.REMINDER, late(50)),)), 60, Hold.WAITING),
        (replace(CLAIM, sent=(Sent(StepKind.REMINDER, late(50)),)), 61, AGAIN),
        (replace(CLAIM, sent=(Sent(StepKind.REMINDER, late(5)),) * 4), 300, Hold.DONE),
        (replace(CLAIM, is_stopped=True), 30, Hold.STOPPED),
        (replace(CLAIM, open_ore=0), 30, Hold.NOTHING_OPEN),
        (replace(CLAIM, open_ore=4_999), 30, Hold.TOO_SMALL),
    ],
)
def test_steps_come_in_their_order_and_give_the_last_letter_its_time(claim, days, step):
    assert next_step(claim, POLICY, on=late(days)) == step


def test_a_letter_asks_for_the_rest_with_interest_and_compensation():
    claim = replace(CLAIM, open_ore=600_000, settled=(Settled(date(2024, 3, 6), 400_000),))
    policy = replace(POLICY, asks_compensation=True)
    (letter,) = preview([claim], policy, BOOK, on=date(2024, 3, 11)).letters
    assert letter.interest.total_ore == 2_630  # (10 000 x 5 + 6 000 x 5) x 12 % / 365 = 26,301...
    assert letter.costs.compensation_ore == 45_000
    assert letter.to_pay_ore == 600_000 + 2_630 + 45_000
    assert letter.pay_by == date(2024, 3, 21)


def test_a_reminder_fee_is_asked_once_and_only_if_it_was_agreed():
    policy = replace(POLICY, asks_interest=False)
    sent = (Sent(StepKind.REMINDER, late(5)),)
    for claim in (replace(CLAIM, is_fee_agreed=True), replace(CLAIM, is_fee_agreed=True, sent=sent)):
        (letter,) = preview([claim], policy, BOOK, on=late(20)).letters
        assert letter.to_pay_ore == 1_000_000 + 6_000
    (letter,) = preview([CLAIM], policy, BOOK, on=late(20)).letters
    assert letter.to_pay_ore == 1_000_000


def test_without_an_agreed_due_day_the_first_reminder_asks_for_neither_interest_nor_compensation():
    claim = replace(CLAIM, is_due_day_agreed=False)
    policy = replace(POLICY, asks_compensation=True)
    (letter,) = preview([claim], policy, BOOK, on=late(20)).letters
    assert letter.to_pay_ore == 1_000_000
    reminded = replace(claim, sent=(Sent(StepKind.REMINDER, late(5)),))
    (letter,) = preview([reminded], policy, BOOK, on=late(45)).letters
    assert letter.interest.spans[0].first == late(36)
    assert letter.costs.compensation_ore == 45_000


def test_a_missing_rate_is_named_and_the_other_claims_go_on():
    old, new = replace(CLAIM, id=2, due_on=date(2022, 10, 1)), replace(CLAIM, id=3, due_on=date(2024, 12, 1))
    found = preview([old, CLAIM, new], POLICY, BOOK, on=date(2024, 12, 20))
    assert [letter.claim.id for letter in found.letters] == [1, 3]
    assert [(claim.id, type(error)) for claim, error in found.refused] == [(2, MissingReferenceRate)]
    later = preview([new], POLICY, BOOK, on=date(2025, 1, 10))
    assert [type(error) for _, error in later.refused] == [ReferenceRateNotReviewed]


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ((AGAIN, REMIND), WrongPolicy),
        ((REMIND, REMIND), WrongPolicy),
        ((HAND_OVER, replace(DEMAND, days_late=70)), WrongPolicy),
        ((replace(DEMAND, days_to_pay=7),), TooShortDemand),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(steps, error):
    with pytest.raises(error):
        check_policy(Policy(steps))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=80))
def test_however_often_it_is_run_no_step_is_taken_twice_or_too_early(waits):
    claim, day = CLAIM, CLAIM.due_on
    for wait in waits:
        day += timedelta(days=wait)
        for _ in range(2):  # twice on the same day
            step = next_step(claim, POLICY, on=day)
            if isinstance(step, Step):
                assert (day - claim.due_on).days >= step.days_late
                claim = replace(claim, sent=(*claim.sent, Sent(step.kind, day)))
    days = [one.on for one in claim.sent]
    assert days == sorted(set(days))
    assert [one.kind for one in claim.sent] == [step.kind for step in POLICY.steps][: len(days)]
