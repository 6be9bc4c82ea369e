"""Issuing and settling: numbers, vouchers, claims, and what the database refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from infosoc.invoicing.commands import claims, issue
from infosoc.invoicing.commands.claims import How, NewSettlement
from infosoc.invoicing.commands.issue import AlreadyInvoiced, Charged
from infosoc.invoicing.models import Invoice, InvoicedCharge, InvoiceLine, Settlement
from infosoc.invoicing.rules import archive
from infosoc.kernel.ocr import OcrRule, is_right
from infosoc.ledger.models import VoucherLine
from infosoc.subscriptions.models import Agreement, AgreementLine
from tests.invoicing.world import DAY, JOURNAL, NOW, issued, new_invoice, raising_at_the_end
from tests.ledger.test_final import sql
from tests.subscriptions.world import World

PAYABLE = 125_000


def balance(session, account: int) -> int:
    return session.scalar(
        select(func.coalesce(func.sum(VoucherLine.amount_ore), 0)).where(VoucherLine.account == account)
    )


def only(session) -> Invoice:
    return session.scalars(select(Invoice).execution_options(populate_existing=True)).one()


def settlement(invoice: Invoice, ore: int = PAYABLE, source: str = "pay:1", on: date = DAY) -> NewSettlement:
    return NewSettlement(invoice.id, on, How.PAYMENT, ore, source)


def test_an_invoice_is_numbered_booked_and_owed_at_once(house: World):
    issued(house, "draft:1", "draft:2")
    with house.reading() as session:
        first, second = session.scalars(select(Invoice).order_by(Invoice.number))
        assert (first.number, second.number) == (1, 2)
        assert (first.net_ore, first.vat_ore, first.payable_ore, first.open_ore) == (100_000, 25_000, PAYABLE, PAYABLE)
        assert is_right(first.ocr, OcrRule.LENGTH_DIGIT)
        assert first.ocr != second.ocr
        assert {account: balance(session, account) for account in (1510, 3010, 2611)} == {
            1510: 2 * PAYABLE, 3010: -200_000, 2611: -50_000,
        }  # fmt: skip
        kept = archive.from_json(first.record)
        assert (kept.heading.number, kept.terms.ocr) == ("1", first.ocr)
        assert session.scalar(select(func.sum(InvoiceLine.net_ore))) == 200_000


def test_the_same_source_gives_the_invoice_that_is_there(house: World):
    (first,) = issued(house, "draft:1")
    again, other = issued(house, "draft:1", "draft:2")
    assert (again.id, again.record, again.was_there) == (first.id, first.record, True)
    assert (other.record.heading.number, other.was_there) == ("2", False)


def test_numbers_of_an_issue_that_was_cut_off_are_given_again(house: World):
    issued(house, "draft:1")
    with raising_at_the_end(house) as session:
        issue.issue(session, new_invoice(session, house, "draft:2"), by=None, now=NOW)
    (made,) = issued(house, "draft:3")
    assert made.record.heading.number == "2"


def test_what_comes_to_nothing_is_issued_without_a_voucher(house: World):
    with house.writing() as session:
        free = new_invoice(session, house, "free", replace(JOURNAL, discount_hundredths=10_000))
        issue.issue(session, free, by=None, now=NOW)
    with house.reading() as session:
        made = only(session)
        assert (made.voucher_id, made.payable_ore, made.settled_on) == (None, 0, DAY)


def test_a_period_of_an_agreement_is_invoiced_once(house: World):
    public_id = house.sign()
    with house.writing() as session:
        query = select(AgreementLine.id).join(Agreement, Agreement.id == AgreementLine.agreement_id)
        line = session.scalars(query.where(Agreement.public_id == public_id)).one()
        charged = (Charged(line, date(2024, 1, 1), 100_000),)
        issue.issue(session, new_invoice(session, house, "run:1", charges=charged), by=None, now=NOW)
    with pytest.raises(AlreadyInvoiced), house.writing() as session:
        issue.issue(session, new_invoice(session, house, "run:2", charges=charged), by=None, now=NOW)
    with pytest.raises(DBAPIError), house.writing() as session:
        session.add(InvoicedCharge(agreement_line_id=line, period_on=date(2024, 1, 1), invoice_id=1, net_ore=1))
        session.flush()
    (made,) = issued(house, "run:3")
    assert made.record.heading.number == "2"


def test_a_payment_lowers_the_claim_and_is_written_once(house: World):
    issued(house, "draft:1")
    with house.writing() as session:
        part = settlement(only(session), 100_000)
        claims.settle(session, [part, part], by=None, now=NOW)
    with house.writing() as session:
        assert (only(session).open_ore, only(session).settled_on) == (25_000, None)
        rest = settlement(only(session), 25_000, "pay:2", date(2024, 3, 1))
        (last,) = claims.settle(session, [rest], by=None, now=NOW)
        assert (only(session).open_ore, only(session).settled_on) == (0, date(2024, 3, 1))
        claims.undo(session, last, on=date(2024, 3, 2), voucher_id=None, by=None, now=NOW)
        assert (only(session).open_ore, only(session).settled_on) == (25_000, None)
    with pytest.raises(claims.AlreadyUndone), house.writing() as session:
        last = session.scalars(select(Settlement).where(Settlement.source == "pay:2")).one()
        claims.undo(session, last, on=date(2024, 3, 2), voucher_id=None, by=None, now=NOW)


@pytest.mark.parametrize(("ore", "on", "error"), [
    (PAYABLE + 1, DAY, claims.MoreThanLeft), (-1, DAY, claims.MoreThanLeft),
    (1, date(2024, 1, 31), claims.BeforeIssued),
])  # fmt: skip
def test_a_claim_is_not_settled_beyond_what_is_left_nor_before_it_was_there(house: World, ore, on, error):
    issued(house, "draft:1")
    with pytest.raises(error), house.writing() as session:
        claims.settle(session, [settlement(only(session), ore, on=on)], by=None, now=NOW)


@pytest.mark.parametrize("statement", [
    "update invoice set payable_ore = payable_ore + 1", "update invoice set record = '{}'",
    "update invoice set number = 7", "update invoice set due_on = '2030-01-01'", "delete from invoice",
    "update invoice_line set net_ore = 1", "delete from invoice_line", "update settlement set amount_ore = 2",
    "delete from settlement", "update invoice set open_ore = open_ore + 1",
])  # fmt: skip
def test_the_database_itself_keeps_what_was_issued(house: World, statement):
    issued(house, "draft:1")
    with house.writing() as session:
        claims.settle(session, [settlement(only(session))], by=None, now=NOW)
    with house.app.app_context(), pytest.raises(DBAPIError):
        sql(statement)


def test_a_record_follows_its_company_and_stays_as_it_was(house: World):
    issued(house, "draft:1")
    with house.writing() as session:
        only(session).company_id = house.ids["bygg"]
    with house.reading() as session:
        assert (only(session).company_id, only(session).buyer_name) == (house.ids["bygg"], "Åkeri AB")
