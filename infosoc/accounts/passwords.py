"""Hashing and judging passwords. Argon2id; no composition rules, but a length and a list of common ones (ASVS 6.2)."""

from __future__ import annotations

from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_

SHORTEST, LONGEST, LOWEST_SCORE = 12, 128, 2
FEWEST_OWN_LETTERS = 5


class PasswordTooShort(Invalid):
    message = N_("A password needs at least %(shortest)s characters. A few words in a row are easy to remember.")


class PasswordTooLong(Invalid):
    message = N_("A password can have at most %(longest)s characters.")


class PasswordTooCommon(Invalid):
    message = N_("That password is too easy to guess. Choose something only you would think of.")


class Hasher:
    """Argon2id with the installation's cost; verifies older costs and says when to hash again."""

    def __init__(self, **cost: Any) -> None:
        self._hasher = PasswordHasher(**cost)
        # Verified when there is no such account, so that the answer takes as long.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash or self._nobody, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)


def check(password: str, *, email: str, name: str = "") -> None:
    """Refuse a password that is too short, too long, common, or made of the person's own name or address."""
    if len(password) < SHORTEST:
        raise PasswordTooShort(field="password", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(field="password", longest=LONGEST)
    own = [email, *email.replace("@", ".").split("."), *name.split(), "infosoc"]
    from zxcvbn import zxcvbn  # its lists take 12 MB, and passwords are seldom chosen

    # zxcvbn carries the lists of common passwords and names offline; 2 of 4 is "somewhat guessable".
    if _is_made_of(password, own) or zxcvbn(password[:72], user_inputs=own)["score"] < LOWEST_SCORE:
        raise PasswordTooCommon(field="password")


def _is_made_of(password: str, words: list[str]) -> bool:
    """Whether hardly a letter is left when these words and everything but letters are taken away."""
    rest = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word.casefold(), " ") if len(word) > 1 else rest
    return sum(sign.isalpha() for sign in rest) < FEWEST_OWN_LETTERS
