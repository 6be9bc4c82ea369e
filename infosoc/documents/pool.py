"""Processes that do nothing but draw papers, so that a batch uses every core.

They know neither the database nor the queue, only WeasyPrint; each lives until its pool ends, or until the process
that started it does. What they get and give goes over pipes: a line of JSON there, a status with a length and bytes
back.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import IO, Any

from infosoc.documents.archival import Attached, Drawing

ROOT = Path(__file__).resolve().parents[2]
DRAWN, FAILED = b"drawn", b"failed"
COLLECT_EVERY = 10  # drawings


class DrawingFailed(RuntimeError):
    """A drawing process said why it could not draw, or ended."""


class Pool:
    """As many drawing processes as there are cores, started when they are first needed."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size or len(os.sched_getaffinity(0))
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="drawing")
        self._free: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []

    def draw(self, drawing: Drawing) -> Future[bytes]:
        """The PDF, some time; the future raises `DrawingFailed`."""
        return self._threads.submit(self._draw, drawing)

    def processes(self) -> list[int]:
        """The ids of those that live."""
        return [one.pid for one in self._all if one.poll() is None]

    def close(self) -> None:
        """End them all; what is being drawn is lost."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for one in self._all:
            one.kill()
        for one in self._all:
            one.wait()
            _close(one)
        self._all.clear()

    def _draw(self, drawing: Drawing) -> bytes:
        process = self._take()
        try:
            drawn = _ask(process, drawing)
        except (OSError, ValueError) as error:
            process.kill()
            process.wait()
            _close(process)
            raise DrawingFailed(f"a drawing process ended: {error}") from error
        except DrawingFailed:
            self._free.put(process)
            raise
        self._free.put(process)
        return drawn

    def _take(self) -> subprocess.Popen[bytes]:
        try:
            return self._free.get_nowait()
        except queue.Empty:
            started = subprocess.Popen(
                [sys.executable, "-m", "infosoc.documents.pool"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                cwd=ROOT,
            )  # fmt: skip
            self._all.append(started)
            return started


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _ask(process: subprocess.Popen[bytes], drawing: Drawing) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise OSError("it has no pipes")
    process.stdin.write(_line(drawing))
    process.stdin.flush()
    status, _, length = process.stdout.readline().partition(b" ")
    content = process.stdout.read(int(length))
    if len(content) < int(length):
        raise ValueError("it was cut off")
    if status == FAILED:
        raise DrawingFailed(content.decode())
    return content


def _line(drawing: Drawing) -> bytes:
    attached = [
        [one.name, base64.b64encode(one.content).decode(), one.description, one.relationship]
        for one in drawing.attached
    ]
    facts = {"html": drawing.html, "sheet": drawing.sheet, "made_on": drawing.made_on.isoformat(), "attached": attached}
    return json.dumps(facts).encode() + b"\n"


def _read(line: bytes) -> Drawing:
    facts: dict[str, Any] = json.loads(line)
    attached = tuple(
        Attached(name, base64.b64decode(content), description, relationship)
        for name, content, description, relationship in facts["attached"]
    )
    return Drawing(facts["html"], facts["sheet"], date.fromisoformat(facts["made_on"]), attached)


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Draw what is asked for, line by line, until nobody asks any more.

    Garbage is collected between drawings, and not each time that some thousand boxes have been made: a page is a
    tree of many objects that live until it is drawn.
    """
    import gc

    from infosoc.documents.archival import draw_archival

    for number, line in enumerate(asked):
        try:
            status, content = DRAWN, draw_archival(_read(line))
        except Exception as error:  # whoever asked is told, and the next one is drawn
            status, content = FAILED, f"{type(error).__name__}: {error}".encode()
        answers.write(b"%s %d\n" % (status, len(content)) + content)
        answers.flush()
        if number == 0:
            gc.collect()
            gc.freeze()  # the library itself is no garbage
            gc.disable()
        elif number % COLLECT_EVERY == 0:
            gc.collect()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
