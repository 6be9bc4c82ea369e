"""Recurring revenue by month, from the agreements as they were and are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.crm.models.companies import Company
from infosoc.kernel.errors import DomainError
from infosoc.subscriptions.models import Agreement, AgreementLine
from infosoc.subscriptions.queries.deeds import deeds_of
from infosoc.subscriptions.queries.pricing import Prices, prices
from infosoc.subscriptions.rules import amounts, figures, life, periods
from infosoc.subscriptions.rules.figures import Change, Month, Stretch
from infosoc.subscriptions.rules.periods import Period
from infosoc.subscriptions.rules.words import Billing


@dataclass(frozen=True)
class Figures:
    """The months, oldest first, and what could not be priced."""

    months: list[Month]
    problems: list[tuple[Agreement, DomainError]]


@dataclass(frozen=True)
class Behind:
    """One customer behind a figure."""

    company: Company
    change: Change


def recurring(session: Session, first: date, count: int) -> Figures:
    """The figures of so many months, beginning with the month of `first`: five statements however many there are."""
    query = select(Agreement).options(
        joinedload(Agreement.company), selectinload(Agreement.deeds),
        selectinload(Agreement.lines).joinedload(AgreementLine.product),
    )  # fmt: skip
    agreements = list(session.scalars(query))
    known = prices(session, agreements)
    begin = periods.add_months(periods.month_of(first), -1)
    until = periods.add_months(periods.month_of(first), count)
    stretches: list[Stretch] = []
    problems: list[tuple[Agreement, DomainError]] = []
    for agreement in agreements:
        for one in _stretches(agreement, known, begin, until):
            if isinstance(one, Stretch):
                stretches.append(one)
            elif not problems or problems[-1][0] is not agreement:
                problems.append((agreement, one))
    return Figures(figures.months(stretches, first, count), problems)


def _stretches(agreement: Agreement, known: Prices, begin: date, until: date) -> Iterator[Stretch | DomainError]:
    spans = life.charged_spans(deeds_of(agreement), until)
    for line in agreement.lines:
        if line.product.billing == Billing.USAGE:
            continue
        for span in spans:
            part = span.cut(max(begin, line.starts_on), line.ends_on)
            if part is not None:
                yield from _at_each_price(agreement, line, part, known)


def _at_each_price(
    agreement: Agreement, line: AgreementLine, part: Period, known: Prices
) -> Iterator[Stretch | DomainError]:
    changes = known.change_days(line, agreement, part.starts_on + timedelta(days=1), part.last_day)
    starts = [part.starts_on, *changes]
    for start, end in zip(starts, [*changes, part.end], strict=True):
        try:
            price = known.of(line, agreement, line.product, start)
        except DomainError as problem:
            yield problem
            continue
        worth = amounts.monthly(price, line.quantity_thousandths, line.discount)
        yield Stretch(agreement.company_id, line.id, Period(start, end), worth)


def companies(session: Session, changes: list[Change]) -> list[Behind]:
    """The customers behind a figure, in its order."""
    ids = [one.customer for one in changes]
    found = {one.id: one for one in session.scalars(select(Company).where(Company.id.in_(ids)))}
    return [Behind(found[one.customer], one) for one in changes if one.customer in found]
