"""The pages of billing runs: preview, start, progress, problems; for who may, without JavaScript."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from infosoc.cli.worker import load_jobs
from infosoc.crm.models.companies import CompanyRelation
from infosoc.invoicing.models import BillingRun, Invoice, InvoicingSettings
from infosoc.jobs.models import Job
from infosoc.jobs.worker import run_waiting
from infosoc.kernel import clock
from infosoc.ledger.models import FiscalYear
from tests.invoicing.test_billing import TO_TOWN
from tests.invoicing.world import NOW
from tests.subscriptions.world import World, post

JANUARY = {"month": "2024-01", "issued_on": "2024-01-31"}
PREVIEW = "/infosoc/billing-runs/new?month=2024-01&issued_on=2024-01-31"
pytestmark = pytest.mark.sqlite_only
load_jobs()


def start(house: World) -> str:
    """Press the button of the preview; returns the run's address."""
    answer = post(house.client(), "/infosoc/billing-runs", PREVIEW, **JANUARY)
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_run_from_preview_to_end_in_both_languages(house: World):
    house.sign(house.line(text="Hemtjänsten"), billing_months=1)
    house.sign(company="kommun", details=TO_TOWN)
    with house.writing() as session:
        trash = update(CompanyRelation).where(CompanyRelation.company_id == house.ids["kommun"])
        session.execute(trash.values(trashed_at=NOW))
    client = house.client()
    shown = client.get(PREVIEW).text
    assert "1\u00a0200,00" in shown
    assert "2024-01-01 – 2024-01-31" in shown
    assert "Gnosjö kommun ligger i papperskorgen" in shown
    assert "First invoice" in client.get(PREVIEW, headers={"Accept-Language": "en"}).text
    address = start(house)
    assert "hx-trigger" in client.get(address).text
    run_waiting(house.app)
    for language in ("sv", "en"):
        page = client.get(address, headers={"Accept-Language": language}).text
        assert "Åkeri AB" in page
        assert "every 2s" not in page
    assert "Kör om för dessa" in client.get(address).text
    assert "januari" in client.get("/infosoc/billing-runs").text.lower()
    again = post(client, f"{address}/again", address)
    assert again.status_code == 303
    assert again.headers["Location"] != address
    assert "Inget att fakturera" not in client.get(PREVIEW).text  # the one in the trash is still named


def test_a_day_that_is_still_to_come_is_warned_of(house: World):
    house.sign(billing_months=1)
    client, ahead = house.client(), clock.today() + timedelta(days=1)
    said = f"Fakturadatumet {ahead} ligger framåt i tiden"
    assert said in client.get(f"/infosoc/billing-runs/new?month=2024-01&issued_on={ahead}").text
    assert "ligger framåt" not in client.get(PREVIEW).text


def test_a_run_that_was_stopped_half_way_says_so_everywhere_and_goes_on(house: World):
    house.sign(billing_months=1)
    address, client = start(house), house.client()
    with house.writing() as session:
        year = session.scalars(select(FiscalYear).where(FiscalYear.starts_on == date(2024, 1, 1))).one()
        year.locked_through = date(2024, 1, 31)
    run_waiting(house.app)
    page = client.get(address).text
    assert "Körningen har stannat" in page
    assert "every 2s" not in page
    assert 'data-status="error"' in client.get("/infosoc/billing-runs").text
    with house.writing() as session:
        session.scalars(select(FiscalYear).where(FiscalYear.starts_on == date(2024, 1, 1))).one().locked_through = None
    assert post(client, f"{address}/again", address).headers["Location"] == address
    run_waiting(house.app)
    assert "Åkeri AB" in client.get(address).text
    assert 'data-status="error"' not in client.get("/infosoc/billing-runs").text


def test_a_run_that_is_under_way_says_how_long_it_takes(house: World):
    house.sign(billing_months=1)
    address = start(house)
    with house.writing() as session:
        job = session.scalars(select(Job)).one()
        job.state, job.done, job.total, job.started_at = "running", 10, 100, clock.now() - timedelta(seconds=30)
    page = house.client().get(address).text
    assert "10 av 100" in page
    assert "ungefär 5 minuter kvar" in page or "5 minuter kvar" in page


def test_sums_of_everything_have_an_address_of_their_own(house: World):
    house.sign(billing_months=1)
    client = house.client()
    sums = PREVIEW.replace("/new?", "/new/sums?")
    assert "<html" in client.get(sums).text
    fragment = client.get(sums, headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert "1\u00a0500,00" in fragment


def test_many_agreements_come_a_page_at_a_time(house: World):
    for _ in range(53):
        house.sign(billing_months=1)
    client = house.client()
    first = client.get(PREVIEW).text
    assert first.count("data-row") == 50
    assert "after=1050" in first
    assert client.get(f"{PREVIEW}&after=1050").text.count("data-row") == 3
    run_waiting(house.app)
    address = start(house)
    run_waiting(house.app)
    assert f"{address}?after=50" in client.get(address).text
    assert ">51<" in client.get(f"{address}?after=50").text


@pytest.mark.parametrize(("fields", "said"), [
    ({"month": "2024-13"}, "Skriv månaden som 2026-12"), ({"month": "2023-05"}, "Avtal faktureras här från"),
    ({"month": "2024-01", "issued_on": "2029-01-01"}, "2029-01-01"),
    ({"month": "2024-01", "issued_on": "hejsan"}, "2026-12-03"),
])  # fmt: skip
def test_what_cannot_be_run_is_said_and_nothing_is_started(house: World, fields, said):
    house.sign()
    client = house.client()
    answer = post(client, "/infosoc/billing-runs", PREVIEW, **{"issued_on": "", **fields})
    assert answer.status_code == 422
    assert said in answer.text
    assert client.get("/infosoc/billing-runs/new", query_string=fields).status_code == 200
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(BillingRun)) == 0


def test_nothing_is_shown_before_the_settings_say_from_when(house: World):
    with house.writing() as session:
        session.scalars(select(InvoicingSettings)).one().bills_from = None
    page = house.client().get(PREVIEW).text
    assert "från vilken dag avtal faktureras" in page
    assert '<a href="/infosoc/settings/invoicing">' in page


def test_only_who_may_starts_runs_and_each_in_their_own_company(house: World):
    house.sign()
    address = start(house)
    assert house.client("rut").get(PREVIEW).status_code in (403, 404)
    assert post(house.client("rut"), "/infosoc/billing-runs", "/infosoc/agreements", **JANUARY).status_code in (
        403,
        404,
    )
    assert house.client("sven").get(address).status_code == 404
    assert house.client("sven").get(address.replace("infosoc", "rattsdata")).status_code == 404
    run_waiting(house.app)
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 1
