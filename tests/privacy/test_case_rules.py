"""The one-month rule with its warnings, and the 72 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from infosoc.kernel import workdays
from infosoc.privacy import rules
from infosoc.privacy.rules import CaseKind

# The examples of the requirement, and days around holidays.
DUE = [
    (date(2026, 11, 22), date(2026, 12, 22)),
    (date(2026, 11, 25), date(2026, 12, 28)),
    (date(2027, 1, 31), date(2027, 3, 1)),  # 28 February 2027 is a Sunday
    (date(2024, 1, 31), date(2024, 2, 29)),
    (date(2026, 12, 6), date(2027, 1, 7)),  # Epiphany
    (date(2026, 5, 6), date(2026, 6, 8)),  # the national day is a Saturday
]


@pytest.mark.parametrize(("received", "due"), DUE)
def test_p21_a_request_is_due_a_month_on_moved_to_a_working_day(received, due):
    assert rules.due_on(received) == due


def test_p21_the_proof_sees_a_rule_that_forgets_the_working_day(monkeypatch):
    monkeypatch.setattr(workdays, "working_day_from", lambda day: day)
    assert [rules.due_on(received) == due for received, due in DUE].count(False) == 4


def test_p21_an_extension_is_counted_from_the_day_it_came():
    assert rules.extended_due_on(date(2026, 11, 22)) == date(2027, 2, 22)


@pytest.mark.parametrize(("left", "warned"), [(11, None), (10, 10), (4, 10), (3, 3), (1, 3), (0, 0), (-5, 0)])
def test_p21_warnings_come_at_ten_three_and_no_days(left, warned):
    day = date(2026, 12, 22)
    assert rules.warning(day, day - timedelta(days=left)) == warned


def test_p70_seventy_two_hours_count_holidays_too():
    aware = datetime(2026, 12, 24, 15, 0, tzinfo=UTC)
    assert rules.report_by(aware) == datetime(2026, 12, 27, 15, 0, tzinfo=UTC)


def test_p15_a_balancing_test_is_due_after_two_years():
    assert rules.review_on(date(2026, 11, 22)) == date(2028, 11, 22)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ta bort mig från era utskick", CaseKind.OBJECT),
        ("Jag vill ha ett registerutdrag", CaseKind.ACCESS),
        ("Radera mina uppgifter", CaseKind.ERASE),
        ("Min titel stämmer inte", CaseKind.CORRECT),
        ("Hej, en fråga", CaseKind.INFORMATION),
    ],
)
def test_p20_a_letter_is_sorted_by_its_words(text, kind):
    assert rules.likely_kind(text) is kind


def test_p20_the_number_of_a_case_is_read_from_the_subject():
    assert rules.case_number("Sv: Vi har tagit emot din begäran (ärende 12)") == 12
    assert rules.case_number("Hej på dig") is None


@pytest.mark.parametrize("kind", list(CaseKind))
def test_p20_a_case_offers_the_few_letters_that_answer_it(kind):
    fresh, later = rules.letters_of(kind, []), rules.letters_of(kind, ["received"])
    assert fresh == (rules.LetterKind.RECEIVED, *later)
    assert len(later) <= 2
    assert set(later) <= rules.ANSWERS


def test_a_place_to_fill_in_is_found_and_brackets_of_people_are_not():
    assert rules.is_unfinished("Vänd dig till:\n\n(skriv kunden och dess kontaktuppgifter här)\n")
    assert rules.is_unfinished("The reason is: (write the reason here)")
    assert not rules.is_unfinished("Vi ringer (helst i morgon). Skriv gärna här.")
    assert rules.filled_in("Till:\n(skriv kunden här)\nHej", r"Kund \1 AB") == "Till:\nKund \\1 AB\nHej"
