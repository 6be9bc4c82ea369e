"""Where the data folder is: the files of imports, and the journal that outlives a restored database.

Whoever starts the process says so, as with the pepper; a process may hold several applications.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_source: Callable[[], Path] | None = None


def provide(source: Callable[[], Path]) -> None:
    """Say where the data folder is."""
    global _source
    _source = source


def data_dir() -> Path:
    if _source is None:
        raise RuntimeError("the data folder has not been provided")
    return _source()
