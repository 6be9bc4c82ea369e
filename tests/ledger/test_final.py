"""What the database itself refuses, whoever asks: direct SQL against posted vouchers, counters, years and locks."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from infosoc.db.session import db, transaction
from infosoc.ledger.commands import years
from infosoc.ledger.models import FiscalYear
from infosoc.ledger.queries.checks import check
from tests.ledger.world import make_books, posted, reading, voucher, within

COLUMNS = (
    "tenant_id, fiscal_year_id, series, voucher_on, event_on, text_folded, counterparty, documents, rule, fingerprint, "
    "registered_at"
)
LINE_COLUMNS = "tenant_id, account, vat_code, vat_on, objects"


def sql(*statements: str) -> None:
    """Run statements as somebody with the database in his hands; with every tenant's rows in sight."""
    with transaction() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("select set_config('infosoc.tenant', '*', true)"))
        for statement in statements:
            connection.execute(text(statement))


def line(voucher_id: int, position: int, ore: int, day: str = "2026-03-05") -> str:
    """A line like those that are there, of another voucher."""
    return (
        f"insert into voucher_line (voucher_id, position, amount_ore, voucher_on, text, {LINE_COLUMNS}) "
        f"select {voucher_id}, {position}, {ore}, '{day}', 'x', {LINE_COLUMNS} from voucher_line "
        "order by id limit 1"
    )


def header(
    voucher_id: int, number: int, ore: int, *, source: str = "sql", public_id: str = "sqlsqlsqlsq", **other: str
) -> str:
    """A voucher like the one that is there, with these in it."""
    columns = COLUMNS
    values = COLUMNS
    for name, value in other.items():
        values = values.replace(name, f"'{value}'", 1)
    return (
        f"insert into voucher (id, number, amount_ore, source, public_id, text, {columns}) "
        f"select {voucher_id}, {number}, {ore}, '{source}', '{public_id}', 'x', {values} from voucher order by id "
        "limit 1"
    )


@pytest.fixture
def books(session):
    make_books(session)
    return posted(session, voucher("one")), posted(session, voucher("two"))


@pytest.mark.parametrize(
    "statement",
    [
        "update voucher set text = 'Annat'",
        "update voucher set text = text",
        "update voucher set number = 7 where number = 2",
        "update voucher set registered_by = null",
        "update voucher_line set amount_ore = amount_ore * 2",
        "update voucher_line set vat_code = 'S25'",
        "delete from voucher_line",
        "delete from voucher",
        "delete from voucher where number = 2",
        "update number_series set last_number = 0",
        "update number_series set series = 'Z'",
        "delete from number_series",
        "delete from fiscal_year",
        "delete from ledger_account where number = 1930",
        "update ledger_account set number = 1931 where number = 1930",
        "update fiscal_year set starts_on = '2026-06-01'",
        "insert into fiscal_year (tenant_id, starts_on, ends_on, version, created_at, public_id) "
        "select tenant_id, '2026-12-01', '2027-11-30', 1, created_at, 'overlapping' from fiscal_year",
    ],
)  # fmt: skip
def test_what_is_posted_cannot_be_changed_by_direct_sql(books, session, statement):
    with pytest.raises(DBAPIError):
        sql(statement)
    assert reading(session, check).faults == []


def test_a_line_cannot_be_added_to_a_posted_voucher(books, session):
    with pytest.raises(DBAPIError, match="final"):
        sql(line(books[0].id, 9, 100), line(books[0].id, 10, -100))


def test_lines_without_a_voucher_do_not_commit(books):
    with pytest.raises(DBAPIError):
        sql(line(900, 1, 100), line(900, 2, -100))


COUNT = "update number_series set last_number = last_number + 1"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([COUNT, line(900, 1, 100), line(900, 2, -99), header(900, 3, 100)], "balance"),
        ([COUNT, header(900, 3, 0)], "balance"),
        ([COUNT, line(900, 1, 100), line(900, 2, -100), header(900, 3, 99)], "agree"),
        ([COUNT, line(900, 1, 100), line(900, 2, -100, "2026-03-06"), header(900, 3, 100)], "agree"),
        ([line(900, 1, 100), line(900, 2, -100), header(900, 3, 100)], "number"),
        ([COUNT, COUNT, line(900, 1, 100), line(900, 2, -100), header(900, 4, 100)], "number"),
        ([COUNT, line(900, 1, 100, "2025-03-05"), line(900, 2, -100, "2025-03-05"), 
          header(900, 3, 100, voucher_on="2025-03-05")], "year"),
    ],
)  # fmt: skip
def test_a_voucher_that_is_not_whole_is_refused_by_the_database(books, session, statements, said):
    with pytest.raises(DBAPIError, match=said):
        sql(*statements)
    assert posted(session, voucher("three")).name == "A3"
    assert reading(session, check).faults == []


def test_a_whole_voucher_by_direct_sql_is_taken_and_summed(books, session):
    """So that the refusals above are those of what is wrong, and of nothing else."""
    sql(COUNT, line(900, 1, 100), line(900, 2, -100), header(900, 3, 100))
    assert reading(session, check).faults == []


def test_a_locked_period_is_locked_for_direct_sql_too(books, session):
    year = reading(session, lambda s: s.scalars(select(FiscalYear)).one().public_id)
    within(session, years.lock, year, date(2026, 3, 31), by=None)
    with pytest.raises(DBAPIError, match="locked"):
        sql(COUNT, line(900, 1, 100), line(900, 2, -100), header(900, 3, 100))
    with pytest.raises(DBAPIError, match="locked"):
        sql(
            "insert into opening_balance (tenant_id, fiscal_year_id, account, amount_ore) "
            "select tenant_id, id, 1930, 5 from fiscal_year"
        )


@pytest.mark.sqlite_only
def test_replace_does_not_slip_past(books, session):
    """SQLite's REPLACE removes rows without asking the triggers of removal."""
    for statement in (
        header(books[0].id, 3, 100), header(900, 1, 100), header(900, 3, 100, source="one"),
        header(900, 3, 100, public_id=books[0].public_id),
    ):  # fmt: skip
        with pytest.raises(DBAPIError):
            sql(
                COUNT, line(900, 1, 100), line(900, 2, -100), statement.replace("insert into", "insert or replace into")
            )
    with pytest.raises(DBAPIError):
        sql("insert or replace into voucher_line select * from voucher_line")
    with pytest.raises(DBAPIError):
        sql(
            "insert or replace into number_series (tenant_id, kind, series, fiscal_year_id, last_number) "
            "select tenant_id, kind, series, fiscal_year_id, 0 from number_series"
        )
    assert reading(session, check).faults == []


@pytest.mark.postgres_only
def test_tables_of_vouchers_cannot_be_emptied(books, session):
    with pytest.raises(DBAPIError, match="final"), db.engine.begin() as connection:
        connection.execute(text("reset role"))
        connection.execute(text("truncate voucher_line, voucher cascade"))
