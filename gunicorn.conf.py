"""How gunicorn runs the application, wherever it is started from this folder: `bin/run`, systemd, the container.

The application is loaded once and then forked, so what the workers do not write to they share.
"""

from __future__ import annotations

import ctypes
import gc
from typing import Any

worker_class = "gthread"
workers = 2
threads = 2
preload_app = True
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # <malloc.h>


def pre_fork(_server: Any, _worker: Any) -> None:
    """Keep the garbage collector away from what is shared: looking at an object writes to its page."""
    gc.collect()
    gc.freeze()


def post_fork(_server: Any, _worker: Any) -> None:
    """Give large pieces of memory back at once: each password hash takes 19 MB for a moment."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # not glibc
        return
    mallopt(M_MMAP_THRESHOLD, 1024 * 1024)
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024)
    mallopt(M_ARENA_MAX, 1 + threads)  # the threads' own pieces do not break up what is shared


def when_ready(server: Any) -> None:
    """Do once, before the workers are forked, what each of them would do for itself at its first pages."""
    application = server.app.wsgi()
    for prepare in getattr(application, "extensions", {}).get("before_fork", ()):
        prepare(application)
