"""E-mail addresses: one canonical form for storing, comparing and sending.

Canonical is NFC, trimmed, lower case, and the domain in its ASCII form (IDNA), so that two spellings of an address are
equal as text. `.example` and `.test` are accepted: nobody can own them, so demo and test data use them (RFC 2606).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import idna
from email_validator import EmailNotValidError, validate_email

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_

# What nearly every address looks like. Anything else asks the library; a property test holds the two together.
_PLAIN = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,20}")
_PLAIN_LENGTH = 60  # well below every limit of local part, label and name
_RESERVED = ("arpa", "invalid", "local", "localhost", "onion")
_BETWEEN = re.compile(r"[;,\s|/]+|\s+(?:och|eller|and|or|samt)\s+")
_IN_ANGLES = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")


class InvalidEmail(Invalid):
    """Not an e-mail address."""

    code = "email_invalid"
    message = N_("This is not an e-mail address. It should look like anna@example.se.")


def canonical(text: str) -> str:
    """The one form of an address; raises `InvalidEmail` when it cannot be one."""
    address = text.strip().lower()
    if len(address) <= _PLAIN_LENGTH and _PLAIN.fullmatch(address) and not address.endswith(_RESERVED):
        return address
    return _by_library(address)


def is_valid(text: str) -> bool:
    try:
        canonical(text)
    except InvalidEmail:
        return False
    return True


def split(text: str) -> list[str]:
    """The pieces of a cell that may hold several addresses, as written: `a@x.se; Bo <b@x.se>` gives two."""
    if text.count("@") <= 1 and not _IN_ANGLES.search(text):
        whole = _bare(text)
        return [whole] if whole else []
    named = _IN_ANGLES.findall(text)
    if named:
        rest = re.sub(r"[^;,|/]*<[^<>]*>", " ", text)
        return [_bare(piece) for piece in named] + [piece for piece in split(rest) if "@" in piece]
    words = [word for word in _BETWEEN.split(text) if word]
    return [_bare(word) for word in words if "@" in word]


def display(address: str) -> str:
    """The address as people write it, with the domain in its own letters."""
    local, _, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        return f"{local}@{idna.decode(domain)}"
    except idna.IDNAError:
        return address


def masked(address: str) -> str:
    """The address as it may stand on a page that a stranger could be looking at: `a•••@kommun.se`."""
    local, _, domain = display(address).rpartition("@")
    return f"{local[:1]}•••@{domain}" if local else ""


def domain(address: str) -> str:
    return address.rpartition("@")[2]


@lru_cache(maxsize=4096)
def _by_library(address: str) -> str:
    address = unicodedata.normalize("NFC", address)
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidEmail from error
    if found.ascii_domain.count(".") == 0:
        raise InvalidEmail  # "a@test" is allowed by the library's test mode only
    return f"{found.local_part.lower()}@{found.ascii_domain.lower()}"


def _bare(word: str) -> str:
    word = word.strip(" \t\r\n\u00a0<>()[]\"';,.")
    return word[7:] if word[:7].lower() == "mailto:" else word
