"""Usage that is reported after its period was invoiced: the next run invoices the difference, once, and says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from infosoc.cli.worker import load_jobs
from infosoc.invoicing.commands import billing, issue
from infosoc.invoicing.queries import billing_preview
from infosoc.invoicing.rules import archive
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.subscriptions.commands import usage
from infosoc.subscriptions.commands.usage import Usage
from tests.invoicing.test_billing import FEBRUARY, JANUARY, invoices, run
from tests.subscriptions.world import World

END, MARCH = date(2024, 1, 31), date(2024, 3, 1)
load_jobs()


def report(house: World, *used: tuple[date, int]) -> None:
    """So many SMS on days; the first thousand cost one krona, the rest half of one."""
    with house.writing() as session:
        rows = [Usage(1001, "SMS", day, count * 1000) for day, count in used]
        usage.report(session, rows, source="sms.csv", by=house.users["anna"].id, now=clock.now())


def warnings(house: World, month: date, issued_on: date) -> list[str]:
    with house.reading() as session:
        frame = billing.frame(session, billing.days_of(session, month), issued_on)
        shown = billing_preview.page(session, frame).rows
        return [message % facts for one in shown for message, facts in one.warnings]


@pytest.fixture
def january(house: World) -> World:
    """500 SMS of January have been invoiced with 500 kr."""
    house.sign(house.line("sms", None), billing_months=1)
    report(house, (date(2024, 1, 10), 500))
    run(house, JANUARY, END)
    assert [one.net_ore for one in invoices(house)] == [50_000]
    return house


def test_late_usage_is_a_supplement_for_its_period_once(january: World):
    report(january, (date(2024, 1, 20), 700))
    (said,) = warnings(january, FEBRUARY, date(2024, 2, 29))
    assert "2024-01-01" in said
    assert "600,00" in said.replace("\xa0", " ")
    for _ in range(2):
        run(january, FEBRUARY, date(2024, 2, 29))
    _, supplement = invoices(january)
    (row,) = archive.from_json(supplement.record).lines
    assert (row.net_ore, row.period_start, row.period_end) == (60_000, JANUARY, END)
    assert (row.quantity_thousandths, row.unit) == (1000, "C62")
    assert row.description.startswith("Tillägg för tidigare period")
    assert warnings(january, FEBRUARY, date(2024, 2, 29)) == []


def test_a_supplement_stands_beside_the_period_itself_on_one_invoice(january: World):
    report(january, (date(2024, 1, 31), 100), (date(2024, 2, 5), 300))
    run(january, FEBRUARY, date(2024, 2, 29))
    rows = archive.from_json(invoices(january)[1].record).lines
    assert [(row.net_ore, row.period_start) for row in rows] == [(10_000, JANUARY), (30_000, FEBRUARY)]


def test_each_late_report_is_a_supplement_of_its_own(january: World):
    for day in (date(2024, 1, 11), date(2024, 1, 12), date(2024, 1, 13)):
        report(january, (day, 100))
        run(january, FEBRUARY, date(2024, 2, 29))
    assert [one.net_ore for one in invoices(january)] == [50_000, 10_000, 10_000, 10_000]
    report(january, (date(2024, 1, 11), 150))
    run(january, FEBRUARY, date(2024, 2, 29))
    assert invoices(january)[-1].net_ore == 5_000


def test_usage_that_is_corrected_downwards_is_told_and_not_invoiced(january: World):
    report(january, (date(2024, 1, 10), 400))
    (said,) = warnings(january, FEBRUARY, date(2024, 2, 29))
    assert "Credit the difference" in said
    run(january, FEBRUARY, date(2024, 2, 29))
    assert len(invoices(january)) == 1


def test_a_run_of_an_earlier_month_takes_no_supplement_of_a_later_one(january: World):
    report(january, (date(2024, 2, 5), 300))
    run(january, FEBRUARY, date(2024, 2, 29))
    report(january, (date(2024, 2, 6), 100))
    run(january, JANUARY, date(2024, 2, 29))
    assert len(invoices(january)) == 2
    run(january, MARCH, date(2024, 3, 31))
    assert invoices(january)[-1].net_ore == 10_000


def test_a_bill_of_supplements_is_compared_with_nothing_and_nothing_with_it(house: World):
    house.sign(house.line("sms", None), house.line(), billing_months=1)
    report(house, (date(2024, 1, 10), 500))
    run(house, JANUARY, END)
    report(house, (date(2024, 1, 20), 100))
    with house.reading() as session:
        frame = billing.frame(session, billing.days_of(session, JANUARY), date(2024, 2, 1))
        assert [one.changes for one in billing_preview.page(session, frame).rows] == [()]
    run(house, JANUARY, date(2024, 2, 1))
    report(house, (date(2024, 2, 10), 500))
    with house.reading() as session:
        frame = billing.frame(session, billing.days_of(session, FEBRUARY), date(2024, 2, 29))
        (shown,) = billing_preview.page(session, frame).rows
        assert shown.changes == ()


def test_the_same_supplement_under_another_name_is_refused(january: World):
    """Two that counted the same before either had issued: the key of the period stops the second."""
    report(january, (date(2024, 1, 20), 100))
    with january.reading() as session:
        frame = billing.frame(session, billing.days_of(session, FEBRUARY), date(2024, 2, 29))
        (shown,) = billing_preview.page(session, frame).rows
        assert [one.period.starts_on for one in shown.bill.charges] == [date(2024, 1, 2)]
        first = billing.new_invoice(shown.bill, None)
    with january.writing() as session:
        issue.issue_many(session, [first], by=None, now=clock.now())
    with pytest.raises(DomainError), january.writing() as session:
        issue.issue_many(session, [replace(first, source="another")], by=None, now=clock.now())
    assert [one.net_ore for one in invoices(january)] == [50_000, 10_000]
