"""`bin/run` as a person would use it: it answers, works on the folder it is given, and ends everything it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180
READY = "Ctrl-C stops it"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@dataclass
class Run:
    """A running bin/run and what it has said so far."""

    process: subprocess.Popen
    output: Path

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, f"bin/run does not say {words!r}: {self.said}"
            time.sleep(0.1)

    def children(self) -> dict[str, int]:
        """The server and the worker that it has started; a child is its shell until it has become its program."""
        deadline = time.monotonic() + PATIENCE
        while len(found := self._found()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def _found(self) -> dict[str, int]:
        number = self.process.pid
        pids = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in pids}
        named = {"web": "gunicorn", "worker": "app worker"}
        return {name: pid for name, sign in named.items() for pid, command in commands.items() if sign in command}


@pytest.fixture
def run(tmp_path: Path) -> Iterator:
    """Start bin/run on a scratch folder and a free port."""
    started = []
    output = tmp_path / "output"

    def start(port: int) -> Run:
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"PORT": str(port), "INFOSOC_DATA_DIR": str(tmp_path / "data"), "DEMO": "0"}
        with output.open("wb") as log:
            process = subprocess.Popen(
                ["sh", str(ROOT / "bin" / "run")],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        return Run(process, output)

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_empty_start_tells_how_to_make_the_first_user_and_both_processes_run_and_end_with_the_script(run, tmp_path):
    port = free_port()
    running = run(port)
    running.wait_for(READY)
    assert f"http://127.0.0.1:{port}" in running.said
    assert "tenant add" in running.said
    assert "user add" in running.said
    assert answers(port)
    started = running.children()
    assert set(started) == {"web", "worker"}
    assert (tmp_path / "data" / "infosoc.sqlite3").exists()

    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE) == 0, running.said
    assert not [name for name, pid in started.items() if is_alive(pid)]


def test_when_the_worker_dies_the_server_ends_too(run):
    running = run(free_port())
    running.wait_for(READY)
    started = running.children()

    os.kill(started["worker"], signal.SIGKILL)
    assert running.process.wait(PATIENCE) == 1
    assert "the background worker has ended" in running.said
    assert not is_alive(started["web"])


def test_a_taken_port_is_said_in_one_sentence(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        running = run(taken.getsockname()[1])
        assert running.process.wait(PATIENCE) == 1
    assert "is taken" in running.said
