"""Organisation numbers, legal forms, and personal identity numbers in free text. All numbers are invented."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from personnummer import personnummer
from stdnum import luhn

from infosoc.kernel.identity import (
    ForeignNumber,
    InvalidOrgNumber,
    LegalForm,
    NoSuchDate,
    PersonalNumberInText,
    WrongCheckDigit,
    find_personal_number,
    format_org_number,
    guess_legal_form,
    has_personal_number,
    is_sole_trader_number,
    mask_org_number,
    mask_personal_numbers,
    parse_org_number,
    refuse_personal_numbers,
)


def with_check_digit(body: str) -> str:
    return body + luhn.calc_check_digit(body)


org_numbers = st.builds(
    lambda first, second, rest: with_check_digit(f"{first}{second}{rest:07d}"),
    st.sampled_from("235789"),
    st.integers(0, 9),
    st.integers(2_000_000, 9_999_999),
)
birthdays = st.dates(date(1890, 1, 1), date(2026, 11, 22))


@st.composite
def personal_numbers(draw) -> str:
    """Twelve digits, every other one a coordination number."""
    born = draw(birthdays)
    day = born.day + draw(st.sampled_from((0, 60)))
    return f"{born.year // 100}" + with_check_digit(f"{born:%y%m}{day:02d}{draw(st.integers(1, 999)):03d}")


@pytest.mark.parametrize(
    "written",
    [
        "559724-6270",
        "5597246270",
        "16559724-6270",
        "165597246270",
        " 559724 6270 ",
        "559724\u00a06270",
        "559724–6270",
        "559724\u20116270",
        "5597246270.0",
        "SE559724627001",
        "se 5597246270 01",
    ],
)
def test_the_ways_to_write_an_organisation_number(written):
    assert parse_org_number(written) == "5597246270"


@pytest.mark.parametrize("written", ["121212-1212", "19121212-1212", "191212121212", "121212+1212", "1212121212"])
def test_the_ways_to_write_a_sole_traders_number(written):
    assert parse_org_number(written) == "1212121212"
    assert is_sole_trader_number("1212121212")


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("559123-4567", WrongCheckDigit),
        ("121360-1212", NoSuchDate),
        ("0000000000", NoSuchDate),
        ("GB123456789", ForeignNumber),
        ("DE 123 456 789", ForeignNumber),
        ("", InvalidOrgNumber),
        ("55972462", InvalidOrgNumber),
        ("19559724-6270", InvalidOrgNumber),
        ("161212121212", InvalidOrgNumber),
        ("5,59725E+09", InvalidOrgNumber),
        ("٥٥٩٧٢٤٦٢٧٠", InvalidOrgNumber),
    ],
)
def test_what_is_wrong_with_a_number_is_named(written, error):
    with pytest.raises(InvalidOrgNumber) as caught:
        parse_org_number(written)
    assert type(caught.value) is error


@given(org_numbers)
def test_a_good_number_survives_printing_and_one_wrong_digit_does_not(number):
    assert parse_org_number(format_org_number(number)) == number
    wrong = number[:5] + str((int(number[5]) + 1) % 10) + number[6:]
    with pytest.raises(WrongCheckDigit):
        parse_org_number(wrong)
    assert not is_sole_trader_number(number)


@given(personal_numbers())
def test_every_personal_number_is_a_sole_traders_number(number):
    assert is_sole_trader_number(parse_org_number(number))
    assert parse_org_number(f"{number[:8]}-{number[8:]}") == number[2:]


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_named_error(text):
    with contextlib.suppress(InvalidOrgNumber):
        assert len(parse_org_number(text)) == 10


def test_masking_leaves_the_last_four():
    assert mask_org_number("1212121212") == "••••••-1212"


@pytest.mark.parametrize(
    ("name", "number", "form"),
    [
        ("Åkeri AB", None, LegalForm.LIMITED_COMPANY),
        ("Vad som helst", "5597246270", LegalForm.LIMITED_COMPANY),
        ("Gnosjö kommun", None, LegalForm.MUNICIPALITY),
        ("Gnosjö kommun", "2120000522", LegalForm.MUNICIPALITY),
        ("Stockholms stad", None, LegalForm.MUNICIPALITY),
        ("Region Skåne", "2321000255", LegalForm.REGION),
        ("Myndigheten", "2021002114", LegalForm.STATE_AUTHORITY),
        ("Lönn & Co HB", "9690297321", LegalForm.TRADING_PARTNERSHIP),
        ("Lönn KB", "9690297321", LegalForm.LIMITED_PARTNERSHIP),
        ("Brf Solen", None, LegalForm.ECONOMIC_ASSOCIATION),
        ("Solens ek. för.", None, LegalForm.ECONOMIC_ASSOCIATION),
        ("Kulturföreningen Solen", "8020000000", LegalForm.NON_PROFIT_ASSOCIATION),
        ("Stiftelsen Solen", "8020000000", LegalForm.FOUNDATION),
        ("Solen AB", "1212121212", LegalForm.SOLE_TRADER),
        ("Sun Ltd", None, LegalForm.FOREIGN),
        ("Abba Seafood", None, None),
    ],
)
def test_legal_form_is_guessed_from_number_then_name(name, number, form):
    assert guess_legal_form(name, number) is form


@pytest.mark.parametrize(
    "text",
    [
        "hans personnummer är 19121212-1212 ta bort",
        "121212-1212",
        "121212+1212",
        "1212121212",
        "121212 1212",
        "121212 – 1212",
        "1912-12-12-1212",
        "1912-12-12 1212",
        "12-12-12-1212",
        "pnr:191212121212.",
        "x191212121212y",
        "１２１２１２－１２１２",
        "(121212-1212)",
        "samordningsnummer 121272-1219",
        "121272\u20111219",
    ],
)
def test_a_personal_number_is_found_in_every_dress(text):
    assert has_personal_number(text)
    assert not has_personal_number(mask_personal_numbers(text))


@pytest.mark.parametrize(
    "text",
    [
        "559724-6270",
        "16559724-6270",
        "OCR 1191212121212",
        "3191212121212345",
        "121212-1213",
        "123112-1212",
        "070-174 06 10",
        "+46 70 174 06 10",
        "08-465 004 01",
        "2026-12-03",
        "20261203",
        "mötet 20260817 1430",
        "SE45 5000 0000 0583 9825 7466",
        "faktura 12121212 1212",
        "1.12.121212",
        "",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert find_personal_number(text) == []


@given(
    personal_numbers(), st.sampled_from(("", "-", "+", " ", "–")), st.booleans(), st.text("abc åäö,.:\n", max_size=9)
)
def test_every_personal_number_is_found_where_it_stands(number, hyphen, with_century, around):
    written = f"{number[0 if with_century else 2 : 8]}{hyphen}{number[8:]}"
    if hyphen == "" and not with_century and written[0] == "0":
        around += " pnr "  # a bare ten-digit run from 0 may be a phone number
    if hyphen == " " and number[:4] >= "2015":
        return  # reads as a date and a time
    span = find_personal_number(f"{around}{written}{around}")[0]
    assert (span.start, span.end) == (len(around), len(around) + len(written))
    assert personnummer.valid(written.replace("–", "-").replace(" ", "-"))


@pytest.mark.parametrize(
    "text",
    ["81 12 18 98 76", "811218.9876", "811218/9876", "19811218_9876", "811218 98 76", "8112 18-9876", "811218\n9876",
     "811218-\r\n9876", "19 81 12 18 98 76", "1981.12.18.98.76", "ring Anna, 81 12 18 98 76, i dag", "81-12-18 9876",
     "81 12 18  9876", "pnr 05 12 18 98 79", "811218\u00a098\u00a076", "lgh 1102 född 12 81 12 18 98 76"],
)  # fmt: skip
def test_a_personal_number_taken_apart_is_found(text):
    assert has_personal_number(text)
    assert not has_personal_number(mask_personal_numbers(text))


@pytest.mark.parametrize(
    "text",
    ["08 12 12 18 98", "08-12 12 18 96", "070-11 21 233", "+46 81 12 18 98 76", "0046 81 12 18 98 76",
        "+81 12 18 98 76",
     "81 12 18 98 75", "81 13 18 98 76", "konto 8112 18 98 76 12", "2026-12-03 14.30", "26 12 03 14 30",
     "1 811 218 987,60 kr", "811 218 9876", "2026-01-10 – 2026-02-10"],
)  # fmt: skip
def test_phone_numbers_amounts_and_times_in_groups_are_left_alone(text):
    assert find_personal_number(text) == []


@given(
    personal_numbers(),
    st.lists(st.sampled_from(("", " ", ".", "_", "/", " - ")), min_size=5, max_size=5),
    st.booleans(),
)
def test_a_personal_number_in_pairs_is_found_by_whatever_they_are_parted(number, marks, with_century):
    digits = number[0 if with_century else 2 :]
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    marks = marks[-(len(pairs) - 1) :]
    written = pairs[0] + "".join(mark + pair for mark, pair in zip(marks, pairs[1:], strict=False))
    is_phone = not with_century and number[2] == "0"
    century = number[:2] if with_century else "20" if number[2] < "4" else "19"  # as a reader would take it
    is_time = century == "20" and number[2:4] >= "15" and number[8:10] < "24" and number[10:] < "60"
    if not any(marks) or not marks[-2] or is_phone or is_time:
        return  # those are judged otherwise
    assert has_personal_number(written)


@given(
    st.integers(10**7, 10**8 - 1),
    st.sampled_from(("0{} {} {} {}", "0{}-{} {} {}", "+46 {} {} {} {}", "0046 {} {} {} {}")),
)
def test_no_phone_number_in_groups_of_two_is_taken_for_a_personal_number(number, form):
    """They begin with 0 and an area code of one digit, or with the country's number."""
    digits = str(number)[: 9 if form[0] == "0" and form[1] == "{" else 8]
    groups = [digits[:1], digits[1:3], digits[3:5], digits[5:]]
    assert not has_personal_number(form.format(*groups))


@given(org_numbers, st.text("ab 16-.", max_size=6))
def test_organisation_numbers_are_never_taken_for_personal_numbers(number, around):
    assert not has_personal_number(f"{around} {number} {format_org_number(number)}{around}")


@given(st.text("0123456789- +.:/ab", max_size=40))
def test_what_is_found_is_a_valid_personal_number(text):
    for span in find_personal_number(text):
        digits = "".join(char for char in text[span.start : span.end] if char.isdigit())
        assert personnummer.valid(digits)


@pytest.mark.parametrize(
    ("text", "found"),
    [("ring 0701121233", False), ("0701121233", True), ("ring pnr 0701121233", True), ("0701740613", False)],
)
def test_ten_bare_digits_from_zero_are_judged_by_the_words_before(text, found):
    digits = text[-10:]
    number = digits[:9] + luhn.calc_check_digit(digits[:9])
    assert has_personal_number(text[:-10] + number) is found


def test_free_text_with_a_personal_number_is_refused_without_repeating_it():
    refuse_personal_numbers("ring 070-174 06 10 om 559724-6270")
    with pytest.raises(PersonalNumberInText) as caught:
        refuse_personal_numbers("hans är 19121212-1212", field="note")
    assert caught.value.field == "note"
    assert "1212" not in f"{caught.value!r} {caught.value}"
