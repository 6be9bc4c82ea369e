"""Money that comes to any of our numbers is ours, on the days that they are, and stands on the account of each."""

from __future__ import annotations

from datetime import date

import pytest

from infosoc.invoicing.commands import receiving
from infosoc.invoicing.commands.receiving import Use
from infosoc.kernel import clock
from infosoc.payments.commands import lumps
from infosoc.payments.commands.lumps import Split
from infosoc.payments.queries import lumps as queries
from infosoc.payments.survey import NotOurs, NotOursThen, OwnAccount, OwnAccounts
from tests.payments.bank_files import BgMax
from tests.payments.house import PAYABLE, balance, bring, file_of, invoices, left, payments
from tests.payments.test_import import camt
from tests.payments.test_lumps import SUM
from tests.subscriptions.world import World

OTHER, IBAN = "54029681", "SE4550000000058398257466"


def add(house: World, kind: str, number: str, use: Use) -> None:
    with house.writing() as session:
        receiving.add(session, kind, number, use, bic="ESSESESS", by=None, now=clock.now())


def test_each_number_has_an_account_of_the_chart(house: World):
    (first, ocr), (second, other) = invoices(house, 2)
    add(house, "bankgiro", OTHER, Use(1940))
    file = BgMax().section().pay(PAYABLE, ocr, serial=1).deposit()
    file.section(bankgiro=OTHER).pay(PAYABLE, other, serial=2).deposit()
    bring(house, file.bytes())
    with house.reading() as session:
        assert left(session) == {first: 0, second: 0}
        assert (balance(session, 1930), balance(session, 1940)) == (PAYABLE, PAYABLE)
        assert [one.account for one in payments(session)] == [1930, 1940]


def test_a_deposit_on_a_day_when_the_number_was_not_ours_is_left_out_and_named(house: World):
    ((first, ocr),) = invoices(house, 1)
    add(house, "bankgiro", OTHER, Use(1940, date(2026, 3, 6), date(2026, 3, 31)))
    file = BgMax()
    for on in (date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 31), date(2026, 4, 1)):
        file.section(bankgiro=OTHER).pay(25_000, ocr).deposit(on=on)
    made = bring(house, file.bytes())
    with house.reading() as session:
        refused = file_of(session, made).report["refused"]
        assert [one["section"] for one in refused] == [1, 4]
        assert "was not ours on 2026-03-05" in refused[0]["reason"]
        assert left(session) == {first: PAYABLE - 50_000}
        assert balance(session, 1940) == 50_000


def test_the_same_sum_on_the_same_day_on_two_accounts_is_two_deposits(house: World):
    (_, ocr), (_, other) = invoices(house, 2)
    add(house, "iban", IBAN, Use(1940))
    bring(house, BgMax().section().pay(PAYABLE, ocr, serial=1).pay(PAYABLE, other, serial=2).deposit().bytes())
    file = bring(house, camt("053", batch=2))
    with house.reading() as session:
        one = queries.lump(session, file, 1)
        assert (one.state, one.entry.ledger_account) == (queries.LumpState.WAITING, 1940)
        assert queries.alike(session, one.entry) == []
    with house.writing() as session:
        lumps.settle(session, file, 1, Split(accounts=[(1630, SUM)]), other_than=(), by=None, now=clock.now())
    with house.reading() as session:
        assert (balance(session, 1930), balance(session, 1940)) == (SUM, SUM)


def test_a_number_is_found_as_banks_write_it():
    own = OwnAccounts((
        OwnAccount("9912346"), OwnAccount(IBAN, 1940, date(2026, 1, 1)),
        OwnAccount("2865434", 1920, None, date(2025, 12, 31)),
    ))  # fmt: skip
    day = date(2026, 3, 5)
    for written, account in (("0009912346", 1930), ("991-2346", 1930), (IBAN, 1940), ("58398257466", 1940)):
        assert written in own
        assert own.on(written, day).ledger_account == account
    for written, wrong in (("98257", NotOurs), ("", NotOurs), ("0000", NotOurs), ("28 65 43-4", NotOursThen)):
        with pytest.raises(wrong):
            own.on(written, day)
