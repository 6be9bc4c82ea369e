"""What agreements charge: line by line and period by period, with the price that holds when the period begins.

Nothing is stored here. A period of a line is charged once: (line, first day of the whole period) is its name for
whoever makes invoices of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.kernel.errors import DomainError
from infosoc.kernel.money import THOUSANDTHS
from infosoc.subscriptions.models import Agreement, AgreementLine, Product, UsageReport
from infosoc.subscriptions.queries.deeds import course_of, deeds_of
from infosoc.subscriptions.queries.pricing import Prices, prices
from infosoc.subscriptions.rules import amounts, life, periods
from infosoc.subscriptions.rules.periods import Period
from infosoc.subscriptions.rules.schedule import Schedule, Turn
from infosoc.subscriptions.rules.words import Billing, Tiers


class Reported(NamedTuple):
    """How much of a line was used on a day, in thousandths, and when it was reported."""

    on: date
    thousandths: int
    at: datetime


Used = dict[int, list[Reported]]


@dataclass(frozen=True)
class Row:
    """One row of what is charged: quantity in thousandths, price and net in öre."""

    thousandths: int
    unit_ore: int
    net_ore: int


@dataclass(frozen=True)
class Charge:
    """One period of one line. `part` is what is charged of `period`; `problem` says why it cannot be.

    `due_on` is the day on which it is charged: the first of the part, or the last of the period.
    """

    agreement: Agreement
    line: AgreementLine
    product: Product
    period: Period
    part: Period
    due_on: date
    rows: tuple[Row, ...] = ()
    problem: DomainError | None = None
    is_given_back: bool = False
    is_supplement: bool = False

    @property
    def net_ore(self) -> int:
        return sum(row.net_ore for row in self.rows)

    @property
    def source(self) -> str:
        """The name of this charge, the same however often it is worked out."""
        return f"agreement-line:{self.line.id}:{self.period.starts_on.isoformat()}"


def charges(session: Session, agreements: Iterable[int], *, first: date, through: date) -> list[Charge]:
    """What these agreements charge in runs for the days from `first` up to and with `through`."""
    query = (
        select(Agreement)
        .where(Agreement.id.in_(list(agreements)))
        .options(
            joinedload(Agreement.company), selectinload(Agreement.deeds),
            selectinload(Agreement.lines).joinedload(AgreementLine.product),
        )
        .order_by(Agreement.number)
    )  # fmt: skip
    found = list(session.scalars(query))
    known, used = prices(session, found), usage(session, [line for one in found for line in one.lines])
    return [charge for one in found for charge in charges_of(one, known, used, first=first, through=through)]


def usage(session: Session, lines: Sequence[AgreementLine]) -> Used:
    """What has been reported for lines that are charged by usage."""
    ids = [line.id for line in lines if line.product.billing == Billing.USAGE]
    found: Used = {}
    if ids:
        query = select(UsageReport).where(UsageReport.line_id.in_(ids), UsageReport.replaced_at.is_(None))
        for row in session.scalars(query):
            found.setdefault(row.line_id, []).append(Reported(row.used_on, row.quantity_thousandths, row.made_at))
    return found


def charges_of(
    agreement: Agreement, known: Prices, used: Used, *, first: date, through: date,
    left_out: Collection[tuple[int, date]] = (), ended_by: date = date.max,
) -> Iterator[Charge]:  # fmt: skip
    """What one agreement (with lines, products and deeds loaded) charges; usage is always charged afterwards.

    `left_out` names periods of lines, by line and first day, that are passed by without asking what they cost. What is
    charged afterwards must have ended by `ended_by`: until then nobody knows all of it.
    """
    schedule = course_of(agreement).schedule
    spans = _spans(agreement, schedule, through)
    begin = periods.add_months(first, -schedule.longest)
    for line in agreement.lines:
        for turn in schedule.through(max(begin, line.starts_on), through):
            in_advance, period = turn.rhythm.in_advance and line.product.billing != Billing.USAGE, turn.period
            day = period.starts_on if in_advance else period.last_day
            part_start = max(period.starts_on, line.starts_on)
            due_on = max(day, part_start) if in_advance else day
            if not first <= due_on <= (through if in_advance else min(through, ended_by)):
                continue
            if (line.id, period.starts_on) in left_out:
                continue
            parts = _parts(line, period, spans)
            if parts:
                yield _charge(agreement, line, turn, parts, due_on, known, used)


def _spans(agreement: Agreement, schedule: Schedule, through: date) -> list[Period]:
    """The days that are charged, to the end of every period that begins on `through` or earlier."""
    return life.charged_spans(deeds_of(agreement), periods.add_months(through, schedule.longest + 1))


def given_back(
    agreement: Agreement, known: Prices, invoiced: Mapping[tuple[int, date], int], *, first: date, through: date
) -> Iterator[Charge]:
    """What is taken back of periods that were invoiced before their line was ended or changed within them.

    `invoiced` holds the net amounts by line and first day. Such a charge is named by the last day of its period, on
    which no other begins.
    """
    schedule = course_of(agreement).schedule
    spans = _spans(agreement, schedule, through)
    for line in agreement.lines:
        if line.ends_on is None or line.product.billing == Billing.USAGE:
            continue
        turn = schedule.at(line.ends_on)
        while (line.id, turn.period.starts_on) in invoiced:
            period = turn.period
            is_due = first <= max(line.ends_on, period.starts_on) <= through
            if is_due and (line.id, period.last_day) not in invoiced:
                before = invoiced[line.id, period.starts_on]
                yield from _difference(agreement, line, turn, _parts(line, period, spans), before, known)
            turn = schedule.at(period.end)


def _difference(
    agreement: Agreement, line: AgreementLine, turn: Turn, parts: list[Period], before: int, known: Prices
) -> Iterator[Charge]:
    """One row of what a period has cost too much by what is charged of it now."""
    period = turn.period
    now = _charge(agreement, line, turn, parts, period.starts_on, known, {}) if parts else None
    since = max(line.ends_on or period.starts_on, period.starts_on)
    part, named = Period(since, period.end), Period(period.last_day, period.end)
    if now and now.problem:
        yield replace(now, period=named, part=part)
    elif (over := before - (now.net_ore if now else 0)) > 0:
        row = Row(-THOUSANDTHS, over, -over)
        yield Charge(agreement, line, line.product, named, part, since, (row,), is_given_back=True)


def supplements(
    agreement: Agreement, known: Prices, used: Used, invoiced: Mapping[tuple[int, date], int],
    asked_at: Mapping[int, Mapping[date, datetime]], *, first: date, through: date,
) -> Iterator[Charge]:  # fmt: skip
    """What usage costs beyond what its period was invoiced with, where some was reported after the last invoice of it.

    `invoiced` holds the net amounts by line and first day, `asked_at` when each was invoiced. The first supplement of a
    period is named by its second day, the next by its third: on none of them another period begins.
    """
    schedule = course_of(agreement).schedule
    spans = _spans(agreement, schedule, through)
    for line in agreement.lines:
        for turn, days in _by_turn(schedule, asked_at.get(line.id, {})).items():
            period = turn.period
            named = Period(period.starts_on + timedelta(days=len(days)), period.end)
            if not first <= period.last_day <= through or named.starts_on >= period.last_day:
                continue
            since = max(asked_at[line.id][day] for day in days)
            parts = _parts(line, period, spans)
            is_late = any(one.at > since and period.starts_on <= one.on < period.end for one in used.get(line.id, []))
            if not is_late or not parts:
                continue
            now = _charge(agreement, line, turn, parts, period.last_day, known, used)
            over = now.net_ore - sum(invoiced[line.id, day] for day in days)
            if now.problem:
                yield replace(now, period=named, is_supplement=True)
            elif over > 0:
                yield replace(now, period=named, rows=(Row(THOUSANDTHS, over, over),), is_supplement=True)


def _by_turn(schedule: Schedule, days: Iterable[date]) -> dict[Turn, list[date]]:
    """The days by which charges of a line are named, under the period of each."""
    found: dict[Turn, list[date]] = {}
    for day in days:
        found.setdefault(schedule.at(day), []).append(day)
    return found


def _parts(line: AgreementLine, period: Period, spans: Sequence[Period]) -> list[Period]:
    """The charged days of a period: within the life of the line, and of the agreement."""
    cut = (span.cut(period.starts_on, period.end) for span in spans)
    parts = (part.cut(line.starts_on, line.ends_on) for part in cut if part)
    return [part for part in parts if part]


def _charge(
    agreement: Agreement, line: AgreementLine, turn: Turn, parts: list[Period], due_on: date, known: Prices, used: Used
) -> Charge:
    period, months = turn.period, turn.rhythm.months
    part = Period(parts[0].starts_on, parts[-1].end)
    try:
        price = known.of(line, agreement, line.product, part.starts_on)
        if line.product.billing == Billing.USAGE:
            rows = _usage_rows(line, price.tiers, part, used)
        else:
            unit = amounts.unit_price(price, months, periods.share(turn.whole, parts))
            quantity = line.quantity_thousandths
            rows = (Row(quantity, unit, amounts.net(unit, quantity, line.discount)),)
    except DomainError as problem:
        return Charge(agreement, line, line.product, period, part, due_on, problem=problem)
    return Charge(agreement, line, line.product, period, part, due_on, rows)


def _usage_rows(line: AgreementLine, tiers: Sequence[amounts.Tier], part: Period, used: Used) -> tuple[Row, ...]:
    quantity = sum(one.thousandths for one in used.get(line.id, []) if part.starts_on <= one.on < part.end)
    rated = amounts.rated(quantity, tiers, Tiers(line.product.tier_kind))
    return tuple(Row(count, ore, amounts.net(ore, count, line.discount)) for count, ore in rated)
