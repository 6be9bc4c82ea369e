"""Workers killed at any point while papers are drawn and invoices go out: nothing twice, nothing lost.

A few seeded points run with the rest of the tests; `KILL_POINTS=200` tries more.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter

from sqlalchemy import func, select

from infosoc.invoicing.commands import issue
from infosoc.invoicing.models import Delivery, InvoicePaper
from infosoc.invoicing.rules.delivery import Channel, State
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from tests.invoicing.test_deliveries import set_access_point
from tests.invoicing.test_papers import network_invoice
from tests.invoicing.world import NOW, new_invoice
from tests.mailings.test_killed import Workers, is_dead, zygote
from tests.subscriptions.world import World

POINTS = int(os.environ.get("KILL_POINTS", "20")) // 4
MAILED, NETWORKED = POINTS * 3, POINTS
SEED = 20261123
LANES = "papers,deliveries,mail"
PATIENCE = 60


def issue_all(house: World) -> None:
    set_access_point(house, "folder")
    with house.writing() as session:
        mailed = [
            new_invoice(session, house, f"m:{number}", recipient=f"kund{number}@aker.example")
            for number in range(MAILED)
        ]
        networked = [network_invoice(session, house, f"n:{number}") for number in range(NETWORKED)]
        issue.issue_many(session, [*mailed, *networked], by=None, now=NOW)


def is_done(house: World) -> bool:
    """Nothing is on its way, as far as a worker can tell."""
    with house.reading() as session:
        waiting = select(func.count()).where(Delivery.prepared_at.is_(None))
        settled = (MessageState.SENT, MessageState.UNCERTAIN, MessageState.FAILED)
        unsent = select(func.count()).where(OutboxMessage.state.not_in(settled))
        return not session.scalar(waiting) and not session.scalar(unsent)


def run_to_the_end(house: World, workers: Workers) -> None:
    pid = workers.start()
    deadline = time.monotonic() + PATIENCE + MAILED
    while not is_done(house):
        assert time.monotonic() < deadline, "the worker has not finished"
        time.sleep(0.1)
    workers.end(pid)


def kill_some(house: World, workers: Workers) -> int:
    """Workers that end themselves at seeded steps; how many did."""
    chance, killed = random.Random(SEED), 0
    for _ in range(POINTS):
        pid = workers.start(chance.randint(5, 250))
        deadline = time.monotonic() + PATIENCE
        while not is_dead(pid) and not is_done(house) and time.monotonic() < deadline:
            time.sleep(0.05)
        killed += is_dead(pid)
        workers.end(pid)
    return killed


def test_invoices_go_out_once_however_often_workers_are_killed(house: World, database_url, tmp_path, sink):
    issue_all(house)
    with zygote(database_url, tmp_path, sink.url, lanes=LANES) as workers:
        killed = kill_some(house, workers)
        run_to_the_end(house, workers)
    assert killed >= POINTS / 2
    got = Counter(str(letter["To"]) for letter in sink.letters)
    assert not [address for address, number in got.items() if number > 1]
    with house.reading() as session:
        messages = dict(session.execute(select(OutboxMessage.recipient, OutboxMessage.state)).all())
        assert len(messages) == MAILED
        for address, state in messages.items():
            assert state == MessageState.UNCERTAIN or got[address] == 1, (address, state)
        assert session.scalar(select(func.count()).select_from(InvoicePaper)) == MAILED + NETWORKED
        of_network = list(session.scalars(select(Delivery.state).where(Delivery.channel == Channel.PEPPOL)))
    assert of_network == [State.HANDED_OVER] * NETWORKED
    folder = tmp_path / "peppol" / str(house.ours)
    assert len(list((folder / "outgoing").iterdir())) == NETWORKED
    assert not list((folder / "prepared").iterdir())
    papers = list((tmp_path / "invoices").rglob("*.pdf"))
    assert len(papers) == MAILED + NETWORKED
