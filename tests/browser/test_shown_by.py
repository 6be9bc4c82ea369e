"""The first day of a new user: from a spreadsheet to a call that is not forgotten; and what the sister company sees."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from infosoc.crm.models.companies import CompanyRelation
from infosoc.kernel import clock, sv
from tests.browser.people import enter, sign_in_by_form
from tests.crm.world import World, make_world
from tests.support.browser import Visitor

SAMPLES = Path(os.environ.get("SAMPLES", Path(__file__).resolve().parents[3] / "shared" / "samples"))
HEADINGS = "Företag;Kommunkod;Län;Verksamhet;Kontaktperson;Titel;E-post;Telefon;Status;Senast kontaktad;Kommentar"
COUNTY = "Jönköpings län"
TOWNS = (
    "Aneby",
    "Gnosjö",
    "Mullsjö",
    "Habo",
    "Gislaved",
    "Vaggeryd",
    "Värnamo",
    "Sävsjö",
    "Vetlanda",
    "Eksjö",
    "Tranås",
)


@pytest.fixture
def world(server) -> World:
    return make_world(server.app)


@pytest.fixture
def file(tmp_path: Path) -> tuple[Path, int]:
    """The municipalities in Windows-1252, as an old system wrote them, and how many they are."""
    sample = SAMPLES / "kommuner-win1252.csv"
    if sample.exists():
        return sample, 290
    made = tmp_path / "kommuner-win1252.csv"
    rows = [_row(number, town) for number, town in enumerate(TOWNS)]
    made.write_bytes("\r\n".join([HEADINGS, *rows, ""]).encode("cp1252"))
    return made, len(TOWNS)


def _row(number: int, town: str) -> str:
    status = "Kund" if number % 2 else "Prospekt"
    cells = [f"{town} kommun", f"06{number:02d}", COUNTY, "Skola", f"Åsa {town}sdotter", "Rektor"]
    cells += [f"skola@{number}.example", f"0370-33 10 {number:02d}", status, "2026-05-21", '"Sade ""kanske""; återkom"']
    return ";".join(cells)


def import_file(page: Page, path: Path, rows: int) -> None:
    """From the file to the register, step by step as the pages lead."""
    page.goto("/infosoc/imports/new")
    page.locator("[name=file]").set_input_files(path)
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url("**/columns")
    expect(page.locator("main")).to_contain_text("Windows-1252")
    expect(page.locator("[name=column-0]")).to_have_value("name")
    page.locator("main form:has([name=column-0]) [type=submit]").click()
    page.wait_for_url("**/preview")
    expect(page.locator(".figures")).to_contain_text(str(rows))
    page.locator("[name=source]").fill("Kommunlistan från det gamla systemet")
    page.locator("main form:has([name=source]) [type=submit]").click()
    page.wait_for_url(re.compile(r"/imports/[^/]+$"))
    expect(page.locator("#import-progress")).to_have_count(0, timeout=90_000)


def relations(world: World) -> int:
    with world.reading() as session:
        return session.scalar(select(func.count()).select_from(CompanyRelation))


def choose_day(page: Page, day: date) -> None:
    """Press the day in the toast; a week from now has a button of its own."""
    days = page.locator("#toasts .toast-days")
    exact = days.locator(f"button[value='{day.isoformat()}']")
    (exact if exact.count() else days.locator("button[value='+7']")).click()


@pytest.mark.usefixtures("worker")
def test_import_find_log_in_two_clicks_and_see_it_on_my_day(visitor: Visitor, world: World, file):
    path, rows = file
    before = relations(world)
    page = visitor.page()
    sign_in_by_form(page, world.users["karin"].email)

    import_file(page, path, rows)
    assert relations(world) == before + rows

    page.keyboard.press("/")
    page.keyboard.type("gnosjo")
    expect(page.locator("#search-results [role=option]").first).to_contain_text("Gnosjö kommun")

    page.goto("/infosoc/companies?q=gnosjo")
    row = page.locator("tr[data-row]", has_text="Gnosjö kommun")
    row.hover()
    thursday = sv.parse_day("tor", clock.today())
    row.locator("button[formaction*='/no-answer']").click()  # one
    expect(page.locator("#toasts .toast-days")).to_be_visible()
    choose_day(page, thursday)  # two
    expect(row).to_contain_text(thursday.isoformat())

    row.locator(".row-link").click()
    expect(page.locator("#log-panel [data-kind=attempt]")).to_have_count(1)
    expect(page.locator(f"#follow-ups time[datetime='{thursday}']")).to_be_visible()

    page.goto("/infosoc/")
    due = page.locator("[id^=due-]", has_text="Gnosjö kommun")
    expect(due.locator(f"time[datetime='{thursday}']")).to_be_visible()


def turn(page: Page, flag: str) -> None:
    """Turn a flag of ours the other way on the settings page."""
    page.goto("/infosoc/settings")
    with page.expect_navigation():
        page.locator(f"form[action='/infosoc/settings/flags/{flag}'] [type=submit]").click()


def found(page: Page, words: str) -> list[str]:
    """What the sister company's search finds."""
    page.goto(f"/rattsdata/search?q={words}")
    return page.locator("main .search-hit .result-title").all_inner_texts()


def test_the_sister_company_sees_what_the_flags_share_and_at_once(visitor: Visitor, world: World):
    world.log("lonn", text="Ringde om avtalet i Gnosjö")
    address = f"/rattsdata/companies/{world.companies['lonn']}"
    ours = enter(visitor.page(), world, "anna")
    theirs = visitor.page()
    sign_in_by_form(theirs, world.users["sven"].email)

    assert found(theirs, "lonn") == []
    assert theirs.goto(address).status == 404

    turn(ours, "share_register")
    assert found(theirs, "lonn") == ["Lönns Bygg", "Bo Lönn"]
    theirs.goto(address)
    expect(theirs.locator("h1")).to_have_text("Lönns Bygg")
    assert "avtalet" not in theirs.content()
    assert found(theirs, "avtalet") == []

    turn(ours, "share_contact_log")
    theirs.goto(address)
    expect(theirs.locator("#log-panel")).to_contain_text("Ringde om avtalet i Gnosjö")
    expect(theirs.locator("#log-panel")).to_contain_text("Karin Ek")

    turn(ours, "share_contact_log")
    theirs.goto(address)
    expect(theirs.locator("h1")).to_have_text("Lönns Bygg")
    assert "avtalet" not in theirs.content()

    turn(ours, "share_register")
    assert theirs.goto(address).status == 404
    assert found(theirs, "lonn") == []


def test_no_more_than_the_company_itself_is_shown_with_the_register(visitor: Visitor, world: World):
    """Owner, status, follow-ups and notes stay ours: with the register alone they are nowhere on the page."""
    world.plan("lonn", note="Hemlig uppföljning")
    ours = enter(visitor.page(), world, "anna")
    turn(ours, "share_register")
    theirs = enter(visitor.page(), world, "sven")
    theirs.goto(f"/rattsdata/companies/{world.companies['lonn']}")
    expect(theirs.locator("h1")).to_have_text("Lönns Bygg")
    assert not re.search("Hemlig|Karin|Prospekt", theirs.locator("main").inner_text())
