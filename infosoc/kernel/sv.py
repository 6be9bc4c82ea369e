"""Dates and times as people type and read them, in Swedish and English.

`parse_day` looks forward (a follow-up), `parse_past_day` looks back (a call that was made). A weekday is the next or
last such day, never today. Without a year, a date is the nearest one in the direction looked. Weeks are ISO weeks.
Numbers are always day before month: `3/12` is the third of December.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Literal

from babel.dates import format_date as babel_format_date

from infosoc.kernel.errors import Invalid
from infosoc.kernel.text import clean, fold
from infosoc.kernel.words import N_


class InvalidDay(Invalid):
    """Not a date in any way we know to write one."""

    code = "date_invalid"
    message = N_("This is not a date. Enter it as 2026-12-03, 3/12, tomorrow, thu or +14.")


class InvalidTime(Invalid):
    code = "time_invalid"
    message = N_("This is not a time of day. Enter it as 14:30.")


Direction = Literal[1, -1]
FORWARD: Direction = 1
BACK: Direction = -1

# Years outside these are slips of the finger, and the very first and last days have no instant in every time zone.
EARLIEST, LATEST = 1900, 2199

_WORDS = {
    **dict.fromkeys(("idag", "i dag", "today", "nu", "now"), 0),
    **dict.fromkeys(("imorgon", "i morgon", "imorrn", "i morrn", "tomorrow"), 1),
    **dict.fromkeys(("overmorgon", "i overmorgon", "iovermorgon", "day after tomorrow", "the day after tomorrow"), 2),
    **dict.fromkeys(("igar", "i gar", "yesterday"), -1),
    **dict.fromkeys(("forrgar", "i forrgar", "iforrgar", "day before yesterday", "the day before yesterday"), -2),
}
_WEEKDAYS = (
    ("man", "mandag", "mandagen", "mon", "monday"),
    ("tis", "tisdag", "tisdagen", "tue", "tues", "tuesday"),
    ("ons", "onsdag", "onsdagen", "wed", "wednesday"),
    ("tor", "tors", "torsdag", "torsdagen", "thu", "thur", "thurs", "thursday"),
    ("fre", "fredag", "fredagen", "fri", "friday"),
    ("lor", "lordag", "lordagen", "sat", "saturday"),
    ("son", "sondag", "sondagen", "sun", "sunday"),
)
_WEEKDAY = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}
_MONTHS = (
    ("jan", "januari", "january"), ("feb", "februari", "february"), ("mar", "mars", "march"), ("apr", "april"),
    ("maj", "may"), ("jun", "juni", "june"), ("jul", "juli", "july"), ("aug", "augusti", "august"),
    ("sep", "sept", "september"), ("okt", "oktober", "oct", "october"), ("nov", "november"), ("dec", "december"),
)  # fmt: skip
_MONTH = {word: number for number, words in enumerate(_MONTHS, 1) for word in words}
_UNITS = {
    **dict.fromkeys(("", "d", "dag", "dagar", "dgr", "day", "days"), "day"),
    **dict.fromkeys(("v", "vecka", "veckor", "veckan", "w", "week", "weeks"), "week"),
    **dict.fromkeys(("m", "man", "manad", "manader", "manaden", "month", "months"), "month"),
}
_NUMBERS = {"en": 1, "ett": 1, "a": 1, "an": 1, "one": 1, "tva": 2, "two": 2, "tre": 3, "three": 3}

_ISO = re.compile(r"(\d{4})[-/. ]?(\d\d)[-/. ]?(\d\d)|(\d{4})-(\d)-(\d\d?)")
_SHORT_ISO = re.compile(r"(\d\d)(\d\d)(\d\d)|(\d\d)-(\d\d)-(\d\d)")
_DAY_MONTH = re.compile(r"(\d{1,2})\s?[/.]\s?(\d{1,2})(?:[-/. ]\s?(\d{4}|\d\d))?\.?")
_DAY_NAME = re.compile(r"(?:den )?(\d{1,2})(?:\.|:?e|:?a|st|nd|rd|th)? (?:of )?([a-z]+)\.?,?(?: (\d{4}))?")
_NAME_DAY = re.compile(r"([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?")
_STEP = re.compile(r"([+-])\s?(\d{1,4})\s?([a-z]*)")
_IN = re.compile(r"(?:om|in) (\d{1,4}|[a-z]+) ([a-z]+)")
_AGO = re.compile(r"(?:for )?(\d{1,4}|[a-z]+) ([a-z]+) (?:sedan|sen|ago)")
_NEXT = re.compile(r"(?:nasta|next) ([a-z]+)")
_LAST = re.compile(r"(?:forra|senaste|last|i) ([a-z]+?)s?")
_WEEK = re.compile(r"(?:v|vecka|week|w)\.? ?(\d{1,2})(?:[ ,-]+(\d{4}))?")
_TIME = re.compile(r"(?:kl\.?|klockan|at)?\s*(\d{1,2})(?:[:.](\d\d)|(?<=\d\d)(\d\d))?\s*(am|pm)?")


def parse_day(text: str, today: date) -> date:
    """The day meant, looking forward from `today`; raises `InvalidDay`."""
    return _parse(text, today, FORWARD)


def parse_past_day(text: str, today: date) -> date:
    """The day meant, looking back from `today`; raises `InvalidDay`."""
    return _parse(text, today, BACK)


def parse_time(text: str) -> time:
    """The time of day meant: `14:30`, `14.30`, `1430`, `kl 9`, `2 pm`; raises `InvalidTime`."""
    found = _TIME.fullmatch(clean(text).lower())
    if not found:
        raise InvalidTime
    hour, minute = int(found[1]), int(found[2] or found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            raise InvalidTime
        hour = hour % 12 + (12 if found[4] == "pm" else 0)
    if hour > 23 or minute > 59:
        raise InvalidTime
    return time(hour, minute)


def format_date(day: date, locale: str = "sv", style: Literal["short", "medium", "long", "full"] = "long") -> str:
    """The date in words: `3 december 2026`, `3 dec. 2026` (medium); `short` is always ISO, 2026-12-03."""
    return day.isoformat() if style == "short" else babel_format_date(day, format=style, locale=locale)


def _parse(text: str, today: date, direction: Direction) -> date:
    words = fold(clean(text)).strip(" .,")
    words = re.sub(r"^(pa|on|till|this|kommande) ", "", words)
    try:
        day = _relative(words, today, direction) or _absolute(words, today, direction)
    except (ValueError, OverflowError) as error:  # such as the 31st of February
        raise InvalidDay from error
    if day is None or not EARLIEST <= day.year <= LATEST:
        raise InvalidDay
    return day


def _relative(words: str, today: date, direction: Direction) -> date | None:
    if words in _WORDS:
        return today + timedelta(days=_WORDS[words])
    if words in _WEEKDAY:
        return _weekday(_WEEKDAY[words], today, direction)
    if found := _STEP.fullmatch(words):
        return _step(int(found[1] + found[2]), found[3], today)
    if found := _IN.fullmatch(words):
        return _step(_number(found[1]), found[2], today)
    if found := _AGO.fullmatch(words):
        return _step(-_number(found[1]), found[2], today)
    if found := _NEXT.fullmatch(words):
        return _next(found[1], today)
    if found := _LAST.fullmatch(words):
        return _last(found[1], today)
    if found := _WEEK.fullmatch(words):
        return _week(int(found[1]), int(found[2]) if found[2] else None, today, direction)
    return None


def _absolute(words: str, today: date, direction: Direction) -> date | None:
    if found := _ISO.fullmatch(words):
        year, month, day = (int(part) for part in found.groups() if part)
        return date(year, month, day)
    if found := _SHORT_ISO.fullmatch(words):
        year, month, day = (int(part) for part in found.groups() if part)
        return date(2000 + year, month, day)
    if found := _DAY_MONTH.fullmatch(words):
        return _dated(int(found[1]), int(found[2]), found[3], today, direction)
    if (found := _DAY_NAME.fullmatch(words)) and found[2] in _MONTH:
        return _dated(int(found[1]), _MONTH[found[2]], found[3], today, direction)
    if (found := _NAME_DAY.fullmatch(words)) and found[1] in _MONTH:
        return _dated(int(found[2]), _MONTH[found[1]], found[3], today, direction)
    return None


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word not in _NUMBERS:
        raise ValueError(word)
    return _NUMBERS[word]


def _step(count: int, unit: str, today: date) -> date | None:
    match _UNITS.get(unit):
        case "day":
            return today + timedelta(days=count)
        case "week":
            return today + timedelta(weeks=count)
        case "month":
            return _months_later(today, count)
        case _:
            return None


def _months_later(day: date, count: int) -> date:
    """The same day of a later month, or that month's last day when it is shorter."""
    months = day.year * 12 + day.month - 1 + count
    first = date(months // 12, months % 12 + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)


def _weekday(weekday: int, today: date, direction: Direction) -> date:
    """The next or last such day, never today: who means today says today."""
    if direction == FORWARD:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def _next(word: str, today: date) -> date | None:
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=1)
    if word in _WEEKDAY:
        return monday + timedelta(days=_WEEKDAY[word])  # "nästa tisdag" is Tuesday of next week
    match _UNITS.get(word):
        case "week":
            return monday
        case "month":
            return _months_later(today.replace(day=1), 1)
        case _:
            return None


def _last(word: str, today: date) -> date | None:
    if word in _WEEKDAY:
        return _weekday(_WEEKDAY[word], today, BACK)  # "i torsdags", "förra torsdagen", "last thursday"
    match _UNITS.get(word):
        case "week":
            return today - timedelta(days=today.weekday()) - timedelta(weeks=1)
        case "month":
            return _months_later(today.replace(day=1), -1)
        case _:
            return None


def _week(week: int, year: int | None, today: date, direction: Direction) -> date | None:
    """Monday of the week; when that week is the present one, today."""
    if year is not None:
        return date.fromisocalendar(year, week, 1)
    this_year, this_week, _ = today.isocalendar()
    if week == this_week:
        return today
    if direction == FORWARD:
        years = range(this_year + (week < this_week), this_year + 8)
    else:
        years = range(this_year - (week > this_week), this_year - 8, -1)
    return next((day for year in years if (day := _monday(year, week))), None)


def _monday(year: int, week: int) -> date | None:
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:  # a week 53 that this year does not have
        return None


def _dated(day: int, month: int, year: str | None, today: date, direction: Direction) -> date:
    if year is not None:
        return date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    years = range(today.year, today.year + 9) if direction == FORWARD else range(today.year, today.year - 9, -1)
    for candidate in years:
        try:
            found = date(candidate, month, day)
        except ValueError:  # the 29th of February
            continue
        if (found - today).days * direction >= 0:
            return found
    raise ValueError("no such day")
