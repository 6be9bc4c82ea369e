"""OCR references: made from a number, and checked by the rule that is agreed with the bank. Pure.

An OCR reference is 2 to 25 digits. The last is a check digit by modulus 10; under the rules with a length digit, the
one before it is the last digit of the reference's whole length. Source: Bankgirot's control levels 1 to 4.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_

SHORTEST, LONGEST = 2, 25
_DOUBLED = str.maketrans("0123456789", "0246813579")  # twice the digit, its two digits added


class OcrRule(StrEnum):
    """What the bank checks before it takes a payment; the numbers are Bankgirot's levels."""

    SOFT = "soft"  # 1: wrong references are delivered too, as text
    CHECK_DIGIT = "check_digit"  # 2
    LENGTH_DIGIT = "length_digit"  # 3: a reference made for it is right under 1 and 2 as well
    FIXED_LENGTH = "fixed_length"  # 4: one or two lengths are agreed


class NotForOcr(Invalid):
    code = "ocr_number"
    message = N_("%(number)s cannot become an OCR reference: it takes digits only, and 25 in all at most.")


class WrongOcrLength(Invalid):
    code = "ocr_length"
    message = N_("The OCR reference %(reference)s has %(length)s digits, which is not a length agreed with the bank.")


def make(number: str, rule: OcrRule = OcrRule.LENGTH_DIGIT, *, lengths: Collection[int] = ()) -> str:
    """The reference for a number of digits: `10001` becomes `1000173` by length digit, `100016` by check digit.

    For a fixed length, the number is filled with zeros in front to the shortest agreed length that holds it.
    """
    if not (number.isascii() and number.isdigit()):
        raise NotForOcr(number=number)
    body = number
    if rule is OcrRule.LENGTH_DIGIT:
        body += str((len(number) + 2) % 10)
    elif rule is OcrRule.FIXED_LENGTH:
        room = [length for length in sorted(lengths) if length > len(number)]
        if not room:
            raise WrongOcrLength(reference=number, length=len(number) + 1)
        body = number.zfill(room[0] - 1)
    if len(body) >= LONGEST:
        raise NotForOcr(number=number)
    return body + str(check_digit(body))


def is_right(reference: str, rule: OcrRule, *, lengths: Collection[int] = ()) -> bool:
    """Whether the bank lets the reference through under the rule."""
    if rule is OcrRule.SOFT:
        return True
    if not has_check_digit(reference):
        return False
    if rule is OcrRule.LENGTH_DIGIT:
        return len(reference) > SHORTEST and int(reference[-2]) == len(reference) % 10
    return rule is OcrRule.CHECK_DIGIT or len(reference) in lengths


def has_check_digit(reference: str) -> bool:
    """Whether it is 2 to 25 digits, the last of them right by modulus 10."""
    if not (SHORTEST <= len(reference) <= LONGEST and reference.isascii() and reference.isdigit()):
        return False
    return check_digit(reference[:-1]) == int(reference[-1])


def check_digit(body: str) -> int:
    """Modulus 10: from the right, each other digit is doubled, and the digits of it all are added."""
    return -(sum(map(int, body[::-2].translate(_DOUBLED))) + sum(map(int, body[-2::-2]))) % 10
