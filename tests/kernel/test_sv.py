"""Dates and times as people type them."""

import contextlib
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.kernel.sv import InvalidDay, InvalidTime, format_date, parse_day, parse_past_day, parse_time

SUNDAY = date(2026, 11, 22)
THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("idag", "2026-11-22"),
        ("i dag", "2026-11-22"),
        ("today", "2026-11-22"),
        ("i morgon", "2026-11-23"),
        ("Imorgon", "2026-11-23"),
        ("tomorrow", "2026-11-23"),
        ("övermorgon", "2026-11-24"),
        ("tor", "2026-11-26"),
        ("torsdag", "2026-11-26"),
        ("på torsdag", "2026-11-26"),
        ("thu", "2026-11-26"),
        ("on Thursday", "2026-11-26"),
        ("mån", "2026-11-23"),
        ("nästa tisdag", "2026-11-24"),
        ("next week", "2026-11-23"),
        ("nästa vecka", "2026-11-23"),
        ("nästa månad", "2026-12-01"),
        ("+14", "2026-12-06"),
        ("+2v", "2026-12-06"),
        ("+2 veckor", "2026-12-06"),
        ("+1w", "2026-11-29"),
        ("+1m", "2026-12-22"),
        ("om 3 dagar", "2026-11-25"),
        ("in two weeks", "2026-12-06"),
        ("om en vecka", "2026-11-29"),
        ("3/12", "2026-12-03"),
        ("3/1", "2027-01-03"),
        ("22/11", "2026-11-22"),
        ("21/11", "2027-11-21"),
        ("3/12-26", "2026-12-03"),
        ("3.12.2026", "2026-12-03"),
        ("3 dec", "2026-12-03"),
        ("3 december 2026", "2026-12-03"),
        ("den 3:e december", "2026-12-03"),
        ("December 3, 2026", "2026-12-03"),
        ("3rd of Dec", "2026-12-03"),
        ("2026-12-03", "2026-12-03"),
        ("20261203", "2026-12-03"),
        ("261203", "2026-12-03"),
        ("2026/12/03", "2026-12-03"),
        ("2026-1-5", "2026-01-05"),
        ("v48", "2026-11-23"),
        ("v. 48", "2026-11-23"),
        ("vecka 3", "2027-01-18"),
        ("v53", "2026-12-28"),
        ("v48 2027", "2027-11-29"),
        ("v47", "2026-11-22"),
        ("29/2", "2028-02-29"),
        ("\u00a0tor.\u00a0", "2026-11-26"),
    ],
)
def test_a_day_to_come(typed, day):
    assert parse_day(typed, SUNDAY).isoformat() == day


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("igår", "2026-11-21"),
        ("i går", "2026-11-21"),
        ("yesterday", "2026-11-21"),
        ("i förrgår", "2026-11-20"),
        ("idag", "2026-11-22"),
        ("torsdag", "2026-11-19"),
        ("i torsdags", "2026-11-19"),
        ("förra torsdagen", "2026-11-19"),
        ("last thursday", "2026-11-19"),
        ("sön", "2026-11-15"),
        ("förra veckan", "2026-11-09"),
        ("3 dagar sedan", "2026-11-19"),
        ("a week ago", "2026-11-15"),
        ("-3", "2026-11-19"),
        ("3/12", "2025-12-03"),
        ("22/11", "2026-11-22"),
        ("3 nov", "2026-11-03"),
        ("v48", "2025-11-24"),
    ],
)
def test_a_day_gone_by(typed, day):
    assert parse_past_day(typed, SUNDAY).isoformat() == day


def test_the_weekday_of_today_is_a_week_away():
    assert parse_day("torsdag", THURSDAY) == date(2026, 12, 3)
    assert parse_past_day("torsdag", THURSDAY) == date(2026, 11, 19)
    assert parse_day("nästa torsdag", THURSDAY) == date(2026, 12, 3)


def test_a_month_on_from_the_31st_is_the_last_of_the_month():
    assert parse_day("+1m", date(2027, 1, 31)) == date(2027, 2, 28)
    assert parse_day("+3m", date(2026, 11, 30)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "31/2", "31/2 2026", "v99", "v0", "99999999", "+", "+99999999", "3/13", "om x dagar", "32 dec", "in"],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(InvalidDay):
        parse_day(typed, SUNDAY)


@given(st.text(max_size=20) | st.from_regex(r"\A[+vi om]{0,3}\d{1,9}[ /.-]?\d{0,5}[a-zåäö ]{0,8}\Z"), st.dates())
def test_any_text_is_a_day_or_a_named_error(text, today):
    for parse in (parse_day, parse_past_day):
        with contextlib.suppress(InvalidDay):
            assert isinstance(parse(text, today), date)


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(("mån", "tis", "ons", "tors", "fre", "lör", "sön"))
)
def test_a_weekday_is_within_the_next_seven_days(today, word):
    ahead = (parse_day(word, today) - today).days
    behind = (today - parse_past_day(word, today)).days
    assert 1 <= ahead <= 7
    assert 1 <= behind <= 7


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("14:30", time(14, 30)),
        ("14.30", time(14, 30)),
        ("1430", time(14, 30)),
        ("kl 9", time(9)),
        ("kl. 9.15", time(9, 15)),
        ("9", time(9)),
        ("0905", time(9, 5)),
        ("2pm", time(14)),
        ("12 am", time(0)),
        ("at 2:30 PM", time(14, 30)),
    ],
)
def test_a_time_of_day(typed, at):
    assert parse_time(typed) == at


@pytest.mark.parametrize("typed", ["", "25", "24:00", "9:5", "12:60", "13 pm", "nio", "123456"])
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(InvalidTime):
        parse_time(typed)


def test_dates_are_printed_in_both_languages():
    assert format_date(date(2026, 12, 3)) == "3 december 2026"
    assert format_date(date(2026, 12, 3), "en") == "December 3, 2026"
    assert format_date(date(2026, 12, 3), style="short") == "2026-12-03"


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31", "1/1 0001", "31/12/9999", "+9999 m"])
@pytest.mark.parametrize("parse", [parse_day, parse_past_day])
def test_a_year_far_away_is_no_day(typed, parse):
    with pytest.raises(InvalidDay):
        parse(typed, SUNDAY)
