"""`bin/run` as a person would use it: it answers, works on the folder it is given, and ends everything it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def run(tmp_path: Path) -> Iterator:
    """Start bin/run on a scratch folder and a free port."""
    started = []

    def start(port: int) -> subprocess.Popen:
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"PORT": str(port), "INFOSOC_DATA_DIR": str(tmp_path / "data"), "DEMO": "0"}
        process = subprocess.Popen(
            ["sh", str(ROOT / "bin" / "run")],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def wait_until_it_answers(process: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers(port):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "bin/run does not answer"
        time.sleep(0.2)


def children(process: subprocess.Popen) -> dict[str, int]:
    """The server and the worker that bin/run has started."""
    pids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in pids}
    named = {"web": "gunicorn", "worker": "app worker"}
    return {name: pid for name, sign in named.items() for pid, command in commands.items() if sign in command}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_both_processes_run_and_end_with_the_script(run, tmp_path):
    port = free_port()
    process = run(port)
    wait_until_it_answers(process, port)
    started = children(process)
    assert set(started) == {"web", "worker"}
    assert (tmp_path / "data" / "infosoc.sqlite3").exists()

    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, said
    assert not [name for name, pid in started.items() if is_alive(pid)]


def test_when_the_worker_dies_the_server_ends_too(run):
    port = free_port()
    process = run(port)
    wait_until_it_answers(process, port)
    started = children(process)

    os.kill(started["worker"], signal.SIGKILL)
    said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 1
    assert "the background worker has ended" in said
    assert not is_alive(started["web"])


def test_an_empty_start_tells_how_to_make_the_first_user(run):
    port = free_port()
    process = run(port)
    wait_until_it_answers(process, port)
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=PATIENCE)[0]
    assert f"http://127.0.0.1:{port}" in said
    assert "tenant add" in said
    assert "user add" in said


def test_a_taken_port_is_said_in_one_sentence(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = run(taken.getsockname()[1])
        said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 1
    assert "is taken" in said
