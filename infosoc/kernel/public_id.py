"""Random ids for addresses: they tell nothing about order or number."""

from __future__ import annotations

import secrets

# No vowels (no words) and nothing that is mistaken for something else when read aloud.
ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
LENGTH = 11
_LETTERS = "".join(ALPHABET[byte % len(ALPHABET)] for byte in range(256)).encode()


def new_public_id() -> str:
    """An id of 11 letters and digits, about 52 random bits; collisions are refused by a unique index."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_public_ids(count: int) -> list[str]:
    """Many at once, for bulk inserts."""
    letters = secrets.token_bytes(count * LENGTH).translate(_LETTERS).decode()
    return [letters[at : at + LENGTH] for at in range(0, len(letters), LENGTH)]
