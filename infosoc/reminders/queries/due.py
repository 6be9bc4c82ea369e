"""Late invoices by what is to be done about them on a day: counted, and a page of them, however many there are.

The database picks them by the same rules as `steps.next_step`; a test holds the two against one another. What each
letter asks for is counted for the page alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from infosoc.invoicing.models import Invoice
from infosoc.reminders.models import CollectionItem, Reminder, ReminderStop
from infosoc.reminders.queries import late
from infosoc.reminders.queries.late import Late
from infosoc.reminders.rules.steps import Hold, Policy, StepKind, check_policy

ROWS = 50
LETTERS, HAND_OVER = "letters", "hand_over"
GROUPS = (LETTERS, HAND_OVER)


@dataclass(frozen=True)
class Place:
    """Where a page lies: its number, and the row beside it from which it is found (due day and invoice number).

    `skip` pages are passed by between that row and the page, forwards or backwards.
    """

    number: int = 1
    row: tuple[date, int] | None = None
    is_forward: bool = True
    skip: int = 0

    @classmethod
    def parse(cls, number: int, text: str) -> Place:
        """The place that an address names; only its number where the rest is none."""
        way, _, rest = text.partition(".")
        day, _, last = rest.partition(".")
        invoice, _, skip = last.partition(".")
        try:
            row = date.fromisoformat(day), int(invoice[:15])
            return cls(number, row, way != "before", min(max(int(skip or 0), 0), number))
        except ValueError:
            return cls(number)


@dataclass(frozen=True)
class Counted:
    """How many late invoices are in each group or held for each reason, and what is open on them."""

    number: dict[str, int]
    open_ore: dict[str, int]

    def held(self) -> dict[str, int]:
        return {name: count for name, count in self.number.items() if name not in GROUPS}


@dataclass(frozen=True)
class Page:
    """A page of a group, oldest due day first."""

    rows: list[Late]
    place: Place
    matching: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.matching // ROWS))

    def mark(self, number: int) -> str | None:
        """What the address of another page says beside its number: a row of this one, and which way to go."""
        if number <= 1 or number == self.place.number or not self.rows:
            return None
        is_forward = number > self.place.number
        row = self.rows[-1] if is_forward else self.rows[0]
        skip = abs(number - self.place.number) - 1
        return f"{'after' if is_forward else 'before'}.{row.claim.due_on}.{row.number}.{skip}"


def counted(session: Session, policy: Policy, *, on: date) -> Counted:
    """All late invoices of a day by what happens to them: one statement. Raises what is wrong with the policy."""
    check_policy(policy)
    group = _group(policy, on)
    looked = select(group.label("group"), Invoice.open_ore).where(_is_late(on)).subquery()
    query = select(looked.c.group, func.count(), func.sum(looked.c.open_ore)).group_by(looked.c.group)
    found = list(session.execute(query))
    return Counted({name: int(count) for name, count, _ in found}, {name: int(ore) for name, _, ore in found})


def page(session: Session, policy: Policy, group: str, place: Place, matching: int, *, on: date) -> Page:
    """A page of those that get a letter, or are ripe to be handed over: found from a row beside it, not counted to."""
    last = max(1, -(-matching // ROWS))
    if place.number > last:
        place = Place(last)
    rest = matching - (last - 1) * ROWS
    if place.number == last and last > 1:
        place = Place(last, None, is_forward=False)
    where = and_(_is_late(on), _group(policy, on) == group)
    key = tuple_(Invoice.due_on, Invoice.number)
    if place.row and place.number > 1:
        there = tuple_(*place.row)
        where = and_(where, key > there if place.is_forward else key < there)
        skip = place.skip * ROWS
    else:
        skip = (place.number - 1) * ROWS if place.is_forward else 0
    most = ROWS if place.is_forward or place.row else rest
    rows = late.page(session, where, most=most, skip=skip, is_falling=not place.is_forward) if matching else []
    return Page(rows, place, matching)


def _is_late(on: date) -> ColumnElement[bool]:
    return and_(Invoice.open_ore > 0, Invoice.payable_ore > 0, Invoice.due_on < on)


def _group(policy: Policy, on: date) -> ColumnElement[str]:
    """What `steps.next_step` says of an invoice that is late."""
    stop = select(ReminderStop.id).where(ReminderStop.invoice_id == Invoice.id, ReminderStop.ended_at.is_(None))
    handed = select(CollectionItem.handed_over_on).where(CollectionItem.invoice_id == Invoice.id).scalar_subquery()
    letters = select(func.count()).where(Reminder.invoice_id == Invoice.id).scalar_subquery()
    written = select(func.max(Reminder.reminded_on)).where(Reminder.invoice_id == Invoice.id).scalar_subquery()
    taken = letters + case((handed.is_not(None), 1), else_=0)
    due: dict[str, list[Any]] = {LETTERS: [], HAND_OVER: []}
    for at, step in enumerate(policy.steps):
        is_time = [taken == at, Invoice.due_on <= _earlier(on, step.days_late)]
        if at:
            is_time.append(func.coalesce(handed, written) < _earlier(on, policy.steps[at - 1].days_to_pay))
        due[HAND_OVER if step.kind is StepKind.HAND_OVER else LETTERS].append(and_(*is_time))
    return case(
        (stop.exists(), Hold.STOPPED.value),
        (Invoice.open_ore < policy.smallest_ore, Hold.TOO_SMALL.value),
        (taken >= len(policy.steps), Hold.DONE.value),
        *((or_(false(), *ways), name) for name, ways in due.items()),
        else_=Hold.WAITING.value,
    )


def _earlier(on: date, days: int) -> date:
    """So many days before, but never before the first day that there is."""
    return date.fromordinal(max(on.toordinal() - days, 1))
