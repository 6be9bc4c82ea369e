"""Numbers without gap or duplicate: fifty who post at once, and posters killed at any point of it.

`KILL_POINTS=200` tries more points than the usual twenty.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import select

from infosoc.ledger.models import NumberSeries, Voucher
from infosoc.ledger.queries.checks import check
from tests.ledger.world import make_books, posted, reading, voucher, within
from tests.support.server import ROOT, environment

POSTERS, EACH = 50, 4
POINTS = int(os.environ.get("KILL_POINTS", "20"))
SEED = 20261123


@contextmanager
def posters(database_url: str, folder: Path):
    """A process that forks posters; a function to tell it what to do."""
    with (
        (folder / "posters.log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.posters"], cwd=ROOT, env=environment(database_url, folder), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        ) as process,
    ):  # fmt: skip
        assert process.stdin
        assert process.stdout

        def tell(line: str) -> str:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        assert process.stdout.readline().strip() == "ready", (folder / "posters.log").read_text()
        try:
            yield tell
        finally:
            process.kill()


def names(session) -> Counter:
    rows = reading(session, lambda s: [(one.series, one.number) for one in s.scalars(select(Voucher))])
    return Counter(rows)


def assert_whole(session) -> None:
    """Each series counts from one to its last without a gap, and the books are whole."""
    found = names(session)
    assert set(found.values()) <= {1}
    for series in {series for series, _ in found}:
        numbers = sorted(number for one, number in found if one == series)
        assert numbers == list(range(1, len(numbers) + 1))
    assert reading(session, check).faults == []


def test_fifty_who_post_at_once_leave_no_gap_and_no_duplicate(app, session, database_url, tmp_path):
    make_books(session)
    with posters(database_url, tmp_path) as tell:
        failed = tell(f"all {POSTERS} {EACH}")
    assert failed == "0", (tmp_path / "posters.log").read_text()[-2000:]
    assert sum(names(session).values()) == POSTERS * EACH
    assert_whole(session)


def test_a_poster_killed_at_any_point_leaves_no_gap_and_no_half_voucher(app, session, database_url, tmp_path):
    make_books(session)
    chance, killed, done = random.Random(SEED), 0, 0
    with posters(database_url, tmp_path) as tell:
        for number in range(POINTS):
            answer = tell(f"kill {chance.randint(3, 34)} victim:{number}")
            assert answer in ("killed", "done"), (tmp_path / "posters.log").read_text()[-2000:]
            killed, done = killed + (answer == "killed"), done + (answer == "done")
            if number % 5 == 0:
                posted(session, voucher(f"between:{number}"))
            assert_whole(session)
        # What was killed is simply posted again, and what had come through is not posted twice.
        assert tell("all 1 1") == "0"
        for number in range(POINTS):
            assert tell(f"kill 1000 victim:{number}") == "done"
    assert_whole(session)
    assert sum(names(session).values()) == POINTS + len(range(0, POINTS, 5)) + 1
    assert killed > done


def test_a_number_that_was_taken_by_one_who_was_killed_is_given_again(app, session, database_url, tmp_path):
    make_books(session)
    posted(session, voucher("first"))
    with posters(database_url, tmp_path) as tell:
        at = next(step for step in range(1, 200) if _took_number(session, tell, step))
        assert tell(f"kill {at} never") == "killed"
    assert posted(session, voucher("second")).name == "A2"
    assert_whole(session)


def _took_number(session, tell, step: int) -> bool:
    """Whether a poster killed at this step had come so far as to write lines, which it does after its number."""
    assert tell(f"kill {step} never") == "killed"
    return step > 16 and reading(session, lambda s: s.scalar(select(NumberSeries.last_number))) == 1


def test_numbers_of_a_series_without_year_go_on(session):
    from infosoc.ledger.commands.numbers import take_numbers

    make_books(session)
    assert list(within(session, take_numbers, "invoice", "F", 3)) == [1, 2, 3]
    assert list(within(session, take_numbers, "invoice", "F")) == [4]
    assert list(within(session, take_numbers, "invoice", "X")) == [1]


def test_a_rollback_gives_the_numbers_back(session):
    from infosoc.ledger.commands.numbers import take_numbers

    make_books(session)

    def take_and_fail(writing):
        take_numbers(writing, "invoice", "F", 3)
        raise ZeroDivisionError

    with suppress(ZeroDivisionError):
        within(session, take_and_fail)
    assert list(within(session, take_numbers, "invoice", "F")) == [1]
