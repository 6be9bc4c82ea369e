"""Which letters have been made, in files of the data folder, for the day when an older backup is put back (M-12).

A database from before a mailing was fixed knows nothing of its letters, and their links are out there. A file holds, of
one mailing, whose it is and then 48 bytes a letter: its number and the keyed hash of the address. No address, no name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER, ENDING = "issued", ".letters"
_NUMBER, _DIGEST = 16, 32
_RECORD = _NUMBER + _DIGEST
_source: Callable[[], Path] | None = None


@dataclass(frozen=True)
class Issue:
    """Whose the letters of a file are. Public ids: numbers are given anew in a restored database."""

    tenant_id: int
    mailing: str
    of_list: str
    list_name: str


def provide(source: Callable[[], Path]) -> None:
    """Say where the data folder is."""
    global _source
    _source = source


def write(issue: Issue, letters: Iterable[tuple[bytes, bytes]]) -> None:
    """Keep the letters of a mailing whose recipients have just been fixed; on the disk before that is committed."""
    path = _path(issue.mailing)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    arriving = path.with_suffix(".arriving")
    with os.fdopen(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(json.dumps(asdict(issue)).encode() + b"\n")
        file.write(b"".join(number + digest for number, digest in letters))
        file.flush()
        os.fsync(file.fileno())
    arriving.replace(path)


def find(number: bytes) -> tuple[Issue, bytes] | None:
    """Whose the letter with this number is, and the hash of its address."""
    for path in sorted(_folder().glob(f"*{ENDING}")):
        head, _, records = path.read_bytes().partition(b"\n")
        at = records.find(number)
        while at >= 0:
            if at % _RECORD == 0:
                return Issue(**json.loads(head)), records[at + _NUMBER : at + _RECORD]
            at = records.find(number, at + 1)
    return None


def _path(mailing: str) -> Path:
    return _folder() / f"{mailing}{ENDING}"


def _folder() -> Path:
    if _source is None:
        raise RuntimeError("the data folder has not been provided")
    return _source() / FOLDER
