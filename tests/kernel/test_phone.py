"""Phone numbers: the quick way gives the library's answer."""

import phonenumbers
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from infosoc.kernel import phone
from infosoc.kernel.phone import InvalidPhone, PhoneKind, normalise, parse_phone


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("070-174 06 10", "+46701740610"),
        ("0046 40-628 04 11", "+46406280411"),
        ("+46406280411", "+46406280411"),
        ("031 - 390 06 22", "+46313900622"),
        ("08-46500401", "+46846500401"),
        ("+46 (0)70 174 06 10", "+46701740610"),
        ("070\u00a0174\u201106 10", "+46701740610"),
        ("(08) 465 004 01", "+46846500401"),
        ("08/46500401", "+46846500401"),
        ("46701740610", "+46701740610"),
        ("+44 20 7946 0958", "+442079460958"),
        ("0044 20 7946 0958", "+442079460958"),
        ("Tel: 070-174 06 10", "+46701740610"),
        ("070-174 06 10 (mobil)", "+46701740610"),
        ("08-465 004 01 vx", "+46846500401"),
    ],
)
def test_the_ways_to_write_a_number(written, e164):
    assert normalise(written) == e164


@pytest.mark.parametrize(
    "written", ["", "112", "@SUM(1+1)", "-2+3", "RINGMIG", "0", "070-174", "1-800-FLOWERS", "19121212-1212"]
)
def test_what_is_no_number_is_refused(written):
    with pytest.raises(InvalidPhone):
        parse_phone(written)


@pytest.mark.parametrize("written", ["08-465 004 01 ankn 22", "08-465 004 01, anknytning: 22", "08-465 004 01 ext. 22"])
def test_an_extension_is_kept_apart(written):
    assert parse_phone(written) == ("+46846500401", "22", PhoneKind.LANDLINE)


def by_library(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "SE")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_valid_number(number):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


@given(st.sampled_from(("0", "+46", "0046", "+460", "+46 (0)")), st.from_regex(r"[1-9][0-9 -]{4,11}", fullmatch=True))
@example("0", "77-1 23 45 67")
@example("0", "20-123456")
@example("+46", "46123456")
@example("0", "8465004010")
def test_the_quick_way_gives_the_librarys_answer(prefix, rest):
    written = prefix + rest
    try:
        ours = normalise(written)
    except InvalidPhone:
        ours = None
    assert ours == by_library(written)


@given(st.text(max_size=25))
def test_any_text_is_a_number_or_a_named_error(text):
    try:
        found = parse_phone(text)
    except InvalidPhone:
        return
    assert found.e164[0] == "+"
    assert found.e164[1:].isdigit()


@given(st.from_regex(r"(7[02369]|8|31|40|77|10|20)[0-9]{5,8}", fullmatch=True))
def test_the_kind_is_the_librarys(national):
    number = phonenumbers.parse(f"+46{national}")
    assume(phonenumbers.is_valid_number(number))
    kinds = {phonenumbers.PhoneNumberType.MOBILE: "mobile", phonenumbers.PhoneNumberType.FIXED_LINE: "landline"}
    assert phone.kind(f"+46{national}") == kinds.get(phonenumbers.number_type(number), "other")
    assert parse_phone(f"0{national}").kind == phone.kind(f"+46{national}")


@pytest.mark.parametrize(
    ("cell", "pieces"),
    [
        ("070-174 06 10 / 070-174 06 11", ["070-174 06 10", "070-174 06 11"]),
        ("0701740610/0701740611", ["0701740610", "0701740611"]),
        ("08/46500401", ["08/46500401"]),
        ("070-174 06 10, 031-390 06 22", ["070-174 06 10", "031-390 06 22"]),
        ("070-174 06 10 och 031-390 06 22;", ["070-174 06 10", "031-390 06 22"]),
        ("", []),
    ],
)
def test_a_cell_may_hold_several_numbers(cell, pieces):
    assert phone.split(cell) == pieces


def test_numbers_are_shown_as_people_write_them():
    assert phone.display("+46701740610") == "070-174 06 10"
    assert phone.display("+46846500401") == "08-465 004 01"
    assert phone.display("+442079460958") == "+44 20 7946 0958"
    assert phone.display("rubbish") == "rubbish"


@pytest.mark.parametrize(
    "typed",
    [
        "0610",
        "06 10",
        "070-174 06 10",
        "+46701740610",
        "+46 (0)70-174",
        "0046 70 174",
        "174 06",
        "46701740610",
        "0701740610",
    ],
)
def test_a_search_finds_the_number_in_any_format(typed):
    assert phone.query_digits(typed) in phone.search_digits("+46701740610")


@pytest.mark.parametrize("typed", ["Lönn", "anna@x.se", "AB 12"])
def test_words_are_no_phone_search(typed):
    assert phone.query_digits(typed) == ""
