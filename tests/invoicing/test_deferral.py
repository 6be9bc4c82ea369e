"""Deferred income: what is not earned by the calendar is what stands on the account, to the öre, on every day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from infosoc.invoicing.commands import deferral, issue
from infosoc.invoicing.models import DeferralRelease, InvoiceLine, InvoicingSettings
from infosoc.invoicing.queries import deferral as queries
from infosoc.invoicing.rules import credit
from infosoc.invoicing.rules.totals import Line
from infosoc.ledger.models import FiscalYear, Voucher
from tests.invoicing.world import NOW, make_house, new_invoice
from tests.subscriptions.world import World

ACCOUNT = 2979
YEAR = (date(2024, 1, 1), date(2024, 12, 31))


def line(ore: int, start: date, end: date) -> Line:
    return Line("Journal", 1000, ore * 100, "S25", period_start=start, period_end=end, account=3010,
                deferral_account=ACCOUNT)  # fmt: skip


def invoice(house: World, source: str, ore: int, on: date, period: tuple[date, date] = YEAR) -> issue.Issued:
    with house.writing() as session:
        made = new_invoice(session, house, source, line(ore, *period), on=on)
        return issue.issue(session, made, by=None, now=NOW)


def release(house: World, today: date) -> int:
    with house.reading():
        return deferral.release_ended(today, by=None, now=NOW)


def deferred(house: World, on: date) -> tuple[int, int, int]:
    """By the calendar, by invoices and releases, by the ledger."""
    with house.reading() as session:
        (row,) = queries.deferred_income(session, on) or (queries.Deferred(ACCOUNT, 0, 0),)
        return row.unearned_ore, row.left_ore, queries.ledger_balance(session, ACCOUNT, on)


def test_each_month_is_released_once_on_its_last_day(house: World):
    invoice(house, "a", 1_000_000, date(2024, 1, 10))
    assert deferred(house, date(2024, 1, 31)) == (916_667, 916_667, 916_667)
    assert release(house, date(2024, 3, 1)) == 1  # January was never deferred
    assert release(house, date(2024, 3, 31)) == 0
    with house.reading() as session:
        made = session.scalars(select(Voucher).where(Voucher.series == "P")).one()
        assert (made.voucher_on, made.amount_ore, made.text) == (
            date(2024, 2, 29),
            83_333,
            "Förutbetalda intäkter 2024-02",
        )
    assert deferred(house, date(2024, 2, 28)) == (916_667, 916_667, 916_667)
    assert deferred(house, date(2024, 2, 29)) == (833_334, 833_334, 833_334)
    assert release(house, date(2025, 1, 1)) == 10
    assert deferred(house, date(2024, 12, 31)) == (0, 0, 0)


def test_an_invoice_that_came_late_is_made_good_by_a_voucher_of_its_own(house: World):
    invoice(house, "a", 1_200_000, date(2024, 1, 10))
    release(house, date(2024, 4, 1))
    invoice(house, "b", 600_000, date(2024, 1, 20))
    assert deferred(house, date(2024, 3, 31)) == (1_350_000, 1_450_000, 1_450_000)
    assert release(house, date(2024, 4, 1)) == 2
    assert deferred(house, date(2024, 3, 31)) == (1_350_000, 1_350_000, 1_350_000)
    with house.reading() as session:
        assert session.scalar(select(func.count()).where(DeferralRelease.month == date(2024, 2, 1))) == 2


def test_a_credit_note_takes_what_is_left_back(house: World):
    made = invoice(house, "a", 1_200_000, date(2024, 1, 10))
    release(house, date(2024, 4, 1))
    with house.writing() as session:
        new = new_invoice(session, house, "x", credits_id=made.id)
        note = credit.whole(made.record, number="0", issued_on=date(2024, 4, 5), reason="Fel")
        back = issue.NewInvoice("credit", new.company_id, note, new.accounts, "email", credits_id=made.id)
        issue.issue(session, back, by=None, now=NOW)
    assert deferred(house, date(2024, 4, 5)) == (100_000, 100_000, 100_000)  # April of the invoice: released with it
    release(house, date(2024, 12, 31))
    assert deferred(house, date(2024, 4, 30)) == (0, 0, 0)
    assert deferred(house, date(2024, 12, 31)) == (0, 0, 0)


def test_a_month_that_is_locked_is_released_on_the_first_open_day(house: World):
    invoice(house, "a", 1_200_000, date(2024, 1, 10))
    with house.writing() as session:
        year = session.scalars(select(FiscalYear).where(FiscalYear.starts_on == YEAR[0])).one()
        year.locked_through = date(2024, 3, 31)
    assert release(house, date(2024, 4, 10)) == 2
    with house.reading() as session:
        assert set(session.scalars(select(Voucher.voucher_on).where(Voucher.series == "P"))) == {date(2024, 4, 1)}
    assert deferred(house, date(2024, 4, 1)) == (900_000, 900_000, 900_000)


def test_what_is_below_the_least_amount_is_earned_at_once_whatever_the_setting_becomes(house: World):
    with house.writing() as session:
        session.scalars(select(InvoicingSettings)).one().least_deferred_ore = 500_000
    invoice(house, "small", 499_999, date(2024, 1, 10))
    with house.writing() as session:
        assert session.scalars(select(InvoiceLine.deferral_account)).one() is None
        session.scalars(select(InvoicingSettings)).one().least_deferred_ore = 0
    assert release(house, date(2024, 6, 1)) == 0
    assert deferred(house, date(2024, 6, 1)) == (0, 0, 0)


DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31))
PERIODS = st.tuples(DAYS, st.integers(0, 500))
INVOICES = st.lists(st.tuples(st.integers(1, 5_000_000), DAYS, PERIODS), min_size=1, max_size=6)


@pytest.mark.sqlite_only
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(invoices=INVOICES, order=st.randoms(), days=st.lists(DAYS, min_size=3, max_size=6))
def test_calendar_invoices_and_ledger_agree_on_any_day(house: World, invoices, order, days):
    """Invoices in any order, released now and then in between: in the end everything agrees on every day."""
    before = len(_sources(house))
    for at, (ore, on, (start, length)) in enumerate(invoices):
        end = date.fromordinal(start.toordinal() + length)
        invoice(house, f"{before}:{at}", ore, on, (start, end))
        if order.random() < 0.4:
            release(house, order.choice(days))
    release(house, date(2025, 2, 1))
    for day in (*days, date(2024, 12, 31)):
        unearned, left, ledger = deferred(house, day)
        assert left == ledger
        assert unearned == ledger


def _sources(house: World) -> list[str]:
    with house.reading() as session:
        return list(session.scalars(select(Voucher.source)))


@pytest.fixture
def house(app) -> World:
    return make_house(app)
