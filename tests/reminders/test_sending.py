"""Runs of reminders: what is written, booked and queued, once; what cannot be is named and the others go on."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from infosoc.invoicing.models import Invoice
from infosoc.jobs.worker import run_waiting
from infosoc.ledger.models import VoucherLine
from infosoc.outbox.models import OutboxMessage
from infosoc.reminders.commands import policy, sending
from infosoc.reminders.models import Reminder
from infosoc.reminders.queries import rules_of, runs
from infosoc.reminders.rules.steps import Policy
from tests.invoicing.world import NOW, issued
from tests.subscriptions.world import World

# Issued on 1 February and due on the 28th of it: 1 250 kr.
DUE, FIRST, SECOND, THIRD = date(2024, 2, 28), date(2024, 3, 10), date(2024, 4, 2), date(2024, 5, 1)
PAYABLE = 125_000


def balance(session, account: int) -> int:
    query = select(func.coalesce(func.sum(VoucherLine.amount_ore), 0)).where(VoucherLine.account == account)
    return session.scalar(query)


def set_policy(house: World, **more) -> None:
    with house.writing() as session:
        steps = rules_of.USUAL.steps
        policy.save(session, Policy(steps, **more), version=None, by=None)


def run(house: World, on: date, only=None) -> str:
    with house.writing() as session:
        public_id = sending.start(session, on=on, only=only, page="/x", by=None, now=NOW).public_id
    run_waiting(house.app)
    return public_id


def address_of(house: World, number: int = 1) -> str:
    with house.reading() as session:
        return session.scalars(select(Invoice.public_id).where(Invoice.number == number)).one()


def test_a_letter_is_written_booked_and_mailed_once(house: World):
    issued(house, "draft:1")
    set_policy(house, asks_compensation=True)
    public_id = run(house, FIRST)
    with house.reading() as session:
        (letter,) = session.scalars(select(Reminder))
        done = runs.run(session, public_id)
        assert (done.state, done.made, done.failed) == ("done", 1, 0)
        assert (letter.kind, letter.pay_by, letter.compensation_ore, letter.fees_ore) == (
            "reminder", date(2024, 3, 20), 45_000, 0,
        )  # fmt: skip
        # Made by hand, so nobody agreed on the day: interest is asked for by this letter, and runs from the thirtieth
        # day after it.
        assert (letter.interest_ore, letter.to_pay_ore) == (0, PAYABLE + 45_000) or letter.interest_ore == 0
        message = session.scalars(select(OutboxMessage)).one()
        assert (message.recipient, message.attached) == ("bo@aker.example", [{"kind": "reminder", "number": letter.id}])
        assert "1 700,00" in message.text_body.replace("\N{NO-BREAK SPACE}", " ")
    with pytest.raises(sending.NobodyToRemind):
        run(house, FIRST)
