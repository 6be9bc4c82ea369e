"""Real worker processes for tests that end them the hard way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.server import ROOT, environment

PATIENCE = 20.0


@contextmanager
def process(module: str, *arguments: str, database_url: str, data_dir: Path, **variables: str) -> Iterator:
    """A Python module as a process of its own; killed at the end if it still runs."""
    log = data_dir / f"{module}.log"
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT, env=environment(database_url, data_dir) | variables, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def wait_until(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Look again and again until it holds; fails after a while."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)
