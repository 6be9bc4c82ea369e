"""Random ids for addresses: they tell nothing about order or number."""

from __future__ import annotations

import secrets

# No vowels (no words) and nothing that is mistaken for something else when read aloud.
ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
LENGTH = 11


def new_public_id() -> str:
    """An id of 11 letters and digits, about 52 random bits; collisions are refused by a unique index."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_public_ids(count: int) -> list[str]:
    """Many at once, for bulk inserts."""
    raw = secrets.token_bytes(count * LENGTH)
    size = len(ALPHABET)
    return ["".join(ALPHABET[byte % size] for byte in raw[at : at + LENGTH]) for at in range(0, len(raw), LENGTH)]
