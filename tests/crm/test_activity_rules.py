"""What may be logged and planned, and how a moment is read. No database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from infosoc.crm import activity_rules as rules
from infosoc.crm.activity_rules import NewEntry
from infosoc.crm.rules import EntryKind, Outcome
from infosoc.kernel import clock

NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)  # a Sunday, 14:30 in Sweden
SUNDAY = date(2026, 11, 22)


def moment(text: str) -> str:
    return clock.local(rules.parse_moment(text, NOW)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "2026-11-22 14:30"),
        ("nu", "2026-11-22 14:30"),
        ("i dag", "2026-11-22 14:30"),
        ("9", "2026-11-22 09:00"),
        ("kl 9.15", "2026-11-22 09:15"),
        ("1430", "2026-11-22 14:30"),
        ("i går", "2026-11-21 12:00"),
        ("i går 9:15", "2026-11-21 09:15"),
        ("yesterday at 4 pm", "2026-11-21 16:00"),
        ("tor", "2026-11-19 12:00"),
        ("tor kl 13", "2026-11-19 13:00"),
        ("3/12 13:00", "2025-12-03 13:00"),
        ("2026-11-20 08:05", "2026-11-20 08:05"),
        ("2026-07-01, 08:05", "2026-07-01 08:05"),
    ],
)
def test_a_moment_is_read_as_people_write_it(text, expected):
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["snart", "25:00", "tor 99", "i går i går"])
def test_what_is_no_moment_is_refused_in_words(text):
    with pytest.raises(rules.UnreadableMoment) as caught:
        rules.parse_moment(text, NOW)
    assert caught.value.field == "when"


def test_a_call_cannot_be_logged_before_it_has_happened():
    with pytest.raises(rules.HappensInTheFuture):
        rules.check_entry(NewEntry(EntryKind.CALL, NOW + timedelta(minutes=6)), NOW)


def test_a_clock_that_goes_a_little_wrong_is_forgiven():
    rules.check_entry(NewEntry(EntryKind.CALL, NOW + timedelta(minutes=4)), NOW)


def test_the_log_does_not_go_further_back_than_1990():
    with pytest.raises(rules.HappenedTooLongAgo):
        rules.check_entry(NewEntry(EntryKind.CALL, datetime(1989, 12, 31, tzinfo=UTC)), NOW)


@pytest.mark.parametrize(
    ("kind", "outcome", "fits"),
    [
        (EntryKind.ATTEMPT, Outcome.NO_ANSWER, True),
        (EntryKind.ATTEMPT, Outcome.WRONG_NUMBER, True),
        (EntryKind.ATTEMPT, Outcome.REACHED, False),
        (EntryKind.ATTEMPT, None, False),
        (EntryKind.CALL, Outcome.INTERESTED, True),
        (EntryKind.CALL, None, True),
        (EntryKind.CALL, Outcome.NO_ANSWER, False),
        (EntryKind.MEETING, Outcome.VOICEMAIL, False),
        (EntryKind.NOTE, None, True),
        (EntryKind.NOTE, Outcome.REACHED, False),
    ],
)
def test_a_contact_and_an_attempt_have_outcomes_of_their_own(kind, outcome, fits):
    assert rules.outcome_fits(kind, outcome) is fits


def test_a_note_without_words_is_refused():
    with pytest.raises(rules.NothingWritten):
        rules.check_entry(NewEntry(EntryKind.NOTE, NOW, text="  "), NOW)


def test_a_follow_up_is_for_today_or_later():
    rules.check_due(SUNDAY, SUNDAY)
    with pytest.raises(rules.DueInThePast):
        rules.check_due(SUNDAY - timedelta(days=1), SUNDAY)
    with pytest.raises(rules.DueTooFarAway):
        rules.check_due(date(2062, 1, 1), SUNDAY)


def test_a_call_is_tried_again_on_working_days():
    days = rules.retry_days(date(2026, 11, 26))  # a Thursday
    assert [day.isoformat() for day in days] == ["2026-11-27", "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"]


def test_weeks_count_contacts_and_attempts_apart_and_leave_notes_out():
    days = [
        (date(2026, 11, 16), "call", 2),
        (date(2026, 11, 22), "meeting", 1),
        (date(2026, 11, 22), "attempt", 4),
        (date(2026, 11, 22), "note", 9),
        (date(2026, 11, 15), "call", 5),
        (date(2020, 1, 1), "call", 7),
    ]
    weeks = rules.by_week(days, SUNDAY)
    assert len(weeks) == rules.WEEKS_SHOWN
    assert (weeks[-1].number, weeks[-1].contacts, weeks[-1].attempts) == (47, 3, 4)
    assert weeks[-2].contacts == 5
    assert sum(week.contacts for week in weeks) == 8


@pytest.mark.parametrize(("author", "steward", "may"), [(1, False, True), (2, False, False), (2, True, True)])
def test_an_entry_is_its_authors_and_the_stewards(author, steward, may):
    assert rules.may_change(author, 1, steward=steward) is may
