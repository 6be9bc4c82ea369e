"""Which machine and process this is, so that a worker killed here is known to be dead at once."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

PROC = Path("/proc")


def this_machine() -> str:
    """A name for this machine since it was started, and for this container in it."""
    parts = [socket.gethostname()]
    for read in (lambda: (PROC / "sys/kernel/random/boot_id").read_text(), lambda: os.readlink(PROC / "self/ns/pid")):
        try:
            parts.append(read())
        except OSError:
            parts.append("?")
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def this_process() -> str:
    """The number of this process and when it started: a number is used again, the pair is not."""
    return f"{os.getpid()}:{_started(os.getpid()) or '?'}"


def is_alive(process: str) -> bool:
    """Whether a process of this machine still runs; `True` where that cannot be known."""
    number, _, started = process.partition(":")
    if started == "?" or not PROC.joinpath("self/stat").exists():
        return True
    return _started(int(number)) == started


def _started(number: int) -> str | None:
    try:
        fields = (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    # Field 3 is the state, field 22 the start time; a zombie is dead.
    return None if fields[0] in "ZX" else fields[19]
