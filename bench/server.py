"""An application or a floor under gunicorn, started the way `bin/run` starts it: two workers of two threads."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bench.client import Browser
from bench.databases import EMAIL, PASSWORD, ROOT, Place

WORKERS, THREADS = 2, 2
PATIENCE = 60.0
INFOSOC, PAGES, TRIVIAL = "app:app", "bench.floors.pages:app", "bench.floors.trivial:app"


@contextmanager
def serving(target: str, place: Place | None = None) -> Iterator[Serving]:
    """The application on a free port of this machine, ended at the end."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", target, "--worker-class", "gthread", "--workers", str(WORKERS),
        "--threads", str(THREADS), "--preload", "--no-control-socket", "--bind", f"127.0.0.1:{port}",
        "--keep-alive", "75", "--log-level", "error",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(place), stdout=log, stderr=log)
        try:
            _wait(process, port, log)
            yield Serving(port, process.pid)
        finally:
            process.terminate()
            process.wait(30)


class Serving:
    """A server that answers: its port, and its processes' memory."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid

    def stranger(self) -> Browser:
        return Browser(self.port)

    def seller(self) -> Browser:
        """Somebody signed in."""
        browser = Browser(self.port)
        browser.sign_in(EMAIL, PASSWORD)
        return browser

    def memory(self) -> int:
        """What the workers and their master use, in bytes, each shared page counted once between them."""
        return sum(_proportional(pid) for pid in [self.pid, *self.children()])

    def settled(self) -> None:
        """Wait until all workers are there and have done what they do at their start."""
        deadline, last = time.monotonic() + PATIENCE, -1
        while time.monotonic() < deadline:
            now = self.memory() if len(self.children()) == WORKERS else -1
            if now == last != -1:
                return
            last = now
            time.sleep(0.5)
        raise RuntimeError("the workers do not come to rest")

    def children(self) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]


def environment(place: Place | None) -> dict[str, str]:
    """What a process that works on this database is told, and nothing else."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return inherited | (place.environment() if place else {})


def _proportional(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel tells no memory")


def _wait(process: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    log.seek(0)
    raise RuntimeError("gunicorn did not start:\n" + log.read().decode(errors="replace")[-3000:])
