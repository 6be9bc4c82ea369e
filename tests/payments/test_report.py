"""What a bank file comes to."""

from __future__ import annotations

import io

import pytest

from infosoc.payments.readers.errors import WrongSum
from infosoc.payments.readers.files import read
from infosoc.payments.report import MOST_WARNINGS, Report
from tests.payments.bank_files import BANKGIRO, BgMax, ordinary


def report(data: bytes, own: tuple[str, ...] = (BANKGIRO,)) -> Report:
    made = Report(own)
    made.read(read(io.BytesIO(data)))
    return made


def test_payments_less_deductions_are_deposits():
    told = report(ordinary().section("EUR").pay(700, "1000173").deposit().bytes()).as_json()
    assert (told["format"], told["payments_ore"], told["deductions_ore"], told["deposits_ore"]) == (
        "bgmax", 2_150_000, 100_000, 2_050_000
    )  # fmt: skip
    assert told["counts"] == {
        "payments": 2, "deductions": 1, "references": 4, "deposits": 1, "withdrawals": 0, "refused_sections": 1
    }  # fmt: skip
    assert (told["matched"], told["unmatched"]) == (0, 3)
    assert [(one["section"], one["line"]) for one in told["refused"]] == [(2, 13)]
    assert told["warnings"] == []


def test_an_account_that_is_not_ours_is_a_warning_once():
    file = ordinary().section(bankgiro="50501055").pay(1, "1000173").deposit()
    warnings = report(file.section(bankgiro="50501055").deposit().bytes()).warnings
    assert [one["line"] for one in warnings] == [13]
    assert "50501055" in warnings[0]["warning"]


def test_a_test_file_is_a_warning():
    assert "test" in report(BgMax(is_test=True).bytes()).warnings[0]["warning"]


def test_nothing_counts_of_a_file_that_is_refused():
    made = Report([BANKGIRO])
    with pytest.raises(WrongSum):
        made.read(read(io.BytesIO(ordinary().section().pay(5, "1000173").deposit(ore=6).bytes())))
    told = made.as_json()
    assert (told["format"], told["payments_ore"], told["unmatched"]) == ("bgmax", 0, 0)
    assert [one["line"] for one in told["refused"]] == [15]


def test_warnings_beyond_a_hundred_are_counted_only():
    file = BgMax().section()
    for _ in range(MOST_WARNINGS + 5):
        file.pay(1, "1000174")
    told = report(file.deposit().bytes()).as_json()
    assert (len(told["warnings"]), told["more_warnings"]) == (MOST_WARNINGS, 5)
