"""`flask payments import`: what it tells of a file, and how it refuses one."""

from __future__ import annotations

import json

import pytest

from infosoc.db.session import transaction
from tests.builders import make_tenant
from tests.payments.bank_files import Camt, ordinary

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def import_(app, tmp_path):
    with app.app_context(), transaction() as session:
        make_tenant(session)

    def run(data: bytes, *words: str, tenant: str = "infosoc"):
        (tmp_path / "bank.txt").write_bytes(data)
        return app.test_cli_runner().invoke(
            args=["payments", "import", str(tmp_path / "bank.txt"), "--tenant", tenant, *words]
        )

    return run


def test_a_dry_run_tells_what_the_file_holds(import_):
    answer = import_(ordinary().bytes(), "--dry-run", "--json")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    assert (told["format"], told["payments_ore"], told["deposits_ore"]) == ("bgmax", 2_150_000, 2_050_000)
    assert "9912346" in told["warnings"][0]["warning"]


def test_a_statement_is_found_by_its_content(import_):
    file = Camt("053", "08")
    answer = import_(file.entry(500, file.tx(500), currency="EUR").bytes(), "--dry-run", "--json")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    assert (told["format"], told["version"], told["deposits_ore"]) == ("camt.053", "08", 0)
    assert [one["section"] for one in told["refused"]] == [1]


def test_in_words_it_says_the_same(import_):
    answer = import_(ordinary().section("EUR").deposit().bytes(), "--dry-run")
    assert answer.exit_code == 0
    assert "Payments: 2, 21,500.00 kr." in answer.stdout
    assert "section 2 is refused: Line 13: the section is in EUR" in answer.stdout


def test_a_damaged_file_is_refused_in_one_line_with_its_reason(import_):
    answer = import_(ordinary().bytes()[:-82], "--dry-run", "--json")
    assert answer.exit_code == 1
    assert "Line 12: the file has been cut off" in answer.stderr
    told = json.loads(answer.stdout)
    assert told["refused"] == [{"line": 12, "reason": told["refused"][0]["reason"]}]
    assert told["payments_ore"] == 0


def test_an_unknown_company_is_refused(import_):
    assert "no company at the address nobody" in import_(ordinary().bytes(), "--dry-run", tenant="nobody").stderr


def test_what_came_to_an_account_that_is_not_ours_is_refused_and_nothing_is_booked(import_):
    answer = import_(ordinary().bytes(), "--json")
    assert answer.exit_code == 1
    told = json.loads(answer.stdout)
    assert (told["booked_payments"], [one["section"] for one in told["refused"]]) == (0, [1])
    assert "9912346" in told["refused"][0]["reason"]
