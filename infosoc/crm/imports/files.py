"""Where uploaded files lie until they are settled: in the data folder, under random names, for nobody else to read."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import IO

_NAME = re.compile(r"[0-9a-f]{32}\Z")
_PIECE = 1024 * 1024


def keep(folder: Path, content: IO[bytes]) -> tuple[str, str]:
    """Keep a file; returns the name it got and the digest of its bytes."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name, digest = secrets.token_hex(16), hashlib.sha256()
    with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(_PIECE):
            digest.update(piece)
            file.write(piece)
    return name, digest.hexdigest()


def path_of(folder: Path, name: str) -> Path | None:
    """Where a kept file lies; None when it is no longer there."""
    path = folder / name
    return path if _NAME.match(name) and path.is_file() else None


def remove(folder: Path, name: str) -> None:
    """Let a file go; one that is gone already is no fault."""
    if _NAME.match(name):
        (folder / name).unlink(missing_ok=True)


def remove_strangers(folder: Path, known: set[str], *, older_than: float) -> None:
    """Remove what no import knows of: a file whose upload was cut off."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in known and path.is_file() and path.stat().st_mtime < older_than:
            path.unlink(missing_ok=True)
