"""What gives a person away in a text: the name, addresses and numbers in the forms they are written in. Pure.

A name of one word alone says too little to be searched for. First names alone are not found.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_plus

from infosoc.kernel import email, phone
from infosoc.kernel.text import fold, sort_key

REMOVED = "[…]"
_FEWEST_SIGNS = 4
_DEEPEST = 3
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4}[\r\n]*){6,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_LETTERS = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Needles:
    """The forms of what is looked for; `patterns` are LIKE patterns that find at least every text with a form in it.

    A text is looked at when all patterns of one of the groups fit, whatever the database folds or escapes.
    """

    forms: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, *, names: Iterable[str] = (), addresses: Iterable[str] = (), phones: Iterable[str] = ()) -> Needles:
        """The forms of these names, addresses and numbers (E.164), the longest first."""
        names, addresses, phones = list(names), list(addresses), list(phones)
        found: dict[str, None] = {}
        for name in names:
            found.update(dict.fromkeys(_of_name(name)))
        for address in addresses:
            found.update(dict.fromkeys((address, email.display(address), quote_plus(address), quote(address))))
        for number in phones:
            found.update(dict.fromkeys(_of_phone(number)))
        forms = {form for form in found if len(form) >= _FEWEST_SIGNS}
        patterns = [*map(_name_pattern, names), *map(_address_pattern, addresses), *map(_phone_pattern, phones)]
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        return cls(tuple(ordered), tuple(dict.fromkeys(one for one in patterns if one)))

    def __bool__(self) -> bool:
        return bool(self.forms)

    def is_in(self, value: Any) -> bool:
        """Whether a text, or something made of texts, gives the person away."""
        if isinstance(value, bytes):
            return any(self.is_in(text) for text in readings(value))
        if isinstance(value, str):
            return bool(self._regex and self._regex.search(value))
        if isinstance(value, dict):
            return any(self.is_in(key) or self.is_in(one) for key, one in value.items())
        if isinstance(value, list | tuple):
            return any(self.is_in(one) for one in value)
        return False

    def taken_out(self, value: Any) -> Any:
        """The same without what gives the person away."""
        if isinstance(value, str):
            return self._regex.sub(REMOVED, value) if self._regex else value
        if isinstance(value, dict):
            return {self.taken_out(key): self.taken_out(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.taken_out(one) for one in value]
        return value

    @cached_property
    def _regex(self) -> re.Pattern[str] | None:
        if not self.forms:
            return None
        # A letter breaks its lines where a name has its space.
        either = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in self.forms)
        return re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])", re.IGNORECASE)


def readings(content: bytes, *, deep: int = _DEEPEST) -> Iterator[str]:
    """What a mail says, however it is encoded for the way: as it stands, its headers, and each of its parts."""
    yield content.decode("utf-8", "replace")
    if deep:
        for run in _BASE64.findall(content):  # a mail in a mail, which no parser looks into
            yield from readings(base64.b64decode(b"".join(run.split())), deep=deep - 1)
    try:
        for part in message_from_bytes(content, policy=policy.compat32).walk():
            yield from _of_part(part)
    except (MessageError, ValueError, LookupError):
        return  # no mail, or one that is broken: it has been read as it stands


def _of_part(part: Message) -> Iterator[str]:
    yield "\n".join(_header(str(value)) for value in part.values())
    body = part.get_payload(decode=True)
    if isinstance(body, bytes):
        for charset in dict.fromkeys((part.get_content_charset() or "utf-8", "utf-8", "cp1252")):
            try:
                yield html.unescape(body.decode(charset, "replace"))
            except LookupError:
                continue


def _header(value: str) -> str:
    """A header with its encoded words read; those that nobody can read stand as they are."""
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, ValueError, LookupError):
        return value


def _of_name(name: str) -> Iterable[str]:
    words = name.split()
    if len(words) < 2:
        return
    turned = f"{words[-1]}, {' '.join(words[:-1])}"
    for one in (name, " ".join(words), turned, turned.replace(",", "")):
        yield one
        yield fold(one)
        yield sort_key(one)
        yield quote_plus(one)
        yield quote(one)
        yield json.dumps(one)[1:-1]
        yield html.escape(one).replace("&#x27;", "&#39;")


def _of_phone(number: str) -> Iterable[str]:
    """As it is shown, in one go, with single spaces, at home and abroad."""
    shown = phone.display(number)
    digits = number.lstrip("+")
    yield from (number, shown, digits, shown.replace("-", ""), shown.replace("-", " "), shown.replace(" ", ""))
    yield "".join(sign for sign in shown if sign.isdigit())
    if shown.startswith("0"):
        for one in (shown, shown.replace("-", " "), shown.replace("-", "")):
            yield f"+46 {one[1:]}"
            yield f"+46 (0){one[1:]}"
    yield from (quote_plus(one) for one in (number, shown))


def _name_pattern(name: str) -> tuple[str, ...]:
    """The longest plain part of each word: å ä ö are folded, escaped or encoded in some of the forms."""
    words = name.lower().split()
    parts = [max(_LETTERS.findall(word), key=len, default="") for word in words] if len(words) > 1 else []
    return tuple(f"%{part}%" for part in parts if len(part) > 1) or (("%",) if parts else ())


def _address_pattern(address: str) -> tuple[str, ...]:
    parts = re.findall(r"[a-z0-9]+", address.lower())
    return ("%" + "%".join(parts) + "%",) if parts else ()


def _phone_pattern(number: str) -> tuple[str, ...]:
    groups = re.findall(r"[0-9]+", phone.display(number).removeprefix("0"))
    return ("%" + "%".join(groups) + "%",) if groups else ()
