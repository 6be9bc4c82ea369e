"""The application on a free port: in a thread for tests, and the worker as a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

ROOT = Path(__file__).resolve().parents[2]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: what goes wrong is seen in the page."""


class LiveServer:
    """A running application; `app` is the same one that answers, so a test can prepare rows with it."""

    def __init__(self, make_app: Callable[[str], Flask]) -> None:
        """Take a free port, make the application for its address, and answer in a thread."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.app = make_app(self.url)
        self._server = make_server(
            "127.0.0.1", port, self.app, threaded=True, request_handler=_Quiet, fd=self._socket.fileno()
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="live server", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()
        self._socket.close()


def environment(database_url: str, data_dir: Path) -> dict[str, str]:
    """What a process of ours needs to work on a scratch database."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return inherited | {"DATABASE_URL": database_url, "INFOSOC_DATA_DIR": str(data_dir)}


def flask(*arguments: str, database_url: str, data_dir: Path, timeout: float = 120) -> subprocess.CompletedProcess:
    """Run one of the `flask` commands as a person would, and hand back what it said."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=ROOT,
        env=environment(database_url, data_dir),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def start_worker(database_url: str, data_dir: Path) -> subprocess.Popen:
    """Start the background worker on a scratch database."""
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "worker"],
        cwd=ROOT,
        env=environment(database_url, data_dir),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
