"""The tokens of unsubscribe addresses: a random delivery number, signed. No personal data, no end date. Pure.

A token is one key number, 16 bytes of delivery and 16 bytes of HMAC-SHA-256, in lower-case base32: 53 signs, so that it
fits a local part (RFC 5321: 64 octets) and survives servers that change the case (requirements M-07, M-12, M-31).
The keys are a ring of their own, apart from every other secret: the newest signs, what older ones signed stays good.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

DELIVERY, MAC = 16, 16
LENGTH = 53
_TOKEN = re.compile(r"[a-z2-7]{53}\Z")
_LINE = re.compile(r"(\d{1,3}):([0-9a-f]{64})\Z")

Keys = Mapping[int, bytes]


def new_delivery() -> bytes:
    """A number for one letter to one person; it tells nothing and cannot be guessed."""
    return secrets.token_bytes(DELIVERY)


def new_deliveries(count: int) -> list[bytes]:
    """As many numbers at once, for a mailing to many."""
    made = secrets.token_bytes(DELIVERY * count)
    return [made[at : at + DELIVERY] for at in range(0, len(made), DELIVERY)]


def new_key_line(number: int) -> str:
    """A line of the file of keys: `3:` and 64 hexadecimal digits."""
    return f"{number}:{secrets.token_hex(32)}"


def read_keys(text: str) -> dict[int, bytes]:
    """The keys of the file, by number; raises ValueError that names the line."""
    keys: dict[int, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _LINE.match(line.strip())
        if not found or not 0 < int(found[1]) < 256 or int(found[1]) in keys:
            raise ValueError(
                f"line {number} of the unsubscribe keys is no NUMBER:64 hexadecimal digits, or a repetition"
            )
        keys[int(found[1])] = bytes.fromhex(found[2])
    if not keys:
        raise ValueError("there is no unsubscribe key")
    return keys


def token(delivery: bytes, keys: Keys) -> str:
    """The token of a delivery, signed by the newest key."""
    newest = max(keys)
    signed = bytes([newest]) + delivery
    return base64.b32encode(signed + _mac(keys[newest], signed)).decode().rstrip("=").lower()


def delivery_of(text: str, keys: Keys) -> bytes | None:
    """The delivery that a token was made for; nothing for any other text (M-13)."""
    text = text.strip().lower()
    if not _TOKEN.match(text):
        return None
    try:
        raw = base64.b32decode(text.upper() + "=" * (-LENGTH % 8))
    except binascii.Error:
        return None
    signed, mac = raw[: 1 + DELIVERY], raw[1 + DELIVERY :]
    key = keys.get(signed[0])
    good = hmac.compare_digest(_mac(key or b"\0" * 32, signed), mac) and key is not None
    # The last sign of base32 has a bit to spare: one writing alone is good.
    return signed[1:] if good and base64.b32encode(raw).decode().rstrip("=").lower() == text else None


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, b"infosoc unsubscribe\0" + signed, hashlib.sha256)[:MAC]
