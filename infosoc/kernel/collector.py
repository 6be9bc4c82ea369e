"""Python's collector of cycles, kept out of the way of work that makes very many rows and no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """For a chunk of a bulk job: plain rows go with their last reference, and looking at all that the process holds
    while they are made costs more than making them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
