"""Terms that are changed while an agreement is invoiced: played month by month, and counted again naively."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from infosoc.invoicing.models import Invoice, InvoicedCharge
from infosoc.invoicing.rules import archive
from infosoc.subscriptions.commands import deeds, terms
from infosoc.subscriptions.commands.terms import IsInvoiced, NewTerms, NotInvoicedThen
from infosoc.subscriptions.models import AgreementDeed
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.queries.deeds import course_of
from tests.invoicing.test_billing import run
from tests.subscriptions.world import World

NOW = datetime(2024, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MONTHS = [date(2024 + number // 12, number % 12 + 1, 1) for number in range(30)]


def change(house: World, public_id: str, on: date, **values) -> None:
    with house.writing() as session:
        agreed = replace(course_of(queries.head(session, public_id).agreement).versions[-1].agreed, **values)
        terms.change(session, public_id, NewTerms(on, agreed), seen=None, by=house.users["anna"].id, now=NOW)


def month_end(month: date) -> date:
    return (month + 31 * DAY).replace(day=1) - DAY


def charged_days(house: World) -> tuple[Counter[date], list[tuple[date, date, int]]]:
    """Every day on an invoice, and each row's days and net, from the papers themselves."""
    days: Counter[date] = Counter()
    rows = []
    with house.reading() as session:
        for one in session.scalars(select(Invoice).order_by(Invoice.number)):
            for row in archive.from_json(one.record).lines:
                assert row.period_start is not None
                assert row.period_end is not None
                rows.append((row.period_start, row.period_end, row.net_ore))
                length = (row.period_end - row.period_start).days + 1
                days.update(row.period_start + DAY * number for number in range(length))
    return days, rows


def test_two_years_and_a_half_with_changed_terms_are_invoiced_a_day_once_and_to_the_ore(house: World):
    """Monthly; from May 2024 quarterly in arrears; from the 15th of November monthly on the 15th in advance;
    from the 15th of February 2025 yearly by the calendar."""
    public_id = house.sign(billing_months=1)
    changes = {
        date(2024, 3, 1): (date(2024, 5, 1), {"billing_months": 3, "in_advance": False, "anchor_on": date(2024, 5, 1)}),
        date(2024, 10, 1): (
            date(2024, 11, 15), {"billing_months": 1, "in_advance": True, "anchor_on": date(2024, 11, 15)},
        ),
        date(2025, 1, 1): (date(2025, 2, 15), {"billing_months": 12, "anchor_on": date(2025, 1, 1)}),
    }  # fmt: skip
    for month in MONTHS:
        run(house, month, month_end(month))
        if month in changes:
            on, values = changes[month]
            change(house, public_id, on, **values)
    days, rows = charged_days(house)
    every = [date(2024, 1, 1) + DAY * number for number in range((date(2026, 12, 31) - date(2024, 1, 1)).days + 1)]
    assert {day: days[day] for day in every if days[day] != 1} == {}
    assert max(days) == date(2026, 12, 31)
    # Naively: what each row's days cost, as a part of the month, quarter or year that they belong to.
    price = 120_000
    expected = [(date(2024, month, 1), price) for month in (1, 2, 3, 4)] + [
        (date(2024, 5, 1), 3 * price), (date(2024, 8, 1), 3 * price),
        (date(2024, 11, 1), _part(3 * price, 14, 92)),  # of November to January
        (date(2024, 11, 15), price), (date(2024, 12, 15), price), (date(2025, 1, 15), price),
        (date(2025, 2, 15), _part(12 * price, 320, 365)), (date(2026, 1, 1), 12 * price),
    ]  # fmt: skip
    assert [(start, net) for start, _, net in rows] == expected
    with house.reading() as session:
        keys = list(session.execute(select(InvoicedCharge.agreement_line_id, InvoicedCharge.period_on)))
    assert len(set(keys)) == len(keys) == len(rows)


def _part(ore: int, days: int, of: int) -> int:
    return int(Fraction(ore * days, of) + Fraction(1, 2))


def test_a_change_into_what_is_invoiced_is_refused_and_so_is_taking_one_back(house: World):
    public_id = house.sign(billing_months=12)
    run(house)
    with pytest.raises(IsInvoiced) as error:
        change(house, public_id, date(2024, 7, 1), billing_months=1)
    assert (error.value.field, error.value.values) == ("effective_on", {"last": "2024-12-31", "day": "2025-01-01"})
    with pytest.raises(IsInvoiced):
        change(house, public_id, date(2024, 7, 1), index_kind="percent", index_from=date(2025, 1, 1), index_percent=300)
    change(house, public_id, date(2025, 1, 1), billing_months=1)
    run(house, date(2025, 1, 1))
    with pytest.raises(IsInvoiced), house.writing() as session:
        deed = session.scalars(select(AgreementDeed.id).where(AgreementDeed.kind == "terms")).one()
        deeds.take_back(session, public_id, deed, reason="", by=house.users["anna"].id, now=NOW)
    _, rows = charged_days(house)
    assert [net for _, _, net in rows] == [12 * 120_000, 120_000]


@pytest.mark.sqlite_only
def test_what_is_billed_elsewhere_is_not_moved_here(house: World):
    public_id = house.sign(billing_months=12, in_advance=False, starts_on=date(2023, 7, 1))
    with pytest.raises(NotInvoicedThen):
        change(house, public_id, date(2023, 8, 1), in_advance=True)
    change(house, public_id, date(2024, 1, 1), in_advance=True, billing_months=1, anchor_on=date(2024, 1, 1))
    run(house)
    _, rows = charged_days(house)  # the half-year that was in arrears was due before invoicing here began
    assert [start for start, _, _ in rows] == [date(2024, 1, 1)]


@pytest.mark.sqlite_only
def test_days_to_pay_hold_from_their_day_whatever_has_been_invoiced(house: World):
    public_id = house.sign(billing_months=1)
    run(house)
    change(house, public_id, date(2024, 1, 15), payment_days=10)
    run(house, date(2024, 2, 1))
    with house.reading() as session:
        found = session.execute(select(Invoice.issued_on, Invoice.due_on).order_by(Invoice.number)).all()
    assert [(due - issued).days for issued, due in found] == [30, 10]
