"""Some rows of a file while they are written: where they come from, and which ids what they plan has got."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from infosoc.crm.imports.known import Company, Person
from infosoc.crm.imports.lists import Lists
from infosoc.crm.imports.planning import NewEntry, Plan
from infosoc.kernel import clock

NOON = time(12, 0)


@dataclass(frozen=True)
class Origin:
    """Where the rows come from: the file, on whose word, when."""

    batch_id: int
    file: str
    source: str
    by: int | None
    now: datetime

    @property
    def today(self) -> date:
        return clock.local(self.now).date()


@dataclass
class Chunk:
    """The plans of some rows while they are written: which ids the planned things have got."""

    plans: list[Plan]
    cells: dict[int, list[str]]
    origin: Origin
    lists: Lists
    companies: dict[int, int] = field(default_factory=dict)  # planned, or parted from, to real
    people: dict[int, int] = field(default_factory=dict)
    public_ids: dict[tuple[str, int], str] = field(default_factory=dict)
    made: dict[int, dict[str, Any]] = field(default_factory=dict)
    new_companies: list[Company] = field(default_factory=list)
    new_people: list[tuple[Person, Plan]] = field(default_factory=list)
    last: dict[tuple[str, int], datetime] = field(default_factory=dict)

    def company_id(self, known: int) -> int:
        return self.companies.get(known, known)

    def company_of(self, plan: Plan) -> int:
        """The company that a row is about, once it is there."""
        if plan.company is None:
            raise ValueError("a row without a company comes no further than the plan")
        return self.company_id(plan.company.id)

    def person_id(self, known: int) -> int:
        return self.people.get(known, known)


def happened_at(entry: NewEntry) -> datetime:
    """A day without a time is noon of that day in Sweden."""
    return datetime.combine(date.fromisoformat(entry.day), NOON, tzinfo=clock.STOCKHOLM)
