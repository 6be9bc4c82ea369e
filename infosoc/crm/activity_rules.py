"""What may be written in the contact log and as a follow-up, and whom to call. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from infosoc.crm.rules import ATTEMPT_OUTCOMES, CONTACT_KINDS, Direction, EntryKind, Outcome
from infosoc.kernel import clock, sv
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.words import N_

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
SKEW = timedelta(minutes=5)
LATEST_YEARS = 10
NOON = time(12, 0)
QUIET_DAYS = 90
# What a tenant may choose instead.
QUIET_LEAST, QUIET_MOST = 7, 730
RETRY_DAYS = 7
WEEKS_SHOWN = 12

CONTACT_OUTCOMES = tuple(outcome for outcome in Outcome if outcome not in ATTEMPT_OUTCOMES)
TRIED_OUTCOMES = tuple(outcome for outcome in Outcome if outcome in ATTEMPT_OUTCOMES)


class HappensInTheFuture(Invalid):
    message = N_("This has not happened yet. Add it as a follow-up instead.")


class HappenedTooLongAgo(Invalid):
    message = N_("The log begins in 1990. Check the year.")


class OutcomeOfAnother(Invalid):
    message = N_("This outcome does not go with that kind of contact.")


class UnreadableMoment(Invalid):
    message = N_("Enter when it was: 14:30, yesterday 9:15, thu 13:00 or 2026-12-03 14:30. Leave it empty for now.")


class DueInThePast(Invalid):
    message = N_("That day has passed. Choose today or later.")


class DueTooFarAway(Invalid):
    message = N_("That is more than ten years away. Check the year.")


class NothingWritten(Invalid):
    message = N_("A note needs a text.")


class NotYours(Refused):
    message = N_("Only the one who wrote it may change it.")


@dataclass(frozen=True)
class NewFollowUp:
    """What is to be done, when and by whom."""

    due_on: date
    note: str = ""
    assignee_id: int | None = None
    contact: str | None = None


@dataclass(frozen=True)
class NewEntry:
    """One contact or attempt, as somebody writes it down. `contact` is a public id."""

    kind: EntryKind
    happened_at: datetime
    direction: Direction = Direction.OUT
    outcome: Outcome | None = None
    text: str = ""
    contact: str | None = None


def check_entry(entry: NewEntry, now: datetime) -> None:
    """Refuse a contact that cannot have been: in the future, before 1990, or with the outcome of something else."""
    if entry.happened_at > now + SKEW:
        raise HappensInTheFuture(field="when")
    if entry.happened_at < EARLIEST:
        raise HappenedTooLongAgo(field="when")
    if not outcome_fits(entry.kind, entry.outcome):
        raise OutcomeOfAnother(field="outcome")
    if entry.kind is EntryKind.NOTE and not entry.text.strip():
        raise NothingWritten(field="text")


def outcome_fits(kind: EntryKind, outcome: Outcome | None) -> bool:
    """An attempt reached nobody and says how; a contact has an outcome of a contact or none; a note has none."""
    if kind is EntryKind.ATTEMPT:
        return outcome in ATTEMPT_OUTCOMES
    if outcome is None:
        return True
    return kind in CONTACT_KINDS and outcome not in ATTEMPT_OUTCOMES


def check_due(due_on: date, today: date) -> None:
    """A follow-up is for today or later, within ten years."""
    if due_on < today:
        raise DueInThePast(field="due_on")
    if due_on > today + timedelta(days=366 * LATEST_YEARS):
        raise DueTooFarAway(field="due_on")


def may_change(author_id: int | None, user_id: int, *, steward: bool) -> bool:
    """An entry is its author's (an imported one is nobody's); who answers for the log may move it to the trash."""
    return author_id == user_id or steward


# ---- when it was ----------------------------------------------------------------------------------------------------


def parse_moment(text: str, now: datetime) -> datetime:
    """The instant meant, looking back from `now`: a day, a time, or both; nothing at all is now.

    A day without a time is noon of that day, today is now. Times are on the Swedish wall clock.
    """
    words = text.strip()
    local = clock.local(now)
    if not words or words.lower() in {"nu", "now"}:
        return now
    if day := _day(words, local.date()):
        return now if day == local.date() else _at(day, NOON)
    if moment := _time(words):
        return _at(local.date(), moment)
    parts = words.replace(",", " ").split()
    for at in range(len(parts) - 1, 0, -1):
        day, moment = _day(" ".join(parts[:at]), local.date()), _time(" ".join(parts[at:]))
        if day and moment:
            return _at(day, moment)
    raise UnreadableMoment(field="when")


def _day(words: str, today: date) -> date | None:
    try:
        return sv.parse_past_day(words, today)
    except sv.InvalidDay:
        return None


def _time(words: str) -> time | None:
    try:
        return sv.parse_time(words)
    except sv.InvalidTime:
        return None


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=clock.STOCKHOLM).astimezone(UTC)


# ---- days to choose from --------------------------------------------------------------------------------------------


def next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def retry_days(today: date) -> list[date]:
    """The days a call is tried again: the coming five working days, and in a week if that is none of them."""
    days: list[date] = []
    day = today
    while len(days) < 5:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days.append(day)
    return days


# ---- activity per week ----------------------------------------------------------------------------------------------


@dataclass
class Week:
    """One ISO week of one person or of all."""

    monday: date
    contacts: int = 0
    attempts: int = 0

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week


def weeks_until(today: date, count: int = WEEKS_SHOWN) -> list[Week]:
    """Empty weeks, oldest first, the present one last."""
    monday = today - timedelta(days=today.weekday())
    return [Week(monday - timedelta(weeks=back)) for back in range(count - 1, -1, -1)]


def by_week(days: Iterable[tuple[date, str, int]], today: date, count: int = WEEKS_SHOWN) -> list[Week]:
    """Counts of entries a day and kind, summed by week; notes are neither contact nor attempt."""
    weeks = weeks_until(today, count)
    known = {week.monday: week for week in weeks}
    for day, kind, number in days:
        week = known.get(day - timedelta(days=day.weekday()))
        if week is None:
            continue
        if kind == EntryKind.ATTEMPT:
            week.attempts += number
        elif kind in CONTACT_KINDS:
            week.contacts += number
    return weeks
