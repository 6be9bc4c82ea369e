"""`flask ledger`: the proof of the books, years, locks and balances, and what cannot be done as one line."""

from __future__ import annotations

import pytest

from tests.ledger.test_final import sql
from tests.ledger.world import make_books, posted, voucher

pytestmark = pytest.mark.sqlite_only
TENANT = ("--tenant", "infosoc")


@pytest.fixture
def told(app, session):
    """Run a command on the books of 2026, with two vouchers in them, and say what came of it."""
    make_books(session)
    posted(session, voucher("test:1", ore=12_500))
    posted(session, voucher("test:2", ore=99, text="Pennor"))
    session.rollback()

    def run(*arguments: str, exit_code: int = 0) -> str:
        outcome = app.test_cli_runner().invoke(args=["ledger", *arguments])
        assert outcome.exit_code == exit_code, outcome.output
        return outcome.output.replace("\N{NO-BREAK SPACE}", " ")

    return run


def test_whole_books_are_said_to_be_whole_and_a_wrong_sum_is_named(told):
    assert told("check") == "infosoc: 2 vouchers, 4 lines: whole.\n"
    sql("update account_month set debit_ore = debit_ore + 1 where account = 5410")
    wrong = told("check", *TENANT, exit_code=1)
    assert "5410" in wrong
    assert wrong.endswith("infosoc: 2 vouchers, 4 lines: 1 faults.\n")


def test_the_balances_of_a_year_come_to_nothing_together(told):
    lines = told("balances", *TENANT, "--year", "2026-06-30").splitlines()
    assert [line.split("\t")[:2] for line in lines] == [
        ["1930", "\N{MINUS SIGN}125,99"],
        ["5410", "125,99"],
        ["", "0,00"],
    ]
    assert lines[-1].endswith("2026-01-01 to 2026-12-31")


def test_years_are_added_locked_and_unlocked_with_a_reason(told):
    assert told("years", *TENANT) == "2026-01-01\t2026-12-31\t-\t2\n"
    told("add-year", *TENANT, "2027-01-01", "2027-12-31")
    told("lock", *TENANT, "2026-03-31")
    assert told("years", *TENANT).splitlines()[0] == "2026-01-01\t2026-12-31\t2026-03-31\t2"
    told("unlock", *TENANT, "2026-03-31", "--through", "2026-01-31", "--reason", "Felaktig period")
    assert told("years", *TENANT).splitlines()[0] == "2026-01-01\t2026-12-31\t2026-01-31\t2"


@pytest.mark.parametrize(("arguments", "exit_code", "said"), [
    (("years", "--tenant", "nobody"), 1, "nobody"),
    (("check", "--tenant", "nobody"), 1, "nobody"),
    (("lock", *TENANT, "2031-01-01"), 1, "There is no fiscal year on the books for 2031-01-01."),
    (("lock", *TENANT, "snart"), 2, "'snart' is not a day such as 2026-12-31."),
    (("add-year", *TENANT, "2026-07-01", "2027-06-30"), 1, "must be consecutive"),
    (("add-year", *TENANT, "2027-01-01", "2027-12-15"), 1, "month"),
    (("unlock", *TENANT, "2026-03-31"), 2, "--reason"),
    (("balances", *TENANT, "--year", "2031-01-01"), 1, "There is no fiscal year"),
])  # fmt: skip
def test_what_cannot_be_done_is_one_line(told, arguments, exit_code, said):
    answer = told(*arguments, exit_code=exit_code)
    assert said in answer
    assert "Traceback" not in answer
