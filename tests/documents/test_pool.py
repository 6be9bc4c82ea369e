"""Drawing by other processes: the same bytes, faults told, none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from infosoc.documents.archival import Attached, Drawing, draw_archival
from infosoc.documents.pool import DrawingFailed, Pool
from tests.support.processes import wait_until
from tests.support.server import ROOT

SHEET = "@page { size: A5 } h1 { color: #1f5c43 }"
MOST_KB = 110 * 1024


def drawing(name: str, *attached: Attached) -> Drawing:
    html = f"<!doctype html><html lang='sv'><title>{name}</title><h1>Räkning {name}</h1><p>åäö € {name * 20}</html>"
    return Drawing(html, SHEET, date(2024, 2, 1), attached)


@pytest.fixture
def pool():
    made = Pool(2)
    yield made
    made.close()


def test_another_process_draws_the_same_bytes_in_any_order(pool):
    drawings = [drawing(str(number)) for number in range(6)]
    drawings.append(drawing("with a file", Attached("1.xml", b"<x>\xc3\xa5</x>", "UBL")))
    there = [future.result() for future in [pool.draw(one) for one in drawings]]
    here = [draw_archival(one) for one in reversed(drawings)][::-1]
    assert there == here
    assert len(set(there)) == len(drawings)
    assert len(pool.processes()) == 2


def test_drawing_processes_know_neither_database_nor_queue_and_stay_small(pool):
    for number in range(30):
        pool.draw(drawing(str(number))).result()
    for pid in pool.processes():
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert "sqlite" not in maps
        assert "libpango" in maps
        (used,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
        assert int(used.split()[1]) <= MOST_KB


def test_what_cannot_be_drawn_is_told_and_the_next_one_is_drawn(pool):
    with pytest.raises(DrawingFailed, match="UnicodeEncodeError"):
        pool.draw(drawing("\ud800")).result()
    assert pool.draw(drawing("1")).result().startswith(b"%PDF-")


def test_a_process_that_dies_is_told_and_replaced(pool):
    pool.draw(drawing("1")).result()
    (first,) = pool.processes()
    os.kill(first, signal.SIGKILL)
    with pytest.raises(DrawingFailed):
        pool.draw(drawing("2")).result()
    assert pool.draw(drawing("2")).result().startswith(b"%PDF-")
    assert first not in pool.processes()


def test_nobody_is_left_when_whoever_started_them_is_killed():
    made = "from infosoc.documents.pool import Pool; from tests.documents.test_pool import drawing; pool = Pool(1); "
    waits = "pool.draw(drawing('1')).result(); print(*pool.processes(), flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", made + waits], cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        pid = int(worker.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        worker.kill()
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the process is gone")


def test_nobody_is_left_when_the_pool_ends(pool):
    pool.draw(drawing("1")).result()
    (first,) = pool.processes()
    pool.close()
    wait_until(lambda: not Path(f"/proc/{first}").exists(), "the process is gone")
