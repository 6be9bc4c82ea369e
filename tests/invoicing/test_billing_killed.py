"""Billing runs whose workers are killed at any point, two runs and two workers at once: each agreement invoiced once.

Twenty seeded points run with the rest of the tests; `KILL_POINTS=200` (or `bin/test --kill-points 200`) tries more.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from infosoc.invoicing.commands import billing
from infosoc.invoicing.models import BillingRun, Invoice, InvoicedCharge, InvoiceLine
from infosoc.ledger.models import Voucher
from infosoc.ledger.queries import checks
from infosoc.subscriptions.models import Agreement, AgreementLine
from tests.invoicing.world import NOW
from tests.mailings.test_killed import Workers, is_dead
from tests.subscriptions.world import World
from tests.support.agreements import copy_agreements
from tests.support.server import ROOT, environment

POINTS = int(os.environ.get("KILL_POINTS", "20"))
AGREEMENTS = max(40, POINTS * 5)
SEED = 20261123
MONTH, DAYS = date(2024, 1, 1), (date(2024, 1, 1), date(2024, 1, 2))
MOST_STEPS = 260


@contextmanager
def zygote(database_url: str, folder: Path, fault: str = ""):
    variables = environment(database_url, folder) | {
        "FAULT": fault, "BASE_URL": "http://localhost", "UNSUBSCRIBE_KEYS": "1:" + "11" * 32,
        "SUPPRESSION_PEPPER": "only-for-tests-pepper-0123456789abcdefgh",
    }  # fmt: skip
    with (
        (folder / "zygote.log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.invoicing.zygote"], cwd=ROOT, env=variables, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        ) as process,
    ):  # fmt: skip
        assert process.stdout
        assert process.stdout.readline().strip() == "ready", (folder / "zygote.log").read_text()
        try:
            yield Forks(process)
        finally:
            process.kill()


class Forks(Workers):
    def start(self, kill_at: int = 0, seconds: int = 0) -> int:
        return int(self.ask(f"start {kill_at}"))


def fill(house: World, count: int) -> None:
    house.sign(house.line(), house.line("avvik", None), billing_months=1)
    house.sign(house.line(quantity_thousandths=2500, discount=1000))
    with house.writing() as session:
        copy_agreements(session, count - 2)


def start(house: World) -> None:
    """Two runs of the same month, for invoices of two days; one that was given up goes on."""
    for day in DAYS:
        with house.writing() as session:
            billing.start(session, MONTH, day, page="/infosoc/billing-runs", by=None, now=NOW)


def is_done(house: World) -> bool:
    with house.reading() as session:
        session.rollback()
        states = list(session.scalars(select(BillingRun.state)))
    return set(states) == {"done"}


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
        for what, series in (("invoices", Invoice), ("vouchers", Voucher)):
            numbers = sorted(session.scalars(select(series.number)))
            if numbers != list(range(1, count + 1)):
                found.append(f"numbers of {what}: {len(numbers)} up to {max(numbers, default=0)}")
        times = Counter(session.scalars(select(Invoice.agreement_id)))
        found += [f"agreement {at} was invoiced {number} times" for at, number in times.items() if number > 1]
        missed = set(session.scalars(select(Agreement.id))) - set(times)
        found += [f"agreement {at} was not invoiced" for at in missed]
        charged = session.scalar(select(func.count()).select_from(InvoicedCharge))
        if charged != session.scalar(select(func.count()).select_from(AgreementLine)):
            found.append(f"{charged} periods are noted as invoiced")
        sums = [session.scalar(select(func.sum(model.net_ore))) for model in (Invoice, InvoiceLine, InvoicedCharge)]
        if len(set(sums)) != 1:
            found.append(f"invoices, lines and charges come to {sums}")
        made = session.scalar(select(func.sum(BillingRun.made)))
        if made != count:
            found.append(f"the runs say they made {made}")
    return found


def carry_on_to_the_end(house: World, workers: Forks) -> None:
    start(house)
    pid = workers.start()
    wait(house, [pid], 60 + AGREEMENTS / 5)
    workers.end(pid)


def test_runs_killed_at_any_point_invoice_nothing_twice_and_miss_nothing(house: World, database_url, tmp_path):
    fill(house, AGREEMENTS)
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
    assert faults(house, AGREEMENTS) == []
    assert killed >= POINTS * 0.9
    print(f"\n{killed} kills, {AGREEMENTS} agreements")


@pytest.mark.sqlite_only
def test_the_planted_fault_invoices_without_keys_are_found_out(house: World, database_url, tmp_path):
    fill(house, 12)
    start(house)
    with zygote(database_url, tmp_path, "keyless") as workers:
        carry_on_to_the_end(house, workers)
    assert any("was invoiced 2 times" in fault for fault in faults(house, 12))
