"""Reminder runs whose workers are killed at any point, two runs and two workers at once: one letter each, booked once.

Twenty seeded points run with the rest of the tests, half of them on each database; `KILL_POINTS=200` (or
`bin/test --kill-points 200`) tries more.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from infosoc.invoicing.commands import issue
from infosoc.invoicing.models import Invoice
from infosoc.ledger.queries import checks
from infosoc.outbox.models import OutboxMessage
from infosoc.reminders.commands import sending
from infosoc.reminders.models import Reminder, ReminderCost, ReminderRun
from tests.invoicing.test_billing_killed import Forks, zygote
from tests.invoicing.world import NOW, new_invoice
from tests.mailings.test_killed import is_dead
from tests.reminders.test_sending import FIRST, balance, set_policy
from tests.subscriptions.world import World

POINTS = int(os.environ.get("KILL_POINTS", "20")) // 2
INVOICES = max(40, POINTS * 5)
SEED, MOST_STEPS = 20261123, 260
COMPENSATION = 45_000


def fill(house: World, count: int) -> None:
    set_policy(house, asks_compensation=True)
    with house.writing() as session:
        new = [new_invoice(session, house, f"d:{at}") for at in range(count)]
        terms = replace(new[0].record.terms, late="Dröjsmålsränta enligt räntelagen.")
        new = [replace(one, record=replace(one.record, terms=terms)) for one in new]
        issue.issue_many(session, new, by=None, now=NOW)


def start(house: World) -> None:
    """One more run of the day; when all have their letter there is nobody left for it."""
    with contextlib.suppress(sending.NobodyToRemind), house.writing() as session:
        sending.start(session, on=FIRST, only=None, page="/infosoc/reminders/runs", by=None, now=NOW)


def is_done(house: World) -> bool:
    with house.reading() as session:
        session.rollback()
        return set(session.scalars(select(ReminderRun.state))) == {"done"}


def wait(house: World, pids: list[int], patience: float = 60) -> int:
    deadline = time.monotonic() + patience
    while not all(map(is_dead, pids)) and not is_done(house):
        assert time.monotonic() < deadline, "the workers neither died nor finished"
        time.sleep(0.05)
    return sum(map(is_dead, pids))


def faults(house: World, count: int) -> list[str]:
    """What would be wrong after all that."""
    with house.reading() as session:
        session.rollback()
        found = [f"the books: {fault}" for fault in checks.check(session).faults]
        times = Counter(session.scalars(select(Reminder.invoice_id)))
        found += [f"invoice {at} was reminded of {number} times" for at, number in times.items() if number > 1]
        found += [f"invoice {at} was not reminded of" for at in set(session.scalars(select(Invoice.id))) - set(times)]
        mail = Counter(str(one) for one in session.scalars(select(OutboxMessage.attached)) if "reminder" in str(one))
        if len(mail) != count or mail.total() != count:
            found.append(f"{mail.total()} messages for {len(mail)} letters")
        charged = session.scalar(select(func.sum(ReminderCost.amount_ore)))
        if (charged, balance(session, 1680)) != (count * COMPENSATION, count * COMPENSATION):
            found.append(f"{charged} asked for, {balance(session, 1680)} booked")
        made = session.scalar(select(func.sum(ReminderRun.made)))
        if made != count:
            found.append(f"the runs say they made {made}")
    return found


def carry_on_to_the_end(house: World, workers: Forks) -> None:
    start(house)
    pid = workers.start()
    wait(house, [pid], 180 + INVOICES / 5)
    workers.end(pid)


def test_runs_killed_at_any_point_remind_nobody_twice_and_miss_nobody(house: World, database_url, tmp_path):
    fill(house, INVOICES)
    start(house)
    start(house)
    chance, killed, number = random.Random(SEED), 0, 0
    with zygote(database_url, tmp_path) as workers:
        while killed < POINTS and not is_done(house):
            number += 1
            running = [workers.start(chance.randint(1, MOST_STEPS)) for _ in range(2 if number % 3 == 0 else 1)]
            killed += wait(house, running)
            for pid in running:
                workers.end(pid)
            if number % 4 == 0:
                start(house)  # pressed once more, by somebody who is impatient
        carry_on_to_the_end(house, workers)
    assert faults(house, INVOICES) == []
    assert killed >= POINTS * 0.9
    print(f"\n{killed} kills, {INVOICES} letters")


@pytest.mark.sqlite_only
def test_the_planted_fault_letters_whose_costs_are_not_booked_is_found_out(house: World, database_url, tmp_path):
    fill(house, 6)
    start(house)
    with zygote(database_url, tmp_path, "costless") as workers:
        carry_on_to_the_end(house, workers)
    assert any("asked for" in fault for fault in faults(house, 6))
