"""Organisation numbers, legal forms, and personal identity numbers hiding in text.

An organisation number is kept as ten digits. When its third digit is below 2 it is the personal identity number of
a sole trader, and is personal data: show it with `mask_org_number`.

Sources: lagen (1974:174) om identitetsbeteckning för juridiska personer m.fl. (third digit at least 2);
Skatteverket SKV 709 "Organisationsnummer" and SCB (group by first digit; 16 as century of legal persons);
folkbokföringslagen (1991:481) 18 § and 18 a § (personal identity and coordination numbers: day plus 60).
The check digit is the Luhn digit, computed by python-stdnum.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from stdnum import luhn

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_


class InvalidOrgNumber(Invalid):
    """Not ten digits, nor any known way to write them."""

    code = "org_number_shape"
    message = N_("An organisation number has ten digits, such as 556677-8899.")


class WrongCheckDigit(InvalidOrgNumber):
    code = "org_number_check_digit"
    message = N_("The organisation number does not add up: its last digit does not match the others.")


class NoSuchDate(InvalidOrgNumber):
    """The third digit says it is a sole trader's number, but it holds no date."""

    code = "org_number_date"
    message = N_("The organisation number is not valid: a sole trader's number begins with a date of birth.")


class ForeignNumber(InvalidOrgNumber):
    """It looks like a number of another country, such as a foreign VAT number."""

    code = "org_number_foreign"
    message = N_("This is a foreign number. Leave the organisation number empty and choose a foreign company.")


_DASHES = "-\uff0d\ufe63\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad"
_SPACES = " \t\r\n\u00a0\u2007\u2009\u202f\u200b\ufeff"
_DROPPED = {ord(char): None for char in _DASHES + _SPACES}
_VAT = re.compile(r"SE(\d{10})01")
_FOREIGN = re.compile(r"(?!SE)[A-Z]{2,3}[A-Z0-9.]*\d[A-Z0-9.]*")


def parse_org_number(text: str) -> str:
    """The ten digits of an organisation number written in any customary way; raises `InvalidOrgNumber`.

    Takes hyphens and dashes, spaces, the century (16 for legal persons, 18, 19, 20 for sole traders), a Swedish VAT
    number, and the ".0" that a spreadsheet adds.
    """
    digits = text.translate(_DROPPED)
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        digits = _ten_digits(digits)
    if digits[2] < "2" and not _is_birth_date(digits):
        raise NoSuchDate
    if not luhn.is_valid(digits):
        raise WrongCheckDigit
    return digits


def _ten_digits(text: str) -> str:
    text = text.upper().removesuffix(".0").removesuffix(",0")
    if len(text) == 11 and text[6] == "+":  # a sole trader over a hundred years old
        text = text[:6] + text[7:]
    if vat := _VAT.fullmatch(text):
        return vat[1]
    if not text.isascii() or not text.isdigit():
        raise ForeignNumber if _FOREIGN.fullmatch(text) else InvalidOrgNumber
    if len(text) == 10:
        return text
    personal = text[4:5] < "2"
    if len(text) == 12 and text[:2] in (("18", "19", "20") if personal else ("16",)):
        return text[2:]
    raise InvalidOrgNumber


def _is_birth_date(digits: str) -> bool:
    # The century is not known. 2000 + yy has a leap day in every year that either century has it.
    return _is_date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]) % 60 or 60)


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def format_org_number(number: str) -> str:
    """Ten digits with the hyphen: 556677-8899."""
    return f"{number[:6]}-{number[6:]}"


def mask_org_number(number: str) -> str:
    """What is shown of a sole trader's number: ••••••-8899."""
    return f"••••••-{number[6:]}"


def is_sole_trader_number(number: str) -> bool:
    """Whether ten digits are a personal identity number or coordination number, and so personal data."""
    return number[2] < "2"


class LegalForm(StrEnum):
    """What kind of legal person a company is; the stored value is the short code."""

    LIMITED_COMPANY = "limited_company"
    TRADING_PARTNERSHIP = "trading_partnership"
    LIMITED_PARTNERSHIP = "limited_partnership"
    ECONOMIC_ASSOCIATION = "economic_association"
    NON_PROFIT_ASSOCIATION = "non_profit_association"
    FOUNDATION = "foundation"
    MUNICIPALITY = "municipality"
    REGION = "region"
    STATE_AUTHORITY = "state_authority"
    SOLE_TRADER = "sole_trader"
    FOREIGN = "foreign"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The English message id."""
        return _LABELS[self]


_LABELS = {
    LegalForm.LIMITED_COMPANY: N_("Limited company"),
    LegalForm.TRADING_PARTNERSHIP: N_("Trading partnership"),
    LegalForm.LIMITED_PARTNERSHIP: N_("Limited partnership"),
    LegalForm.ECONOMIC_ASSOCIATION: N_("Economic association"),
    LegalForm.NON_PROFIT_ASSOCIATION: N_("Non-profit association"),
    LegalForm.FOUNDATION: N_("Foundation"),
    LegalForm.MUNICIPALITY: N_("Municipality (legal form)"),
    LegalForm.REGION: N_("Region"),
    LegalForm.STATE_AUTHORITY: N_("State authority"),
    LegalForm.SOLE_TRADER: N_("Sole trader"),
    LegalForm.FOREIGN: N_("Foreign company"),
    LegalForm.OTHER: N_("Other"),
}

# Longest prefix first. 202100, 212000 and 232100 are the series of state authorities, municipalities and regions.
_BY_NUMBER = (
    ("202100", LegalForm.STATE_AUTHORITY),
    ("212000", LegalForm.MUNICIPALITY),
    ("232100", LegalForm.REGION),
    ("3", LegalForm.FOREIGN),
    ("5", LegalForm.LIMITED_COMPANY),
    ("7", LegalForm.ECONOMIC_ASSOCIATION),
    ("8", LegalForm.NON_PROFIT_ASSOCIATION),
    ("9", LegalForm.TRADING_PARTNERSHIP),
)
_BY_NAME = (
    (r"\bab\b|\baktiebolag(et)?\b|\(publ\)", LegalForm.LIMITED_COMPANY),
    (r"\bkb\b|\bkommanditbolag(et)?\b", LegalForm.LIMITED_PARTNERSHIP),
    (r"\bhb\b|\bhandelsbolag(et)?\b", LegalForm.TRADING_PARTNERSHIP),
    (r"\bek\.?\s*för\b|\bekonomisk förening\b|\bekonomiska föreningen\b|\bbrf\b|bostadsrättsförening",
     LegalForm.ECONOMIC_ASSOCIATION),
    (r"\w*stiftelse(n)?\b", LegalForm.FOUNDATION),
    (r"\bkommun(en)?$|^kommunen\b|^(göteborgs|stockholms|malmö|helsingborgs|lunds|solna|sundbybergs|lidingö) stad$",
     LegalForm.MUNICIPALITY),
    (r"^region\b|\blandsting(et)?\b|regionen$", LegalForm.REGION),
    (r"\w*förening(en)?\b|\bif\b|\bförbundet?\b", LegalForm.NON_PROFIT_ASSOCIATION),
    (r"\b(ltd|limited|gmbh|inc|llc|oy|oyj|aps|a/s|plc|bv|b\.v\.|sarl)\b\.?$", LegalForm.FOREIGN),
    (r"\benskild firma\b|\bef\b$", LegalForm.SOLE_TRADER),
)  # fmt: skip
_NAMES = tuple((re.compile(pattern, re.IGNORECASE), form) for pattern, form in _BY_NAME)


def guess_legal_form(name: str, number: str | None = None) -> LegalForm | None:
    """The likely legal form; the number decides where it can, the name where it cannot. None when nothing tells."""
    if number and is_sole_trader_number(number):
        return LegalForm.SOLE_TRADER
    by_name = next((form for pattern, form in _NAMES if pattern.search(name)), None)
    if not number:
        return by_name
    by_number = next((form for prefix, form in _BY_NUMBER if number.startswith(prefix)), None)
    if number[0] == "9" and by_name is LegalForm.LIMITED_PARTNERSHIP:
        return by_name
    if number[0] == "8" and by_name is LegalForm.FOUNDATION:
        return by_name
    return by_number or by_name


# --- Personal identity numbers in free text -----------------------------------------------------------------------

_LIKELY = re.compile(r"(?:\d\d\D{0,7}){4}\d\d")  # what most texts lack; quick to look for
_ODD_DIGIT = re.compile(r"(?![0-9])\d")  # full width and other scripts
_DASH = rf"[{_DASHES}+]"
_GAP = rf"(?:[ \u00a0\u202f]?{_DASH}[ \u00a0\u202f]?|[ \u00a0\u202f])"
_DAY = r"(?P<day>0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])"
_PERSONAL = re.compile(
    # Not inside a longer run of digits (payment references, long phone numbers), nor after "digit-hyphen".
    rf"(?<!\d)(?<!\d{_DASH})(?:(?P<century>18|19|20){_DASH}?)?(?P<year>\d\d)"
    rf"(?P<within>[-./]?)(?P<month>0[1-9]|1[0-2])(?P=within){_DAY}"
    rf"(?P<gap>{_GAP}?)(?P<last>\d{{4}})(?!\d)"
)
# Taken apart in other places: 81 12 18 98 76, 8112 18-9876, 811218/9876, over a line break. Always between pairs.
_APART = rf"[{_DASHES} \t\u00a0\u2007\u2009\u202f._/+]{{0,3}}"
_LOOSE = re.compile(
    rf"(?<![\d+])(?:(?P<century>18|19|20){_APART})?(?P<year>\d\d)(?P<one>{_APART})(?P<month>0[1-9]|1[0-2])"
    rf"(?P<two>{_APART}){_DAY}(?P<gap>{_APART}(?:\r?\n{_APART})?)(?P<first>\d\d){_APART}(?P<second>\d\d)(?!\d)"
)
_MORE_BEFORE = re.compile(rf"\d{_APART}\Z")
_MORE_AFTER = re.compile(rf"{_APART}\d")
_PHONE_WORD = re.compile(
    r"(?:tel|tfn|telefon|mobil|mob|ring|nås|sms|phone|call|fax|nr till|växel)\w*[ .:]*\W{0,3}\Z", re.I
)
_PERSON_WORD = re.compile(r"(?:pers|pnr|p-nr|född|födelse|ssn|id-?nr|samordning)", re.I)


class Span(NamedTuple):
    """Where in a text a personal identity number stands: text[start:end]."""

    start: int
    end: int


def find_personal_number(text: str) -> list[Span]:
    """Where a personal identity number or coordination number stands in free text.

    With or without century and hyphen, "+" as hyphen, other dashes, a space as hyphen, the date written 1912-12-12;
    also taken apart in pairs by spaces, dots, slashes, underscores or a line break. The date must exist and the check
    digit be right. Organisation numbers never match: their third digit is at least 2, so they hold no month.

    Phone numbers are told apart: a bare ten-digit one by the words before it; one in groups by its leading 0 (a
    separator within the first six digits), "+", or a country's number before it. What is part of a longer row of
    groups (an account, a card) is let be. Any other number of ten digits that holds a date and ends in the right check
    digit, one in about 140, is refused too: that is the price.
    """
    if not _LIKELY.search(text):
        return []
    plain = "".join(map(_plain_digit, text)) if _ODD_DIGIT.search(text) else text
    found = _spans(plain, _PERSONAL, _is_personal_number)
    for span in _spans(plain, _LOOSE, _is_loose_number):
        if all(span.end <= one.start or span.start >= one.end for one in found):
            found.append(span)
    return sorted(found)


def _spans(text: str, pattern: re.Pattern[str], holds: Callable[[re.Match[str]], bool]) -> list[Span]:
    found, at = [], 0
    while match := pattern.search(text, at):
        if holds(match):
            found.append(Span(match.start(), match.end()))
            at = match.end()
        else:
            at = match.start() + 1
    return found


def has_personal_number(text: str) -> bool:
    return bool(find_personal_number(text))


class PersonalNumberInText(Invalid):
    """Somebody typed a personal identity number where none may be kept. The error does not repeat it."""

    code = "personal_number"
    message = N_("The text contains a personal identity number. Remove it: it must not be stored here.")


def refuse_personal_numbers(text: str, *, field: str | None = None) -> None:
    """Raise `PersonalNumberInText` when free text holds a personal identity number."""
    if has_personal_number(text):
        raise PersonalNumberInText(field=field)


def mask_personal_numbers(text: str) -> str:
    """The text with every personal identity number blotted out, for a list of refused rows."""
    for span in reversed(find_personal_number(text)):
        text = f"{text[: span.start]}••••••-••••{text[span.end :]}"
    return text


def _plain_digit(char: str) -> str:
    return char if char.isascii() else str(unicodedata.digit(char, char))


def _adds_up(match: re.Match[str], last: str) -> bool:
    """Whether the date exists and the check digit is right."""
    year, month, day = match["year"], match["month"], int(match["day"])
    if not _is_date(int((match["century"] or "20") + year), int(month), day - 60 if day > 60 else day):
        return False
    return not last.startswith("000") and luhn.is_valid(f"{year}{month}{match['day']}{last}")


def _is_loose_number(match: re.Match[str]) -> bool:
    century, year, last = match["century"], match["year"], match["first"] + match["second"]
    if match[0].isdigit() or not _adds_up(match, last):
        return False
    text, inner = match.string, match["one"] + match["two"]
    if _PERSON_WORD.search(text[max(0, match.start() - 30) : match.start()]):
        return True
    if inner and not match["gap"]:
        return False  # 12.12.121212 is no way to write it
    if _is_time_stamp(century or ("20" if year < "40" else "19"), year, last):
        return False
    if _MORE_BEFORE.search(text, max(0, match.start() - 4), match.start()) or _MORE_AFTER.match(text, match.end()):
        return False
    return bool(century) or year[0] != "0" or not inner


def _is_personal_number(match: re.Match[str]) -> bool:
    century, year, last = match["century"], match["year"], match["last"]
    day = int(match["day"])
    if not _adds_up(match, last):
        return False
    if match["within"] and not match["gap"] and not century:
        return False  # 12.12.121212 is no way to write it
    if match["gap"].strip() == "" and match["gap"]:
        return not _is_time_stamp(century, year, last)
    if not match["gap"] and not century and year[0] == "0":
        return not _is_phone_number(match.string, match.start(), day)
    return True


def _is_time_stamp(century: str | None, year: str, last: str) -> bool:
    """`20261203 1430`: a date of recent years followed by a time of day."""
    return century == "20" and year >= "15" and last[:2] < "24" and last[2:] < "60"


def _is_phone_number(text: str, start: int, day: int) -> bool:
    """Ten bare digits from 0: a phone number after a word such as "ring"; else only if a birth date is unlikely."""
    before = text[max(0, start - 30) : start]
    if _PERSON_WORD.search(before):
        return False
    return day > 60 or bool(_PHONE_WORD.search(before))
