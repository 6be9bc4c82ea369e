"""Digests of the audit chain. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime


def value_digest(salt: bytes, field: str, before: str | None, after: str | None) -> bytes:
    """Salted digest of one changed field (SHA-256); tells nothing once the salt is erased."""
    parts = (salt, field.encode(), _bytes(before), _bytes(after))
    return hashlib.sha256(b"\x1f".join(parts)).digest()


_NOTHING = hashlib.sha256().digest()


def values_digest(digests: list[bytes]) -> bytes:
    """Of all that a deed changed; most of those that are written by the thousand change no fields."""
    if not digests:
        return _NOTHING
    return hashlib.sha256(b"".join(digests)).digest()


def event_digest(
    previous: bytes, number: int, at: datetime, actor: str, deed: str, subject: str, values: bytes
) -> bytes:
    """Digest of one event with the one before it, which makes the chain."""
    text = f"{number}|{at.isoformat()}|{actor}|{deed}|{subject}".encode()
    return hashlib.sha256(previous + text + values).digest()


def _bytes(value: str | None) -> bytes:
    return b"\0" if value is None else b"\1" + value.encode()
