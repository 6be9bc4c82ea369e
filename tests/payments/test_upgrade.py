"""A database of before deposits could be settled by hand, with payments in it, is brought up to date and goes on."""

from __future__ import annotations

from datetime import date

import flask_migrate
from sqlalchemy import create_engine, select, text

from infosoc.invoicing.models import InvoicingSettings, ReceivingAccount
from infosoc.payments.models import BankEntry
from tests.payments.bank_files import BgMax
from tests.payments.house import PAYABLE, assert_whole, bring, invoices, left, paying
from tests.subscriptions.world import World
from tests.support.databases import MIGRATIONS

OLDER = {
    "sqlite": (
        "DROP TRIGGER bank_entry_once", "DROP TRIGGER bank_entry_final", "DROP TRIGGER payment_allocation_final",
        "DROP TABLE deposit_answer", "DROP TABLE receiving_account", "DROP INDEX ix_bank_entry_lump",
    ),
    "postgresql": (
        "drop table deposit_answer", "drop table receiving_account", "drop index ix_bank_entry_lump",
        "drop trigger bank_entry_final on bank_entry", "drop trigger payment_allocation_final on payment_allocation",
        "drop function deposit_answer_is_final", "drop function deposit_answer_once",
        "drop function bank_entry_once cascade",
    ),
}  # fmt: skip
COLUMNS = ("alter table bank_entry drop column ledger_account", "alter table payment_allocation drop column account")


def later(ocr: str) -> bytes:
    return BgMax(serial=8).section().pay(PAYABLE, ocr, serial=9).deposit(on=date(2026, 3, 9)).bytes()


def test_payments_of_before_the_migration_stay_and_the_printed_numbers_are_received_on(house: World, database_url):
    (first, ocr), (second, other) = invoices(house, 2)
    bring(house, paying(ocr).bytes())
    with house.writing() as session:
        own = session.scalars(select(InvoicingSettings)).one()
        own.iban, own.bic = "SE4550000000058398257466", "ESSESESS"
    engine = create_engine(database_url)  # as the owner of the tables, who migrates
    with engine.begin() as connection:
        for statement in (*OLDER[engine.dialect.name], *COLUMNS):
            connection.execute(text(statement))
        connection.execute(text("UPDATE alembic_version SET version_num = '0014'"))
    engine.dispose()
    with house.app.app_context():
        flask_migrate.upgrade(directory=str(MIGRATIONS), revision="0015")
        flask_migrate.stamp(directory=str(MIGRATIONS))  # what came after it is there already
    bring(house, later(other))
    with house.reading() as session:
        found = session.scalars(select(ReceivingAccount).order_by(ReceivingAccount.kind)).all()
        assert [(one.kind, one.number, one.bic, one.ledger_account) for one in found] == [
            ("bankgiro", "9912346", "", 1930), ("iban", "SE4550000000058398257466", "ESSESESS", 1930),
        ]  # fmt: skip
        assert set(session.scalars(select(BankEntry.ledger_account))) == {1930}
        assert left(session) == {first: 0, second: 0}
        assert_whole(session)
