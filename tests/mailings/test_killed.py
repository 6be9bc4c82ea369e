"""Workers killed at any point, two at once, paused and resumed, with clocks that jump: no letter twice, none lost.

Twenty seeded points run with the rest of the tests; `KILL_POINTS=200` tries more (both databases: `pytest -s` tells how
many letters were left uncertain).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from infosoc.db.tenancy import tenant_scope
from infosoc.mailings.commands import sending
from infosoc.mailings.queries.counts import wrong_counts
from infosoc.mailings.rules import RecipientState, State
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW
from tests.mailings.posting import in_tenant, letters_of, mailing_of, make_posting
from tests.support.server import ROOT, environment

POINTS = int(os.environ.get("KILL_POINTS", "20"))
LETTERS = POINTS * 8
SEED = 20261122
LIVE = {RecipientState.QUEUED, RecipientState.CLAIMED, RecipientState.SENDING}


class Workers:
    """The process that workers are forked from."""

    def __init__(self, process: subprocess.Popen) -> None:
        self._process = process

    def ask(self, line: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def start(self, kill_at: int = 0, seconds: int = 0) -> int:
        return int(self.ask(f"start {kill_at} {seconds}"))

    def end(self, pid: int) -> None:
        assert self.ask(f"end {pid}") == "ended"


@contextmanager
def zygote(database_url: str, folder: Path, smtp_url: str, fault: str = "", lanes: str = "mailings"):
    variables = environment(database_url, folder) | {
        "SMTP_URL": smtp_url, "MAIL_FROM": "kund@infosoc.example", "FAULT": fault, "LANES": lanes,
        "BASE_URL": "https://kund.infosoc.example", "UNSUBSCRIBE_KEYS": "1:" + "11" * 32,
        "SUPPRESSION_PEPPER": "only-for-tests-pepper-0123456789abcdefgh",
    }  # fmt: skip
    with (
        (folder / "zygote.log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.mailings.zygote"], cwd=ROOT, env=variables, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        ) as process,
    ):  # fmt: skip
        assert process.stdout
        assert process.stdout.readline().strip() == "ready", (folder / "zygote.log").read_text()
        try:
            yield Workers(process)
        finally:
            process.kill()


def is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def is_done(session) -> bool:
    return mailing_of(session).state == State.DONE


def wait(session, workers: list[int], patience: float = 40) -> int:
    """Until all are dead or the mailing is done; how many had killed themselves."""
    deadline = time.monotonic() + patience
    while not all(map(is_dead, workers)) and not is_done(session):
        assert time.monotonic() < deadline, "the workers neither died nor finished"
        time.sleep(0.02)
    return sum(map(is_dead, workers))


def faults(session, sink) -> list[str]:
    """What would be wrong with the mailing after all that."""
    got = Counter(str(letter["To"]) for letter in sink.letters)
    rows = letters_of(session)
    found = [f"{address} got {number} letters" for address, number in got.items() if number > 1]
    for row in rows:
        if row.state == RecipientState.SENT and got[row.address] != 1:
            found.append(f"{row.address} is noted as sent and got {got[row.address]}")
        if row.state not in (RecipientState.SENT, RecipientState.UNCERTAIN):
            found.append(f"{row.address} was lost: {row.state}")
        if got[row.address] and row.state not in (RecipientState.SENT, RecipientState.UNCERTAIN):
            found.append(f"{row.address} got it, and is {row.state}")
    session.rollback()
    with tenant_scope(scope_named(session, "infosoc")):
        found += [f"counts: {one}" for one in wrong_counts(session)]
    return found


def carry_on_to_the_end(session, workers: Workers, most: float = 40 + LETTERS / 5) -> None:
    pid = workers.start()
    wait(session, [pid], most)
    workers.end(pid)


def test_m20_m21_workers_killed_at_any_point_send_nothing_twice_and_lose_nothing(
    app, session, database_url, tmp_path, sink
):
    posted = make_posting(session, LETTERS)
    chance, killed, number = random.Random(SEED), 0, 0
    with zygote(database_url, tmp_path, sink.url) as workers:
        while killed < POINTS and not is_done(session):
            number += 1
            at_once = 2 if number % 3 == 0 else 1
            jump = chance.choice((86_400, -86_400, 30)) if number % 5 == 0 else 0
            running = [workers.start(chance.randint(1, 300), jump if place else 0) for place in range(at_once)]
            if number % 4 == 0 and not is_done(session):
                pause_and_resume(session, posted, chance)
            killed += wait(session, running)
            for pid in running:
                workers.end(pid)
        carry_on_to_the_end(session, workers)
    assert faults(session, sink) == []
    assert killed >= POINTS * 0.9
    uncertain = sum(row.state == RecipientState.UNCERTAIN for row in letters_of(session))
    print(f"\n{killed} kills, {len(sink.letters)} letters of {LETTERS} arrived, {uncertain} left uncertain")
    assert uncertain <= killed


def pause_and_resume(session, posted, chance: random.Random) -> None:
    time.sleep(chance.random() * 0.1)
    try:
        in_tenant(session, sending.pause, posted.public_id, by=posted.karin, now=NOW)
        time.sleep(chance.random() * 0.05)
        in_tenant(session, sending.resume, posted.public_id, by=posted.karin, now=NOW)
    except sending.NotPossibleNow:
        assert is_done(session)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("fault", ["resend", "forget"])
def test_m20_planted_fault_a_careless_sweep_is_found_out(app, session, database_url, tmp_path, sink, fault):
    make_posting(session, 12)
    with zygote(database_url, tmp_path, sink.url, fault) as workers:
        for kill_at in range(150, 192, 6) if fault == "resend" else [170]:
            if is_done(session):
                break
            pid = workers.start(kill_at)
            wait(session, [pid])
            workers.end(pid)
        pid = workers.start()
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and not is_done(session):
            time.sleep(0.05)
        workers.end(pid)
    assert faults(session, sink) != []
