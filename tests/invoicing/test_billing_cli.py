"""`flask billing`: what it says, and that saying it twice does nothing twice."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import func, select, update

from infosoc.crm.models.companies import CompanyRelation
from infosoc.invoicing.models import Invoice
from infosoc.kernel import clock
from tests.invoicing.test_billing import TO_TOWN
from tests.invoicing.world import NOW
from tests.subscriptions.world import World

MONTH = ("--tenant", "infosoc", "--month", "2024-01")


def told(house: World, *arguments: str, exit_code: int = 0) -> str:
    outcome = house.app.test_cli_runner().invoke(args=["billing", *arguments])
    assert outcome.exit_code == exit_code, outcome.output
    return outcome.output.replace("\u00a0", " ")


def test_preview_run_and_release_from_the_command_line(house: World):
    house.sign(billing_months=12)
    house.sign(company="kommun", details=TO_TOWN)
    with house.writing() as session:
        trash = update(CompanyRelation).where(CompanyRelation.company_id == house.ids["kommun"])
        session.execute(trash.values(trashed_at=NOW))
    preview = told(house, "preview", *MONTH)
    assert "1001\tÅkeri AB\t14 400,00 + VAT 3 600,00 = 18 000,00" in preview
    assert "Journal 2024-01-01 – 2024-12-31\t14 400,00" in preview
    assert "1002\tGnosjö kommun\tcannot be invoiced: Gnosjö kommun is in the trash." in preview
    assert "1 invoice, net 14 400,00" in preview
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 0
    ran = told(house, "run", *MONTH, "--issued-on", "2024-01-01")
    assert "1002\tGnosjö kommun\tnot invoiced: Gnosjö kommun is in the trash." in ran
    assert "infosoc: 1 invoice for 2024-01 issued on 2024-01-01, net 14 400,00, to be paid 18 000,00" in ran
    assert "infosoc: 0 invoices for 2024-01" in told(house, "run", *MONTH)
    assert told(house, "release", "--tenant", "infosoc", "--on", "2024-04-01") == "infosoc: 2 vouchers.\n"
    assert told(house, "release", "--tenant", "infosoc", "--on", "2024-04-01") == "infosoc: 0 vouchers.\n"


def test_the_same_as_json(house: World):
    house.sign(billing_months=12)
    house.sign(company="kommun", details=TO_TOWN)
    with house.writing() as session:
        trash = update(CompanyRelation).where(CompanyRelation.company_id == house.ids["kommun"])
        session.execute(trash.values(trashed_at=NOW))
    preview = json.loads(told(house, "preview", *MONTH, "--issued-on", "2024-01-01", "--json"))
    sums = {"invoices": 1, "problems": 1, "net_ore": 1_440_000, "vat_ore": 360_000, "payable_ore": 1_800_000}
    assert preview.items() >= ({"tenant": "infosoc", "month": "2024-01", "issued_on": "2024-01-01"} | sums).items()
    good, bad = preview["agreements"]
    line = {"text": "Journal", "from": "2024-01-01", "to": "2024-12-31", "net_ore": 1_440_000}
    assert (good["agreement"], good["customer"], good["lines"]) == (1001, "Åkeri AB", [line])
    assert good["changes"] == ["First invoice"]
    reason = "Gnosjö kommun is in the trash. Restore it, or end the agreement."
    assert bad["problem"] == reason
    ran = json.loads(told(house, "run", *MONTH, "--issued-on", "2024-01-01", "--json"))
    assert ran == {
        "tenant": "infosoc", "month": "2024-01", "issued_on": "2024-01-01", "state": "done", "invoices": 1,
        "net_ore": 1_440_000, "vat_ore": 360_000, "payable_ore": 1_800_000,
        "problems": [{"agreement": 1002, "customer": "Gnosjö kommun", "reason": reason}],
    }  # fmt: skip


def test_a_day_that_is_still_to_come_is_warned_of(house: World):
    house.sign(billing_months=1)
    ahead = (clock.today() + timedelta(days=1)).isoformat()
    (warning,) = json.loads(told(house, "preview", *MONTH, "--issued-on", ahead, "--json"))["warnings"]
    assert f"The invoice date {ahead} is still to come." in warning
    assert "is still to come" in told(house, "preview", *MONTH, "--issued-on", ahead)
    assert "is still to come" not in told(house, "preview", *MONTH)


def test_what_cannot_be_done_is_one_line(house: World):
    assert "not a month such as 2026-12" in told(house, "preview", "--tenant", "infosoc", "--month", "maj", exit_code=2)
    assert "There is no fiscal year" in told(house, "run", *MONTH, "--issued-on", "2031-01-01", exit_code=1)
    assert "from 2024-01-01" in told(house, "run", "--tenant", "infosoc", "--month", "2023-01", exit_code=1)
