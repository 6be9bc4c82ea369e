"""How long links and last letters last, and the form of a code. Pure."""

from __future__ import annotations

import hashlib
from datetime import timedelta

LASTS = timedelta(days=7)  # P-25
DOWNLOADS = timedelta(hours=1)  # after the first opening, for the page, the PDF and the JSON
LAST_LETTER = "removed:"  # how the keys of letters to removed people begin
LAST_LETTER_KEPT = timedelta(hours=72)
CODE_DIGITS = 6


def digest(token: str) -> bytes:
    """What is kept of a token. 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def code_digest(token: str, code: str) -> bytes:
    """What is kept of a code: worth nothing to whoever has the database and not the letter."""
    return hashlib.sha256(f"{token}|{clean_code(code)}".encode()).digest()


def clean_code(text: str) -> str:
    """The digits of a code as people type it: `482 913`."""
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())


def shown_code(code: str) -> str:
    return f"{code[:3]} {code[3:]}"
