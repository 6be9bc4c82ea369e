"""Phone numbers: one form for storing (E.164, +46701740610), and what search and screen need of it.

Numbers without a country are Swedish. The answer is the library's (phonenumbers); because an import asks for tens of
thousands a second, plain Swedish numbers are judged by the library's own patterns without its general parser. A
property test holds the two together.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_


class InvalidPhone(Invalid):
    """Not a phone number that can be called."""

    code = "phone_invalid"
    message = N_("This is not a phone number. It should look like 070-174 06 10 or +44 20 7946 0958.")


class PhoneKind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    OTHER = "other"


class Phone(NamedTuple):
    """A number in E.164 form, the extension that was written after it, and what kind of number it is."""

    e164: str
    extension: str
    kind: PhoneKind


_DROPPED = {ord(char): None for char in " -().\u00a0\u2007\u202f\u2010\u2011\u2012\u2013\u2014"}
_SWEDISH = re.compile(r"(?:\+460?|00460?|0)([1-9]\d{5,8})")
_LABEL = re.compile(
    r"^\s*(?:telefon(?:nr|nummer)?|mobil(?:nr|nummer)?|phone|tel|tfn|mob|växel|direkt|[tm])\s*[.:]*\s*(?=[+(\d])", re.I
)
_EXTENSION = re.compile(
    r"[\s,;]*(?:anknytning|ankn|ank|anl|extension|extn|ext|x|#|;ext=)\s*[.:=]?\s*(\d{1,7})\s*$", re.I
)
_REMARK = re.compile(r"\s*(?:\([^()\d]*\)|\b(?:vx|växel|mobil|jobb|arbete|hem|direkt|work|home)\b\.?)\s*$", re.I)
_LETTER = re.compile(r"[^\W\d_]")
_BETWEEN = re.compile(r"\s*[;,|\n]\s*|\s+/\s*|\s*/\s+|\s+(?:och|eller|and|or|samt|alt\.?)\s+", re.I)
_ONE = re.compile(r"[+(\d][\d +()-]*\d")
_SLASH = re.compile(r"(?<=\d{6})/(?=\+?\d{6})|(?<=\d{2} \d{2})/(?=\+?\d)")


def parse_phone(text: str) -> Phone:
    """The number in E.164 form, with its extension; raises `InvalidPhone`."""
    if found := _SWEDISH.fullmatch(text.translate(_DROPPED)):
        number = found[1]
        if (swedish := _swedish_kind(number)) is not None:
            return Phone(f"+46{number}", "", swedish)
        raise InvalidPhone
    text, extension = _without_words(text)
    e164 = _by_library(text)
    return Phone(e164, extension, kind(e164))


def normalise(text: str) -> str:
    """The number alone in E.164 form; raises `InvalidPhone`."""
    return parse_phone(text).e164


def split(text: str) -> list[str]:
    """The pieces of a cell that may hold several numbers, as written: `070-174 06 10 / 070-174 06 11` gives two."""
    if _ONE.fullmatch(text):
        return [text]
    if "/" in text:
        text = _SLASH.sub(" / ", text)
    return [piece for piece in (piece.strip() for piece in _BETWEEN.split(text)) if piece]


@lru_cache(maxsize=8192)
def display(e164: str) -> str:
    """As people write it: 070-174 06 10 for a Swedish number, +44 20 7946 0958 for another."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if number.country_code == 46 else style.INTERNATIONAL)


def search_digits(e164: str) -> str:
    """The digits a search is matched against: national form first, then with country code.

    `0701740610 46701740610`: any start, middle or end of either form is found by `query_digits` as a substring.
    """
    digits = e164.lstrip("+")
    return f"0{digits[2:]} {digits}" if digits.startswith("46") else digits


def query_digits(text: str) -> str:
    """The digits of what somebody typed into a search, in a form that occurs in `search_digits`; "" if not a number.

    Part of a number is enough: `06 10`, `070-174`, `+46 (0)70 174`, `0046 70`.
    """
    if _LETTER.search(text) or "@" in text:
        return ""
    digits = "".join(char for char in text if char.isascii() and char.isdigit())
    if text.strip().startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        return f"46{digits[3:]}" if digits.startswith("460") else digits
    return digits


def kind(e164: str) -> PhoneKind:
    """Mobile or landline, as far as the number tells."""
    if e164.startswith("+46"):
        return _swedish_kind(e164[3:]) or PhoneKind.OTHER
    return _foreign_kind(e164)


# --- The library's own knowledge of Swedish numbers ---------------------------------------------------------------


def _swedish_patterns() -> tuple[tuple[re.Pattern[str], frozenset[int], PhoneKind], ...]:
    known = phonenumbers.PhoneMetadata.metadata_for_region("SE")
    if known is None:  # pragma: no cover - the library always knows Sweden
        return ()
    general = frozenset(known.general_desc.possible_length if known.general_desc else ())
    others = (known.toll_free, known.premium_rate, known.shared_cost, known.personal_number, known.voip, known.pager,
              known.uan, known.voicemail)  # fmt: skip
    kinds = [(known.mobile, PhoneKind.MOBILE), (known.fixed_line, PhoneKind.LANDLINE)]
    kinds += [(description, PhoneKind.OTHER) for description in others]
    return tuple(
        (re.compile(found.national_number_pattern), frozenset(found.possible_length or general) & general, kind)
        for found, kind in kinds
        if found is not None and found.national_number_pattern
    )


_PATTERNS = _swedish_patterns()


def _swedish_kind(number: str) -> PhoneKind | None:
    for pattern, lengths, kind in _PATTERNS:
        if len(number) in lengths and pattern.fullmatch(number):
            return kind
    return None


# --- The slow way, for everything else ----------------------------------------------------------------------------


def _without_words(text: str) -> tuple[str, str]:
    text = _REMARK.sub("", _LABEL.sub("", text))
    extension = ""
    if found := _EXTENSION.search(text):
        text, extension = text[: found.start()], found[1]
    text = _REMARK.sub("", text)
    if _LETTER.search(text):
        raise InvalidPhone  # the library would read letters as the keys of a phone
    return text, extension


@lru_cache(maxsize=8192)
def _by_library(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "SE")
    except phonenumbers.NumberParseException as error:
        raise InvalidPhone from error
    # Foreign plans change faster than we update the library: there a possible number is enough.
    accepted = phonenumbers.is_valid_number(number) or (
        number.country_code != 46 and phonenumbers.is_possible_number(number)
    )
    if not accepted:
        raise InvalidPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def _foreign_kind(e164: str) -> PhoneKind:
    try:
        found = phonenumbers.number_type(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return PhoneKind.OTHER
    if found == phonenumbers.PhoneNumberType.MOBILE:
        return PhoneKind.MOBILE
    return PhoneKind.LANDLINE if found == phonenumbers.PhoneNumberType.FIXED_LINE else PhoneKind.OTHER
