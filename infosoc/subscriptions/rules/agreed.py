"""The terms of an agreement as they are on each day: those that were signed, and dated changes of them. Pure.

A change says what each term was and what it became; which terms hold on a day is worked out here, never stored.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from infosoc.subscriptions.rules import life, notice
from infosoc.subscriptions.rules.index import Clause
from infosoc.subscriptions.rules.life import Deed
from infosoc.subscriptions.rules.schedule import Rhythm, Schedule
from infosoc.subscriptions.rules.words import DeedKind, IndexKind

DAYS = frozenset({"anchor_on", "index_from", "index_base"})


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How long, how often and how prices follow the years. Times are in months, the percentage in hundredths."""

    in_advance: bool = True
    binding_months: int = 0
    notice_months: int = 0
    renewal_months: int = 0
    payment_days: int = 30
    index_kind: str = ""
    index_from: date | None = None
    index_percent: int = 0
    index_series: str = ""
    index_base: date | None = None


@dataclass(frozen=True)
class Agreed(Conditions):
    """The terms of one day."""

    anchor_on: date
    billing_months: int

    @property
    def clause(self) -> Clause | None:
        """The index clause, if there is one."""
        if not self.index_kind or self.index_from is None:
            return None
        return Clause(
            IndexKind(self.index_kind), self.index_from, self.index_percent, self.index_series, self.index_base
        )

    def changed_by(self, changes: Mapping[str, Any]) -> Agreed:
        """These terms after a change as it is stored."""
        return replace(self, **{name: _read(name, after) for name, (_, after) in changes.items()})

    def changes_to(self, other: Agreed) -> dict[str, list[Any]]:
        """What becomes different, in the form that is stored: what each was, and what it is."""
        before, after = asdict(self), asdict(other)
        return {name: [_kept(before[name]), _kept(after[name])] for name in before if before[name] != after[name]}


@dataclass(frozen=True)
class Version:
    """The terms from a day on, and from when the binding time is counted."""

    from_on: date
    agreed: Agreed
    bound_from: date


@dataclass(frozen=True)
class Course:
    """The terms of an agreement from day to day: what was signed first, then each change."""

    starts_on: date
    versions: tuple[Version, ...]

    @classmethod
    def of(cls, starts_on: date, signed: Agreed, deeds: Sequence[Deed]) -> Course:
        """By the deeds that hold, in the order of their days."""
        found = [Version(date.min, signed, starts_on)]
        changes = [deed for deed in deeds if deed.kind is DeedKind.TERMS]
        for deed in life.standing(deeds) if changes else ():
            if deed.kind is DeedKind.TERMS:
                last = found[-1]
                bound_from = deed.effective_on if "binding_months" in deed.terms else last.bound_from
                found.append(Version(deed.effective_on, last.agreed.changed_by(deed.terms), bound_from))
        return cls(starts_on, tuple(found))

    def at(self, day: date) -> Version:
        return self.versions[bisect_right(self.versions, day, key=lambda one: one.from_on) - 1]

    def on(self, day: date) -> Agreed:
        """The terms that hold on a day."""
        return self.at(day).agreed

    def next_change(self, after: date) -> date | None:
        """The next day on which other terms begin to hold."""
        return next((one.from_on for one in self.versions if one.from_on > after), None)

    def notice_on(self, day: date) -> notice.Terms:
        """What is agreed about time, for notice given on a day. A binding time that was changed is counted anew."""
        found = self.at(day)
        one = found.agreed
        return notice.Terms(found.bound_from, one.binding_months, one.notice_months, one.renewal_months)

    @property
    def schedule(self) -> Schedule:
        """The billing periods."""
        return Schedule.of(
            Rhythm(one.from_on, one.agreed.anchor_on, one.agreed.billing_months, one.agreed.in_advance)
            for one in self.versions
        )

    @property
    def clauses(self) -> list[tuple[date, Clause | None]]:
        """The index clauses, each with the day from which it holds; of two from the same day the later one counts."""
        found: list[tuple[date, Clause | None]] = []
        for one in self.versions:
            if found and found[-1][0] == one.from_on:
                found.pop()
            if not found or found[-1][1] != one.agreed.clause:
                found.append((one.from_on, one.agreed.clause))
        return found


def _read(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in DAYS and value else value


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
