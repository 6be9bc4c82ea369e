"""Importing bank files: what is booked, what is refused, and that nothing is ever booked twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from infosoc.kernel.errors import DomainError
from infosoc.ledger.commands import years
from infosoc.ledger.models import FiscalYear, Voucher, VoucherLine
from infosoc.payments import importing
from infosoc.payments.commands import booking
from infosoc.payments.commands.files import IsTest, SameFile
from infosoc.payments.models import BankEntry, BankFile, IncomingPayment
from tests.invoicing.world import new_invoice
from tests.ledger.test_final import sql
from tests.payments.bank_files import DAY, BgMax, Camt
from tests.payments.house import (
    ISSUED_ON,
    PAYABLE,
    assert_whole,
    balance,
    bring,
    file_of,
    invoices,
    left,
    paying,
    payments,
)
from tests.subscriptions.world import World


def test_what_a_checked_reference_names_is_settled_on_the_day_of_the_deposit(house: World):
    (first, ocr), (second, other) = invoices(house, 2)
    made = bring(house, paying(ocr, other).bytes())
    with house.reading() as session:
        assert left(session) == {first: 0, second: 0}
        assert (file_of(session, made).state, file_of(session, made).matched) == ("posted", 2)
        (voucher,) = session.scalars(select(Voucher).where(Voucher.series == "C"))
        assert (voucher.voucher_on, voucher.amount_ore) == (DAY, 2 * PAYABLE)
        lines = session.execute(select(VoucherLine.account, VoucherLine.amount_ore).where(
            VoucherLine.voucher_id == voucher.id).order_by(VoucherLine.position)).all()  # fmt: skip
        assert lines == [(1930, 2 * PAYABLE), (1510, -PAYABLE), (1510, -PAYABLE)]
        assert_whole(session)


def test_part_payment_overpayment_and_unknown_money_each_have_their_place(house: World):
    (first, one), (second, two) = invoices(house, 2)
    file = BgMax().section().pay(100_000, one, serial=1).pay(150_000, two, serial=2)
    file.pay(7_700, "FAKT 88", code="3", serial=3).name("Okänd AB").deposit()
    made = bring(house, file.bytes())
    with house.reading() as session:
        assert left(session) == {first: 25_000, second: 0}
        assert (balance(session, 2420), balance(session, 2999)) == (-25_000, -7_700)
        assert [one.left_ore for one in payments(session)] == [0, 0, 7_700]
        assert (file_of(session, made).matched, file_of(session, made).total) == (2, 3)
        assert_whole(session)


def test_an_invoice_that_was_paid_before_gives_the_customer_a_credit(house: World):
    ((_, ocr),) = invoices(house, 1)
    bring(house, paying(ocr, ocr).bytes())
    with house.reading() as session:
        assert balance(session, 2420) == -PAYABLE
        assert_whole(session)


def test_several_invoices_less_a_credit_note_in_one_payment_and_a_deduction(house: World):
    (first, one), (second, two), (third, three) = invoices(house, 3)
    with house.writing() as session:
        notes = [credit_note(session, house, f"credit:{at}", at) for at in (first, third)]
    file = BgMax().section().pay(2 * PAYABLE, "", code="3", serial=1).refer(one).refer(two)
    file.pay(PAYABLE, three, serial=2).deduct(PAYABLE, three).deposit()
    bring(house, file.bytes())
    with house.reading() as session:
        assert left(session) == {first: 0, second: 0, third: 0, notes[0]: -PAYABLE, notes[1]: 0}
        assert_whole(session)


def credit_note(session, house: World, source: str, of: int) -> int:
    from infosoc.invoicing.commands import issue
    from infosoc.invoicing.rules.record import Kind

    new = new_invoice(session, house, source, on=ISSUED_ON, credits_id=of)
    heading = replace(new.record.heading, kind=Kind.CREDIT_NOTE)
    return issue.issue(
        session, replace(new, record=replace(new.record, heading=heading)), by=None, now=importing.clock.now()
    ).id


def test_the_same_file_is_refused_and_so_is_a_test_file(house: World):
    ((_, ocr),) = invoices(house, 1)
    data = paying(ocr).bytes()
    bring(house, data)
    with pytest.raises(SameFile, match="Line 1: this file has been imported before"):
        bring(house, data)
    with pytest.raises(IsTest):
        bring(house, BgMax(is_test=True).section().pay(1, ocr).deposit().bytes())
    with house.reading() as session:
        assert len(payments(session)) == 1


@pytest.mark.parametrize("damage", [
    lambda data: data[:-90], lambda data: data.replace(b"000125000", b"000125001", 1), lambda data: data + data,
    lambda data: b"hello", lambda data: b"",
])  # fmt: skip
def test_nothing_of_a_damaged_file_is_kept(house: World, damage):
    ((_, ocr),) = invoices(house, 1)
    with pytest.raises(DomainError, match="Line"):
        bring(house, damage(paying(ocr).bytes()))
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(BankFile)) == 0


def bgmax(ocr: str, other: str) -> bytes:
    return paying(ocr, other).bytes()


def camt(kind: str, *references: str, batch: int | None = None) -> bytes:
    file = Camt(kind, account="<IBAN>SE4550000000058398257466</IBAN>", number=f"S{kind}")
    return file.entry(PAYABLE * 2, *(file.tx(PAYABLE, ocr=one) for one in references), batch=batch).bytes()


@pytest.mark.parametrize("order", [
    ("bgmax", "054"), ("054", "bgmax"), ("bgmax", "053"), ("053", "bgmax"), ("053", "054", "bgmax"),
    ("empty", "bgmax", "054"), ("bgmax", "empty", "053 again"), ("054", "053"), ("054", "empty", "054 again"),
])  # fmt: skip
def test_the_same_money_in_several_files_is_booked_once_whichever_comes_first(house: World, order):
    (first, ocr), (second, other) = invoices(house, 2)
    with_iban(house)
    made = {
        "bgmax": bgmax(ocr, other), "054": camt("054", ocr, other), "053": camt("053", ocr, other),
        "empty": camt("053", batch=2), "054 again": camt("054", ocr, other).replace(b"MSG-7", b"MSG-8"),
        "053 again": camt("053", ocr, other).replace(b"MSG-7", b"MSG-8"),
    }  # fmt: skip
    for name in order:
        bring(house, made[name], name)
    with house.reading() as session:
        assert left(session) == {first: 0, second: 0}
        assert [one.amount_ore for one in payments(session)] == [PAYABLE, PAYABLE]
        assert balance(session, 1930) == 2 * PAYABLE
        assert len(set(session.scalars(select(BankEntry.group_id)))) == 1
        assert_whole(session)


def with_iban(house: World) -> None:
    from infosoc.invoicing.models import InvoicingSettings

    with house.writing() as session:
        session.scalars(select(InvoicingSettings)).one().iban = "SE4550000000058398257466"


def test_two_deposits_of_one_amount_and_day_are_two_in_both_formats(house: World):
    made = invoices(house, 4)
    with_iban(house)
    ocrs = [ocr for _, ocr in made]
    bring(house, paying(*ocrs, each=2).bytes())
    file = Camt("054", account="<IBAN>SE4550000000058398257466</IBAN>")
    for pair in ((ocrs[2], ocrs[3]), (ocrs[0], ocrs[1])):
        file.entry(2 * PAYABLE, *(file.tx(PAYABLE, ocr=one) for one in pair))
    bring(house, file.bytes())
    with house.reading() as session:
        assert set(left(session).values()) == {0}
        assert len(payments(session)) == 4
        assert_whole(session)


def test_other_money_of_the_same_amount_and_day_is_booked(house: World):
    (first, ocr), (second, other) = invoices(house, 2)
    with_iban(house)
    bring(house, paying(ocr).bytes())
    file = Camt("054", account="<IBAN>SE4550000000058398257466</IBAN>")
    bring(house, file.entry(PAYABLE, file.tx(PAYABLE, ocr=other)).bytes())
    with house.reading() as session:
        assert left(session) == {first: 0, second: 0}
        assert balance(session, 1930) == 2 * PAYABLE
        assert_whole(session)


def test_sections_that_are_not_ours_foreign_or_on_locked_days_are_left_out_and_the_rest_is_booked(house: World):
    made = invoices(house, 2)
    with house.writing() as session:
        year = session.scalars(select(FiscalYear).where(FiscalYear.starts_on == date(2026, 1, 1))).one()
        years.lock(session, year.public_id, date(2026, 1, 31), by=None)
    file = BgMax().section(bankgiro="54029681").pay(100, made[0][1]).deposit()
    file.section("EUR").pay(100, made[0][1]).deposit().section().pay(PAYABLE, made[0][1]).deposit(on=date(2026, 1, 30))
    file.section().pay(PAYABLE, made[1][1]).deposit()
    public_id = bring(house, file.bytes())
    with house.reading() as session:
        kept = file_of(session, public_id)
        assert sorted(one["section"] for one in kept.report["refused"]) == [1, 2, 3]
        assert left(session) == {made[0][0]: PAYABLE, made[1][0]: 0}
        assert_whole(session)


def test_money_that_came_before_its_invoice_was_issued_waits_for_a_person(house: World):
    ((at, ocr),) = invoices(house, 1)
    bring(house, BgMax().section().pay(PAYABLE, ocr).deposit(on=date(2026, 1, 30)).bytes())
    with house.reading() as session:
        assert left(session) == {at: PAYABLE}
        assert balance(session, 2999) == -PAYABLE
        assert_whole(session)


def test_an_import_that_is_cut_off_anywhere_goes_on_where_it_was(house: World, monkeypatch):
    made = invoices(house, 7)
    monkeypatch.setattr(importing, "CHUNK", 2)
    data = paying(*(ocr for _, ocr in made), each=5).bytes()
    booked = booking.book
    calls = []

    def dying(*args, **more):
        calls.append(1)
        result = booked(*args, **more)
        if len(calls) in (1, 3):
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(booking, "book", dying)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            bring(house, data)
    bring(house, data)
    with house.reading() as session:
        assert set(left(session).values()) == {0}
        assert len(payments(session)) == 7
        assert_whole(session)


def test_a_deposit_too_large_for_one_voucher_has_several(house: World, monkeypatch):
    made = invoices(house, 5)
    monkeypatch.setattr(importing, "CHUNK", 2)
    bring(house, paying(*(ocr for _, ocr in made)).bytes())
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Voucher).where(Voucher.series == "C")) == 3
        assert_whole(session)


@pytest.mark.parametrize("statement", [
    "update incoming_payment set amount_ore = 1", "update incoming_payment set left_ore = left_ore + 1",
    "delete from incoming_payment", "update payment_allocation set amount_ore = 2", "delete from payment_allocation",
    "update bank_entry set amount_ore = 1", "delete from bank_entry", "delete from bank_file",
    "update bank_file set size = 1",
])  # fmt: skip
def test_the_database_itself_keeps_what_was_booked(house: World, statement):
    ((_, ocr),) = invoices(house, 1)
    bring(house, BgMax().section().pay(100, ocr).pay(300, "x", code="3").deposit().bytes())
    with house.app.app_context(), pytest.raises(DBAPIError):
        sql(statement)


def test_the_claim_of_a_group_company_is_settled_on_its_own_account(house: World):
    from infosoc.invoicing.models import CustomerAccount

    with house.writing() as session:
        session.add(
            CustomerAccount(number=1, company_id=house.ids["akeri"], is_group=True, created_at=importing.clock.now())
        )
    ((at, ocr),) = invoices(house, 1)
    bring(house, paying(ocr).bytes())
    with house.reading() as session:
        assert left(session) == {at: 0}
        assert balance(session, 1560) == 0
        assert session.scalar(select(func.count()).select_from(IncomingPayment)) == 1
        assert_whole(session)


def test_lines_that_come_to_nothing_are_kept_without_a_voucher(house: World):
    ((at, ocr),) = invoices(house, 1)
    bring(house, BgMax().section().pay(0, ocr).deposit().bytes())
    with house.reading() as session:
        (one,) = payments(session)
        assert (one.amount_ore, one.left_ore, one.voucher_id) == (0, 0, None)
        assert left(session) == {at: PAYABLE}
