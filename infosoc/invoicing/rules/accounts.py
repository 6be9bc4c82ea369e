"""Bankgiro and plusgiro numbers as they are printed, and whether they add up (specification 3.2)."""

from __future__ import annotations

from stdnum import luhn


def is_bankgiro(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) in (7, 8) and luhn.is_valid(digits)


def is_plusgiro(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 8 and luhn.is_valid(digits)


def format_bankgiro(digits: str) -> str:
    """991-2346, 5402-9681."""
    return f"{digits[:-4]}-{digits[-4:]}"


def format_plusgiro(digits: str) -> str:
    """28 65 53-4: pairs from the right before the hyphen."""
    body, pairs = digits[:-1], []
    while body:
        body, pair = body[:-2], body[-2:]
        pairs.insert(0, pair)
    return f"{' '.join(pairs)}-{digits[-1]}"


def format_iban(iban: str) -> str:
    """In groups of four."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def print_account(kind: str, number: str) -> str:
    """A number of any kind as people write it."""
    return {"bankgiro": format_bankgiro, "plusgiro": format_plusgiro, "iban": format_iban}[kind](number)
