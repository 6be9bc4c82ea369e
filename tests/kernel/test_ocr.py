"""OCR references, against the samples of Bankgirot's files and a check digit counted another way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from infosoc.kernel import ocr
from infosoc.kernel.ocr import OcrRule

NUMBERS = st.text("0123456789", min_size=1, max_size=23)


@pytest.mark.parametrize(
    ("number", "rule", "reference"),
    [
        ("10001", OcrRule.CHECK_DIGIT, "100016"),
        ("10001", OcrRule.LENGTH_DIGIT, "1000173"),
        ("1234567890", OcrRule.LENGTH_DIGIT, "123456789023"),
    ],
)
def test_references_are_made_as_in_the_manual(number, rule, reference):
    assert ocr.make(number, rule) == reference


@pytest.mark.parametrize("reference", ["655969", "657866", "658765", "650861", "659763", "665760", "524967"])
def test_the_banks_samples_have_a_right_check_digit(reference):
    assert ocr.has_check_digit(reference)


@pytest.mark.parametrize("reference", ["189853", "", "7", "1" * 26, "65596A", "６５５９６９", "-655969", "655 969"])
def test_what_is_no_reference_is_not_taken_for_one(reference):
    assert not ocr.has_check_digit(reference)
    assert ocr.is_right(reference, OcrRule.SOFT)


@given(NUMBERS)
def test_the_check_digit_is_that_of_another_library(number):
    assert str(ocr.check_digit(number)) == luhn.calc_check_digit(number)


@given(NUMBERS)
def test_a_reference_made_with_length_digit_is_right_under_the_lesser_rules(number):
    reference = ocr.make(number)
    assert all(ocr.is_right(reference, rule) for rule in list(OcrRule)[:3])
    assert ocr.is_right(reference, OcrRule.FIXED_LENGTH, lengths={len(reference)})
    assert not ocr.is_right(reference, OcrRule.FIXED_LENGTH, lengths={len(reference) + 1})


@given(NUMBERS, st.integers(0, 24), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number, place, shift):
    reference = ocr.make(number)
    place %= len(reference)
    wrong = str((int(reference[place]) + shift) % 10)
    assert not ocr.is_right(reference[:place] + wrong + reference[place + 1 :], OcrRule.CHECK_DIGIT)


def test_a_lost_digit_is_noticed_by_the_length():
    assert ocr.is_right("1000173", OcrRule.LENGTH_DIGIT)
    assert not ocr.is_right("0100016", OcrRule.LENGTH_DIGIT)


def test_a_fixed_length_is_filled_with_zeros_and_not_exceeded():
    assert ocr.make("10001", OcrRule.FIXED_LENGTH, lengths=(8, 10)) == "00100016"
    with pytest.raises(ocr.WrongOcrLength):
        ocr.make("12345678", OcrRule.FIXED_LENGTH, lengths=(8,))


@pytest.mark.parametrize("number", ["", "F-10", "1" * 24, "-1"])
def test_what_cannot_become_a_reference_is_refused(number):
    with pytest.raises(ocr.NotForOcr):
        ocr.make(number)
