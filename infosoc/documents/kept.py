"""Files that are kept for years, with the checksum that tells whether they are still what they were.

Written whole or not at all; a file's name holds the beginning of its checksum, so that two different files never take
each other's place.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOCKS = 64


@dataclass(frozen=True)
class Kept:
    """Where a file lies in the data folder, and what it must be."""

    file: str
    sha256: bytes
    size: int


def keep(data_dir: Path, folder: str, name: str, ending: str, content: bytes) -> Kept:
    """Write a file into a folder of the data folder; it is on the disk when this returns."""
    digest = hashlib.sha256(content)
    path = data_dir / folder / f"{name}-{digest.hexdigest()[:12]}{ending}"
    write_whole(path, content)
    return Kept(path.relative_to(data_dir).as_posix(), digest.digest(), len(content))


def write_whole(path: Path, content: bytes) -> None:
    """A file that is there in whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    arriving = path.with_name(f".{path.name}.{os.getpid()}.arriving")
    with os.fdopen(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    arriving.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def found(data_dir: Path, kept: Kept) -> bytes | None:
    """The file as it lies there, right or wrong; none where there is none."""
    try:
        return (data_dir / kept.file).read_bytes()
    except FileNotFoundError:
        return None


def is_right(kept: Kept, content: bytes) -> bool:
    return len(content) == kept.size and hashlib.sha256(content).digest() == kept.sha256


@contextmanager
def turn(data_dir: Path, name: str, number: int = 0) -> Iterator[None]:
    """Wait for the turn to make something that is made once; the end of a process, however it ends, gives it up."""
    descriptor = _lock_file(data_dir, name, number)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def turn_if_free(data_dir: Path, name: str, number: int = 0) -> Iterator[bool]:
    """The same without waiting: whether it is ours."""
    descriptor = _lock_file(data_dir, name, number)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = True
        except BlockingIOError:
            is_ours = False
        yield is_ours
    finally:
        os.close(descriptor)


def _lock_file(data_dir: Path, name: str, number: int) -> int:
    path = data_dir / "locks" / f"{name}-{number % LOCKS}"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
