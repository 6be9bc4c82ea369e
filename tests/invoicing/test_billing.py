"""Billing runs: what is charged is invoiced, once, whatever stands in the way of some of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, update

from infosoc.cli.worker import load_jobs
from infosoc.crm.models.companies import Address, CompanyRelation
from infosoc.invoicing.commands import billing, issue
from infosoc.invoicing.models import BillingProblem, BillingRun, Invoice, InvoicedCharge, InvoiceLine, InvoicingSettings
from infosoc.invoicing.queries import billing as queries
from infosoc.invoicing.queries import billing_preview
from infosoc.invoicing.rules import archive
from infosoc.jobs.models import Job
from infosoc.jobs.worker import run_waiting
from infosoc.ledger.commands.posting import NoSuchYear
from infosoc.ledger.models import FiscalYear, VoucherLine
from infosoc.subscriptions.commands import agreements, deeds, usage
from infosoc.subscriptions.commands.agreements import InvoiceDetails, NewLine
from infosoc.subscriptions.commands.usage import Usage
from infosoc.subscriptions.models import Agreement, AgreementLine
from infosoc.subscriptions.queries.charges import charges
from tests.invoicing.world import new_invoice
from tests.subscriptions.world import World

NOW = datetime(2024, 1, 5, 9, 0, tzinfo=UTC)
JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)
TO_TOWN = InvoiceDetails(delivery="peppol", reference="ZZ17", einvoice_address="0088:7300009000012")
load_jobs()


def run(house: World, month: date = JANUARY, issued_on: date | None = None) -> int:
    """Start the run of a month and carry it out; returns its id."""
    with house.writing() as session:
        made = billing.start(session, month, issued_on or month, page="/infosoc/billing-runs", by=None, now=NOW)
        run_id = made.id
    run_waiting(house.app)
    return run_id


def invoices(house: World) -> list[Invoice]:
    with house.reading() as session:
        return list(session.scalars(select(Invoice).order_by(Invoice.number)))


def problems(house: World) -> list[tuple[int, str]]:
    with house.reading() as session:
        query = select(BillingProblem, Agreement.number).join(Agreement, Agreement.id == BillingProblem.agreement_id)
        return [(number, one.message % one.facts) for one, number in session.execute(query.order_by(Agreement.number))]


def run_row(house: World, run_id: int) -> BillingRun:
    with house.reading() as session:
        return session.get_one(BillingRun, run_id)


def test_a_run_invoices_each_agreement_once_with_what_it_charges(house: World):
    house.sign(house.line(), house.line("avvik", None, discount=1000, text="Hemtjänsten"), billing_months=12)
    house.sign(house.line(quantity_thousandths=2500), company="kommun", billing_months=1, details=TO_TOWN)
    row = run_row(house, run(house))
    assert (row.state, row.made, row.failed, row.planned) == ("done", 2, 0, 2)
    year, month = invoices(house)
    assert (year.net_ore, month.net_ore) == (12 * 120_000 + 540_000, 300_000)
    assert (year.delivery, month.delivery) == ("email", "peppol")
    record = archive.from_json(year.record)
    first, second = record.lines
    assert (first.text, first.quantity_thousandths, first.unit, first.unit_price_e4) == (
        "Journal",
        1000,
        "C62",
        144_000_000,
    )
    assert (first.period_start, first.period_end) == (JANUARY, date(2024, 12, 31))
    assert (second.description, second.discount_hundredths, second.net_ore) == ("Hemtjänsten", 1000, 540_000)
    assert (record.terms.due_on, record.terms.days) == (date(2024, 1, 31), 30)
    assert record.references.contract == "1001"
    town = archive.from_json(month.record)
    assert (town.buyer.endpoint_scheme, town.buyer.endpoint, town.references.buyer) == ("0088", "7300009000012", "ZZ17")
    assert town.lines[0].quantity_thousandths == 2500


def test_a_run_twice_makes_nothing_twice_and_the_next_month_the_next_period(house: World):
    house.sign(billing_months=1)
    house.sign(billing_months=12)
    run(house)
    again = run_row(house, run(house))
    assert (again.state, again.made) == ("done", 0)
    february = run_row(house, run(house, FEBRUARY))
    assert february.made == 1
    assert [one.number for one in invoices(house)] == [1, 2, 3]
    assert [one.net_ore for one in invoices(house)] == [120_000, 1_440_000, 120_000]


def test_an_agreement_that_begins_long_after_is_nothing_yet(house: World):
    house.sign(starts_on=date(2026, 6, 1), billing_months=1)
    row = run_row(house, run(house))
    assert (row.state, row.made, row.failed) == ("done", 0, 0)


def test_a_run_that_is_under_way_is_not_started_beside_itself(house: World):
    house.sign()
    with house.writing() as session:
        first = billing.start(session, JANUARY, JANUARY, page="/x", by=None, now=NOW).id
    assert run(house) == first
    assert len(invoices(house)) == 1


def test_what_was_missed_is_caught_up_with_but_not_from_before_the_first_day(house: World):
    run(house)
    house.sign(billing_months=1)
    with house.writing() as session:
        session.execute(update(InvoicingSettings).values(bills_from=FEBRUARY))
    run(house, date(2024, 3, 1))
    (made,) = invoices(house)
    assert [row.period_start for row in archive.from_json(made.record).lines] == [FEBRUARY, date(2024, 3, 1)]
    with pytest.raises(billing.NotBilledThen):
        run(house)


def test_usage_comes_afterwards_in_steps_and_only_when_it_was_reported(house: World):
    house.sign(house.line("sms", None), billing_months=1)
    run(house)
    assert invoices(house) == []
    with house.writing() as session:
        rows = [Usage(1001, "SMS", date(2024, 1, 20), 1_500_000)]
        usage.report(session, rows, source="sms.csv", by=house.users["anna"].id, now=NOW)
    run(house, JANUARY, date(2024, 1, 31))
    (made,) = invoices(house)
    rows = archive.from_json(made.record).lines
    assert [(row.quantity_thousandths, row.net_ore) for row in rows] == [(1_000_000, 100_000), (500_000, 25_000)]
    with house.reading() as session:
        assert [one.net_ore for one in session.scalars(select(InvoicedCharge))] == [125_000]


def _trash(session, house: World, name: str) -> None:
    session.execute(update(CompanyRelation).where(CompanyRelation.company_id == house.ids[name]).values(trashed_at=NOW))


def _without_address(session, house: World, name: str) -> None:
    session.delete(session.scalars(select(Address).where(Address.company_id == house.ids[name])).one())


def _without_reference(session, house: World, name: str) -> None:
    session.execute(update(Agreement).where(Agreement.company_id == house.ids[name]).values(reference=""))


@pytest.mark.parametrize(("spoil", "said"), [
    (_trash, "in the trash"), (_without_address, "has no address"), (_without_reference, "without its reference"),
])  # fmt: skip
def test_one_that_cannot_be_invoiced_is_named_and_the_others_are(house: World, spoil, said):
    house.sign(company="kommun", details=TO_TOWN)
    house.sign()
    with house.writing() as session:
        spoil(session, house, "kommun")
    row = run_row(house, run(house))
    assert (row.made, row.failed) == (1, 1)
    ((number, text),) = problems(house)
    assert number == 1001
    assert said in text
    assert [one.number for one in invoices(house)] == [1]


def test_a_price_that_is_missing_for_a_day_is_named_and_run_again_when_it_is_there(house: World):
    late = house.sign(house.line("avvik", None), starts_on=date(2023, 12, 1), billing_months=1)
    house.sign()
    with house.writing() as session:
        session.execute(update(InvoicingSettings).values(bills_from=date(2023, 12, 1)))
    first = run(house)
    assert run_row(house, first).failed == 1
    assert "has no price on 2023-12-01" in problems(house)[0][1]
    with house.writing() as session:
        agreements.change_details(
            session, late, InvoiceDetails(recipient_email="annan@aker.example"), version=None, by=house.users["anna"].id
        )
        session.execute(update(InvoicingSettings).values(bills_from=JANUARY))
        session.execute(update(BillingRun).values(first_on=JANUARY))
        again = billing.go_on(session, first, page="/x", by=None, now=NOW).id
    run_waiting(house.app)
    assert (run_row(house, again).made, run_row(house, again).failed, run_row(house, again).planned) == (1, 0, 1)


def test_what_the_ledger_refuses_of_a_chunk_stops_only_that(house: World, monkeypatch):
    for _ in range(7):
        house.sign(billing_months=1)
    with house.writing() as session:
        third = session.scalars(select(Agreement.id).where(Agreement.number == 1003)).one()
        line = charges(session, [third], first=JANUARY, through=date(2024, 1, 31))[0].line.id
        by_hand = new_invoice(session, house, "by hand", charges=(issue.Charged(line, JANUARY, 1),))
        issue.issue(session, by_hand, by=None, now=NOW)
    monkeypatch.setattr(queries, "invoiced", lambda session, ids: {})  # as if it had not been there yet
    row = run_row(house, run(house))
    assert (row.made, row.failed) == (6, 1)
    assert problems(house) == [(1003, "The period from 2024-01-01 has been invoiced already.")]


def test_nothing_is_started_without_a_fiscal_year_and_a_lock_in_between_fails_the_job_alone(house: World):
    house.sign(billing_months=1)
    with pytest.raises(NoSuchYear):
        run(house, JANUARY, date(2027, 1, 1))
    with house.writing() as session:
        billing.start(session, JANUARY, JANUARY, page="/x", by=None, now=NOW)
        year = session.scalars(select(FiscalYear).where(FiscalYear.starts_on == JANUARY)).one()
        year.locked_through = date(2024, 1, 31)
    run_waiting(house.app)
    with house.writing() as session:
        assert session.scalars(select(Job)).one().state == "failed"
        session.scalars(select(FiscalYear).where(FiscalYear.starts_on == JANUARY)).one().locked_through = None
    row = run_row(house, run(house))
    assert (row.state, row.made) == ("done", 1)


def test_the_totals_are_those_of_the_charges_and_of_the_ledger(house: World):
    for at in range(12):
        listed = house.line("avvik", None, quantity_thousandths=333 * (at + 1), discount=37 * at)
        own = house.line("journal", 99_999 + at, discount=at * 101)
        house.sign(listed, own, starts_on=date(2024, 1, 3 + at), billing_months=(1, 3, 6, 12)[at % 4])
    with house.reading() as session:
        ids = list(session.scalars(select(Agreement.id)))
        due = sum(one.net_ore for one in charges(session, ids, first=JANUARY, through=date(2024, 4, 30)))
    for month in range(1, 5):
        run(house, date(2024, month, 1))
    with house.reading() as session:
        assert session.scalar(select(func.sum(InvoicedCharge.net_ore))) == due
        assert session.scalar(select(func.sum(InvoiceLine.net_ore))) == due
        assert session.scalar(select(func.sum(Invoice.net_ore))) == due
        income = select(func.sum(VoucherLine.amount_ore)).where(VoucherLine.account == 3010)
        assert session.scalar(income) == -due


def test_the_preview_shows_what_the_run_issues_and_what_changed(house: World):
    public_id = house.sign(house.line(), house.line("avvik", 50_000), billing_months=1)
    other = house.sign(company="kommun", details=TO_TOWN, billing_months=1)
    run(house)
    by = house.users["anna"].id
    with house.writing() as session:
        card = session.scalars(select(Agreement).where(Agreement.public_id == public_id)).one()
        rows = {line.price_ore: line.public_id for line in queries.loaded(session, [card.id])[0].lines}
        dearer = house.line(ore=130_000)
        agreements.change_line(session, public_id, rows[120_000], dearer, on=FEBRUARY, by=by, now=NOW)
        agreements.end_line(session, public_id, rows[50_000], on=FEBRUARY, by=by, now=NOW)
        agreements.add_line(session, public_id, house.line("avvik", 1_000), on=FEBRUARY, by=by, now=NOW)
        deeds.cancel(session, other, last_day=date(2024, 1, 20), reason="", lets_go=True, by=by, now=NOW)
    with house.reading() as session:
        frame = billing.frame(session, billing.days_of(session, FEBRUARY), FEBRUARY)
        page = billing_preview.page(session, frame)
        told = {text % facts for shown in page.rows for text, facts in shown.changes}
        sums = billing_preview.Sums()
        for shown in page.rows:
            sums.add(shown)
    assert told == {
        "Journal: 1\u00a0200,00 kr before, 1\u00a0300,00 kr now", "New: Avvikelserapportering",
        "No longer: Avvikelserapportering",
    }  # fmt: skip
    assert (sums.invoices, sums.net_ore, sums.payable_ore) == (1, 131_000, 163_750)
    run(house, FEBRUARY)
    assert invoices(house)[-1].net_ore == 131_000


def test_the_preview_warns_of_what_was_invoiced_and_has_ended_since(house: World):
    public_id = house.sign(house.line(ore=36_600, per_months=12), billing_months=12)
    run(house)
    with house.writing() as session:
        deeds.cancel(
            session, public_id, last_day=date(2024, 2, 29), reason="", lets_go=True, by=house.users["anna"].id, now=NOW
        )
    with house.reading() as session:
        frame = billing.frame(session, billing.days_of(session, FEBRUARY), FEBRUARY)
        (shown,) = billing_preview.everything(session, frame)
    assert (shown.bill.record, shown.bill.problem, shown.changes) == (None, None, ())
    ((text, facts),) = shown.warnings
    assert facts == {"name": "Journal", "day": "2024-01-01", "was": "366,00", "now": "60,00"}
    assert "Credit the difference" in text


@pytest.mark.parametrize(("issued_on", "made"), [(JANUARY, 0), (date(2024, 1, 31), 1), (FEBRUARY, 1)])
def test_what_is_charged_afterwards_is_invoiced_when_its_period_has_ended(house: World, issued_on, made):
    house.sign(billing_months=1, in_advance=False)
    run(house, JANUARY, issued_on)
    assert len(invoices(house)) == made


def test_a_line_changed_within_a_period_paid_in_advance_is_charged_anew_less_what_was_invoiced(house: World):
    public_id = house.sign(house.line(), house.line("avvik"))  # 14 400 kr a year each, in advance
    run(house)
    july, by = date(2024, 7, 1), house.users["anna"].id
    with house.writing() as session:
        lines = select(AgreementLine.public_id).order_by(AgreementLine.position)
        first, second = session.scalars(lines)
        more = NewLine(house.products["journal"], 3000, 120_000)
        agreements.change_line(session, public_id, first, more, on=july, by=by, now=NOW)
    run(house, july)
    with house.writing() as session:
        agreements.end_line(session, public_id, second, on=date(2024, 8, 1), by=by, now=NOW)
    run(house, date(2024, 8, 1))
    _, changed = invoices(house)
    rows = archive.from_json(changed.record).lines
    assert [row.net_ore for row in rows] == [-723_934, 3 * 723_934]  # 184 days of 366
    assert rows[0].period_start == july
    assert [said for _, said in problems(house)] == [
        "The invoice comes to less than nothing. Make a credit note of it."
    ]
    run(house, date(2024, 8, 1))
    assert len(invoices(house)) == 2
