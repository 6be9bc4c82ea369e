"""One file that holds a whole installation: the database's copy, the data folder, and a list with checksums."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE, FILES = "database", "files"
JOURNAL = "journal"  # of removals: what has been written since the backup is never overwritten by it
KEY_RING = "unsubscribe_keys"  # a key that was added since has signed letters that are out there
PIECE = 1024 * 1024
# The pepper is backed up apart (M-17), and the number of an installation belongs to no other (M-23).
KEPT_APART = ("suppression_pepper", "instance_id")
# Locks hold nothing; and what lay there for an access point has been taken since, and must not be taken again.
LEFT_OUT = ("locks", "peppol/*/prepared", "peppol/*/outgoing")


class BadArchive(OSError):
    """The file is not a backup, or is not whole; the text says how."""


@dataclass(frozen=True)
class Member:
    """A file in the archive."""

    name: str
    size: int
    sha256: str
    mode: int


@dataclass(frozen=True)
class Manifest:
    """What the archive holds, and what it was taken from."""

    format: int
    made_at: str
    backend: str
    revision: str
    members: tuple[Member, ...]
    pepper: str = ""  # its fingerprint: whether suppressions can be told again after a restore


def pack(
    archive: Path, *, database: Path, data_dir: Path, backend: str, revision: str, made_at: str, pepper: str = ""
) -> Manifest:
    """Write the archive: readable by its owner only, there in whole or not at all."""
    unfinished = archive.with_name(archive.name + ".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar:
            members = [_add(tar, database, f"{DATABASE}/{database.name}")]
            for path in kept_files(data_dir, {database, archive, unfinished}):
                name = f"{FILES}/{path.relative_to(data_dir).as_posix()}"
                try:
                    members.append(_add(tar, path, name))
                except FileNotFoundError:
                    continue  # thrown away while the copy was taken; the database no longer names it
            manifest = Manifest(FORMAT, made_at, backend, revision, tuple(members), pepper)
            _add_text(tar, MANIFEST, json.dumps(asdict(manifest), indent=1))
            tar.close()
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.rename(archive)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return manifest


def unpack(archive: Path, folder: Path) -> Manifest:
    """Put the archive's files into the folder and prove every one of them; nothing outside it is touched."""
    try:
        with tarfile.open(archive, mode="r:gz") as tar:
            for entry in tar:
                _take_out(tar, entry, folder)
        manifest = _read_manifest(folder / MANIFEST)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BadArchive(f"{archive} is not a whole backup of Infosoc.") from error
    for member in manifest.members:
        path = folder / _safe(member.name)
        if not path.is_file() or path.stat().st_size != member.size or _sha256(path) != member.sha256:
            raise BadArchive(f"{archive} is damaged: {member.name} is not what was put into it.")
    return manifest


def put_back(manifest: Manifest, folder: Path, data_dir: Path) -> int:
    """Move the unpacked files into the data folder, with their modes; how many it was."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0
    for member in manifest.members:
        if not member.name.startswith(f"{FILES}/"):
            continue
        target = data_dir / _safe(member.name).relative_to(FILES)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        source = folder / _safe(member.name)
        source.chmod(member.mode & 0o700)
        if target.parent == data_dir / JOURNAL and target.exists():
            _add_lines(source, target)
            count += 1
            continue
        content = source.read_bytes()
        if target == data_dir / KEY_RING and target.exists():
            content = _ring(content, target.read_bytes())
        arriving = target.with_name(target.name + ".arriving")
        arriving.write_bytes(content)
        arriving.chmod(member.mode & 0o700)
        arriving.replace(target)
        count += 1
    return count


def _add_lines(source: Path, target: Path) -> None:
    """Give a file that is there the lines it lacks."""
    known = set(target.read_text().splitlines())
    lacking = [line for line in source.read_text().splitlines() if line not in known]
    with target.open("a") as file:
        file.writelines(f"{line}\n" for line in lacking)


def _ring(restored: bytes, here: bytes) -> bytes:
    """The backup's keys, and those of other numbers that have come since."""
    found = {line.partition(b":")[0].strip(): line for line in here.splitlines() if line.strip()}
    found |= {line.partition(b":")[0].strip(): line for line in restored.splitlines() if line.strip()}
    return b"".join(line + b"\n" for line in found.values())


def kept_files(data_dir: Path, besides: set[Path]) -> Iterator[Path]:
    """What of the data folder goes along: all but databases, older backups, logs, and what is kept apart."""
    leave_out = {path.resolve() for path in besides}
    for path in sorted(data_dir.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.resolve() in leave_out:
            continue
        folder = path.parent.relative_to(data_dir)
        if any(folder.match(one) for one in LEFT_OUT):
            continue
        is_on_top = path.parent == data_dir
        if is_on_top and path.name in KEPT_APART:
            continue
        if is_on_top and (".sqlite3" in path.name or ".tar.gz" in path.name or path.suffix == ".log"):
            continue
        yield path


def _add(tar: tarfile.TarFile, path: Path, name: str) -> Member:
    with path.open("rb") as file:
        entry = tar.gettarinfo(arcname=name, fileobj=file)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        counting = _Counting(file)
        tar.addfile(entry, counting)
    return Member(name, entry.size, counting.digest.hexdigest(), entry.mode & 0o777)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    raw = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(raw), 0o600
    tar.addfile(entry, io.BytesIO(raw))


class _Counting:
    """Reads through, and keeps the checksum of what has been read."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


def _take_out(tar: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    if not entry.isfile():
        raise ValueError(f"{entry.name} is no plain file")
    target = folder / _safe(entry.name)
    source = tar.extractfile(entry)
    if source is None:
        raise ValueError(entry.name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with source, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := source.read(PIECE):
            file.write(piece)


def _safe(name: str) -> PurePosixPath:
    """A name that stays inside the folder it is put into."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or "\0" in name:
        raise BadArchive(f"The archive names {name!r}, which leads out of it.")
    return path


def _read_manifest(path: Path) -> Manifest:
    if not path.is_file():
        raise ValueError("no manifest")
    raw = json.loads(path.read_text())
    if raw["format"] != FORMAT:
        raise BadArchive("The backup was made by a newer version of Infosoc.")
    members = tuple(Member(**member) for member in raw.pop("members"))
    return Manifest(members=members, **raw)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
