"""Deposits that came as one sum: tied to one on the books, split by hand, undone; and never on the books twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from infosoc.invoicing.models import Invoice
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.ledger.commands import years
from infosoc.ledger.models import FiscalYear, Voucher
from infosoc.payments import rules
from infosoc.payments.commands import by_hand, lumps, placing
from infosoc.payments.commands.lumps import MayBeThere, Settled, Split
from infosoc.payments.commands.placing import ToInvoice
from infosoc.payments.models import BankEntry
from infosoc.payments.queries import answers
from infosoc.payments.queries import lumps as queries
from infosoc.payments.queries.lumps import LumpState
from infosoc.payments.rules import Use
from tests.ledger.test_final import sql
from tests.payments.bank_files import DAY, BgMax
from tests.payments.house import PAYABLE, assert_whole, balance, bring, file_of, invoices, left, payments
from tests.payments.test_import import camt, credit_note, with_iban
from tests.payments.test_placing import address
from tests.subscriptions.world import World

LATER = date(2026, 3, 6)
SUM = 2 * PAYABLE


def lump(house: World) -> str:
    """A statement with one sum of 2 500 kr, without its payments."""
    with_iban(house)
    return bring(house, camt("053", batch=2), "statement.xml")


def bgmax(*references: str, on: date = LATER) -> bytes:
    file = BgMax().section()
    for at, reference in enumerate(references, 1):
        file.pay(PAYABLE, reference, serial=at)
    return file.deposit(on=on).bytes()


def settle(house: World, file: str, split: Split, *other_than: int) -> None:
    with house.writing() as session:
        lumps.settle(session, file, 1, split, other_than=other_than, by=None, now=clock.now())


def undo(house: World, file: str) -> None:
    with house.writing() as session:
        lumps.undo(session, file, 1, by=None, now=clock.now())


def state(session, file: str) -> LumpState:
    return queries.lump(session, file, 1).state


def onto(house: World, *ids: int) -> Split:
    return Split([ToInvoice(address(house, one), PAYABLE) for one in ids])


@pytest.mark.parametrize("first", ["lump", "bgmax"])
def test_a_lump_is_tied_to_the_deposit_of_another_day_whichever_comes_first(house: World, first):
    made = invoices(house, 2)
    data = bgmax(*(ocr for _, ocr in made))
    if first == "bgmax":
        bring(house, data)
    file = lump(house)
    if first == "lump":
        bring(house, data)
    with house.reading() as session:
        assert state(session, file) is LumpState.WAITING
        (found,) = queries.alike(session, queries.lump(session, file, 1).entry)
        assert (found.entry.format, found.entry.paid_on) == ("bgmax", LATER)
        assert len(queries.waiting(session)[0]) == 1
    with house.writing() as session:
        lumps.tie(session, file, 1, found.group_id, by=None, now=clock.now())
    with house.reading() as session:
        assert state(session, file) is LumpState.TIED
        assert queries.waiting(session) == ([], 0, 0)
        assert set(left(session).values()) == {0}
        assert balance(session, 1930) == SUM
        assert_whole(session)
    with pytest.raises(Settled):
        settle(house, file, onto(house, *(at for at, _ in made)))
    # The same money told of once more, of the lump's own day, is not posted either.
    bring(house, camt("054", *(ocr for _, ocr in made)))
    undo(house, file)
    with house.reading() as session:
        assert state(session, file) is LumpState.WAITING
        assert balance(session, 1930) == SUM
        assert_whole(session)


def test_only_a_deposit_of_the_same_amount_account_and_days_of_another_format_can_be_tied(house: World):
    (_, ocr), (_, other) = invoices(house, 2)
    file = lump(house)
    bring(house, BgMax().section().pay(SUM + 1, ocr, serial=1).deposit(on=LATER).bytes())
    bring(house, BgMax(serial=8).section().pay(SUM, other, serial=2).deposit(on=date(2026, 3, 12)).bytes())
    statement = camt("053", ocr, other).replace(b"2026-03-05<", b"2026-03-06<").replace(b"S053", b"S9")
    bring(house, statement)
    with house.reading() as session:
        assert queries.alike(session, queries.lump(session, file, 1).entry) == []
        groups = list(session.scalars(select(BankEntry.group_id).where(BankEntry.takes)))
    for group in (*groups, 0):
        with pytest.raises(lumps.NotAlike), house.writing() as session:
            lumps.tie(session, file, 1, group, by=None, now=clock.now())


def test_a_lump_is_split_over_an_invoice_a_customer_and_an_account_on_its_day(house: World):
    ((first, _),) = invoices(house, 1)
    file = lump(house)
    split = Split([ToInvoice(address(house, first), PAYABLE)], [(house.ids["akeri"], 100_000)], [(1630, 25_000)])
    settle(house, file, split)
    with house.reading() as session:
        assert state(session, file) is LumpState.BY_HAND
        assert left(session) == {first: 0}
        assert (balance(session, 1930), balance(session, 2420), balance(session, 1630)) == (SUM, -100_000, -25_000)
        (voucher,) = session.scalars(select(Voucher).where(Voucher.series == "C"))
        assert (voucher.voucher_on, voucher.amount_ore) == (DAY, SUM)
        assert_whole(session)
    undo(house, file)
    with house.reading() as session:
        assert state(session, file) is LumpState.WAITING
        assert left(session) == {first: PAYABLE}
        assert (balance(session, 1930), balance(session, 2420), balance(session, 1630)) == (0, 0, 0)
        assert session.scalar(select(Voucher.amount_ore).where(Voucher.series == "C", Voucher.number == 2)) == SUM
        assert_whole(session)
    (one,) = with_payments(house)
    with pytest.raises(placing.AlreadyTakenBack), house.writing() as session:
        placing.take_back(session, one, by=None, now=clock.now())
    with house.writing() as session:
        note = credit_note(session, house, "credit:1", first)
        session.flush()
    with pytest.raises(placing.AlreadyTakenBack), house.writing() as session:
        wanted = [ToInvoice(address_of(session, note), -PAYABLE)]
        placing.place_on_invoices(session, one, wanted, by=None, now=clock.now())
    settle(house, file, Split(accounts=[(1630, SUM)]))
    with house.reading() as session:
        assert (balance(session, 1930), balance(session, 1630)) == (SUM, -SUM)
        assert_whole(session)


def address_of(session, invoice_id: int) -> str:
    return session.scalars(select(Invoice.public_id).where(Invoice.id == invoice_id)).one()


def with_payments(house: World) -> list[str]:
    with house.reading() as session:
        return [one.public_id for one in payments(session)]


def test_a_split_whose_match_was_undone_first_is_undone_whole(house: World):
    ((first, _),) = invoices(house, 1)
    file = lump(house)
    settle(house, file, Split([ToInvoice(address(house, first), PAYABLE)], [(house.ids["akeri"], PAYABLE)]))
    (one,) = with_payments(house)
    with house.writing() as session:
        placing.take_back(session, one, by=None, now=clock.now())
    with house.reading() as session:
        assert balance(session, 2999) == -SUM
        assert_whole(session)
    undo(house, file)
    with house.reading() as session:
        assert (balance(session, 2999), balance(session, 1930)) == (0, 0)
        assert [part.kind for part in placing.allocations_of(session, payments(session)[0].id)] == [Use.WITHDRAWN]
        assert_whole(session)


@pytest.mark.parametrize(("invoice", "credit", "accounts"), [
    (PAYABLE, 0, [(1630, PAYABLE - 1)]), (PAYABLE, 0, [(1630, PAYABLE + 1)]), (0, 0, []), (PAYABLE, 0, []),
    (PAYABLE + 1, 0, [(1630, PAYABLE - 1)]), (PAYABLE, 0, [(1510, PAYABLE)]), (PAYABLE, 0, [(2999, PAYABLE)]),
    (PAYABLE, 0, [(1930, PAYABLE)]), (PAYABLE, 0, [(3010, PAYABLE)]), (PAYABLE, 0, [(9999, PAYABLE)]),
    (PAYABLE, PAYABLE, [(1630, 0)]),
])  # fmt: skip
def test_what_does_not_come_to_the_deposit_or_has_no_place_is_refused_whole(house: World, invoice, credit, accounts):
    ((first, _),) = invoices(house, 1)
    file = lump(house)
    split = Split(
        [ToInvoice(address(house, first), invoice)] if invoice else [],
        [(house.ids["akeri"], credit)] if credit else [], accounts,
    )  # fmt: skip
    with pytest.raises(DomainError):
        settle(house, file, split)
    with house.reading() as session:
        assert state(session, file) is LumpState.WAITING
        assert payments(session) == []
        assert_whole(session)


def test_an_invoice_issued_later_than_the_deposit_is_not_paid_by_it(house: World):
    with_iban(house)
    data = camt("053", batch=2).replace(b"2026-03-05<", b"2026-01-15<")
    file = bring(house, data)
    made = invoices(house, 2)
    with pytest.raises(by_hand.BeforeTheInvoice):
        settle(house, file, onto(house, *(at for at, _ in made)))


def test_a_lump_in_a_locked_period_is_booked_on_the_first_open_day(house: World):
    made = invoices(house, 2)
    file = lump(house)
    with house.writing() as session:
        year = session.scalars(select(FiscalYear).where(FiscalYear.starts_on == date(2026, 1, 1))).one()
        years.lock(session, year.public_id, date(2026, 3, 31), by=None)
    settle(house, file, onto(house, *(at for at, _ in made)))
    with house.reading() as session:
        (voucher,) = session.scalars(select(Voucher).where(Voucher.series == "C"))
        assert voucher.voucher_on == date(2026, 4, 1)
        assert_whole(session)


@pytest.mark.parametrize("on", [DAY, LATER])
def test_payments_of_a_lump_that_was_split_by_hand_are_held_until_it_is_undone(house: World, on):
    made = invoices(house, 2)
    file = lump(house)
    settle(house, file, onto(house, *(at for at, _ in made)))
    data = bgmax(*(ocr for _, ocr in made), on=on)
    held = bring(house, data)
    with house.reading() as session:
        (refused,) = file_of(session, held).report["refused"]
        assert "settled by hand" in refused["reason"]
        assert balance(session, 1930) == SUM
        assert_whole(session)
    undo(house, file)
    bring(house, data)
    with house.reading() as session:
        assert set(left(session).values()) == {0}
        assert balance(session, 1930) == SUM
        assert len([one for one in payments(session) if one.kind == "payment"]) == 2
        assert_whole(session)


@pytest.mark.parametrize("on", [DAY, LATER])
def test_other_money_of_the_same_amount_is_posted_once_somebody_has_said_so(house: World, on):
    made = invoices(house, 4)
    file = lump(house)
    settle(house, file, onto(house, made[0][0], made[1][0]))
    data = bgmax(made[2][1], made[3][1], on=on)
    bring(house, data)
    with house.writing() as session:
        lumps.keep_apart(session, file, 1, by=None, now=clock.now())
    bring(house, data)
    with house.reading() as session:
        assert set(left(session).values()) == {0}
        assert balance(session, 1930) == 2 * SUM
        assert_whole(session)


def test_what_may_be_on_the_books_is_split_only_by_one_who_says_that_it_is_other_money(house: World):
    made = invoices(house, 4)
    bring(house, bgmax(made[0][1], made[1][1]))
    file = lump(house)
    split = onto(house, made[2][0], made[3][0])
    with pytest.raises(MayBeThere):
        settle(house, file, split)
    with house.reading() as session:
        (found,) = queries.alike(session, queries.lump(session, file, 1).entry)
    settle(house, file, split, found.group_id)
    with house.reading() as session:
        assert balance(session, 1930) == 2 * SUM
        assert_whole(session)


def test_a_second_lump_of_the_same_money_is_tied_to_the_one_that_was_split_and_holds_it(house: World):
    made = invoices(house, 2)
    file = lump(house)
    settle(house, file, onto(house, *(at for at, _ in made)))
    second = bring(house, camt("054", batch=2).replace(b"2026-03-05<", b"2026-03-06<"))
    with house.reading() as session:
        (found,) = queries.alike(session, queries.lump(session, second, 1).entry)
    with pytest.raises(MayBeThere):
        settle(house, second, Split(accounts=[(1630, SUM)]))
    with house.writing() as session:
        lumps.tie(session, second, 1, found.group_id, by=None, now=clock.now())
    with pytest.raises(lumps.OthersTied):
        undo(house, file)
    undo(house, second)
    undo(house, file)
    with house.reading() as session:
        assert balance(session, 1930) == 0
        assert_whole(session)


def test_a_lump_whose_payments_came_of_the_same_day_cannot_be_settled_again(house: World):
    made = invoices(house, 2)
    file = lump(house)
    bring(house, bgmax(*(ocr for _, ocr in made), on=DAY))
    with house.reading() as session:
        assert state(session, file) is LumpState.POSTED
    with pytest.raises(Settled):
        settle(house, file, onto(house, *(at for at, _ in made)))
    for deed in (lumps.undo, lumps.keep_apart):
        with pytest.raises(lumps.NotSettled), house.writing() as session:
            deed(session, file, 1, by=None, now=clock.now())


def test_one_ore_too_much_in_the_voucher_of_a_split_is_found(house: World, monkeypatch):
    """Planted: the voucher takes an öre more to the bank, and more from the customer. It balances, and is not whole."""
    ((first, _),) = invoices(house, 1)
    file = lump(house)
    together = rules.together

    def one_more(account, some):
        bank, *others, last = together(account, some)
        return [replace(bank, amount_ore=bank.amount_ore + 1), *others, replace(last, amount_ore=last.amount_ore - 1)]

    monkeypatch.setattr(rules, "together", one_more)
    settle(house, file, Split([ToInvoice(address(house, first), PAYABLE)], [(house.ids["akeri"], PAYABLE)]))
    with house.reading() as session, pytest.raises(AssertionError):
        assert_whole(session)


def test_an_import_that_does_not_ask_what_was_settled_is_stopped_by_the_database(house: World, monkeypatch):
    """Planted: the import has forgotten that deposits are settled by hand."""
    made = invoices(house, 2)
    file = lump(house)
    settle(house, file, onto(house, *(at for at, _ in made)))
    monkeypatch.setattr(answers, "standing", lambda session, group_ids: {})
    monkeypatch.setattr(answers, "same_by_hand", lambda section, group_id, known: None)
    with pytest.raises(DBAPIError, match="settled already"):
        bring(house, bgmax(*(ocr for _, ocr in made), on=DAY))
    with house.reading() as session:
        assert balance(session, 1930) == SUM
        assert_whole(session)


def test_the_database_refuses_to_settle_what_a_file_has_taken_and_to_take_what_was_settled(house: World):
    made = invoices(house, 2)
    file = lump(house)
    settle(house, file, onto(house, *(at for at, _ in made)))
    bring(house, bgmax("1", on=LATER).replace(b"125000", b"125001"))
    statements = (
        "insert into bank_entry (tenant_id, file_id, section, line, format, account, serial, paid_on, amount_ore, "
        "payments, checked, amounts_digest, references_digest, group_id, takes, ledger_account) select tenant_id, "
        "file_id, 99, line, format, account, serial, paid_on, amount_ore, 1, 0, '', '', group_id, true, 1930 "
        "from bank_entry where payments = 0",
        "insert into deposit_answer (tenant_id, group_id, other_id, made_at) select tenant_id, group_id, group_id, "
        "current_timestamp from bank_entry where takes",
        "insert into deposit_answer (tenant_id, group_id, other_id, made_at) select tenant_id, group_id, group_id, "
        "current_timestamp from bank_entry where payments = 0",
        "update deposit_answer set payment_id = null, other_id = group_id", "delete from deposit_answer",
        "update bank_entry set ledger_account = 1940", "update payment_allocation set account = 1630",
    )  # fmt: skip
    for statement in statements:
        with house.app.app_context(), pytest.raises(DBAPIError):
            sql(statement)
