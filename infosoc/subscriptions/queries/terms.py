"""What a change of terms would come to: the next invoices as they are, and as they would be. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from infosoc.kernel.errors import DomainError
from infosoc.subscriptions.models import Agreement, AgreementDeed
from infosoc.subscriptions.queries.charges import Charge, charges_of
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.queries.invoiced import Invoiced
from infosoc.subscriptions.queries.pricing import prices
from infosoc.subscriptions.rules import periods

SHOWN = 3
LOOKED_BACK = 24  # months: as far as a run looks for what has not been invoiced


@dataclass(frozen=True)
class Coming:
    """What is charged on a day: for which days, and how much; usage is left out, and `is_by_usage` is nothing else."""

    due_on: date
    first: date
    last: date
    net_ore: int
    is_by_usage: bool = False
    problem: DomainError | None = None


@dataclass(frozen=True)
class Outlook:
    """The next invoices by the terms as they are, and by the changed ones where a change is looked at."""

    before: list[Coming]
    after: list[Coming] | None = None


def outlook(
    session: Session, agreement: Agreement, known: Invoiced, deeds: Sequence[AgreementDeed] | None, *, on: date
) -> Outlook:
    """The next invoices of an agreement with lines and deeds loaded; `deeds` are those that would be done.

    The agreement must not be used afterwards for anything else: it is left as if they had been done.
    """
    before = _coming(session, agreement, known, on)
    if deeds is None:
        return Outlook(before)
    newest = max((one.id for one in agreement.deeds), default=0)
    for number, deed in enumerate(deeds, newest + 1):
        deed.id = number
    set_committed_value(agreement, "deeds", [*agreement.deeds, *deeds])
    return Outlook(before, _coming(session, agreement, known, on))


def _coming(session: Session, agreement: Agreement, known: Invoiced, on: date) -> list[Coming]:
    schedule = course_of(agreement).schedule
    first = max(known.since, periods.add_months(on, -LOOKED_BACK)) if known.since else on
    begin = max([on, agreement.starts_on, *known.days])
    # The second period from here begins within so many months, and is charged when the next has begun.
    through = periods.add_months(begin, 3 * schedule.longest + 1)
    found = charges_of(
        agreement, prices(session, [agreement]), {}, first=first, through=through, left_out=known.charges
    )
    by_day: dict[date, list[Charge]] = {}
    for one in found:
        by_day.setdefault(one.due_on, []).append(one)
    return [_of_day(day, by_day[day]) for day in sorted(by_day)][:SHOWN]


def _of_day(day: date, charges: list[Charge]) -> Coming:
    return Coming(
        day, min(one.part.starts_on for one in charges), max(one.part.last_day for one in charges),
        sum(one.net_ore for one in charges), not any(one.rows for one in charges),
        next((one.problem for one in charges if one.problem), None),
    )  # fmt: skip
