"""Lists in a browser: searching while one types, the address as the state, marking rows, records in their list."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from infosoc.crm.commands import copies
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.rules import Status
from tests.browser.people import at, focus_is_somewhere
from tests.builders import make_company
from tests.crm.world import World, make_world

COUNT = 60


@pytest.fixture
def world(server) -> World:
    """The small world, with so many prospects that they take two pages, and three customers."""
    world = make_world(server.app)
    with world.writing() as session:
        for number in range(COUNT):
            company = make_company(session, f"Prospekt {number:03d} AB", municipality="Gnosjö")
            world.companies[f"p{number}"], world.ids[f"p{number}"] = company.public_id, company.id
        for number in range(3):
            make_company(session, f"Kund {number} AB", status=Status.CUSTOMER)
    with world.writing() as session:
        copies.refresh_activity(session, world.ids["p0"])
    return world


def names(page: Page) -> list[str]:
    return page.locator("#rows .row-link").all_inner_texts()


def test_typing_in_the_search_asks_once_pushes_the_address_and_says_how_many(visitor, world):
    page = at(visitor, world, "/companies")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/companies/rows" in request.url else None)
    page.locator(".search-input").press_sequentially("kund 1", delay=20)
    page.wait_for_url("**/infosoc/companies?q=kund+1")
    expect(page.locator("#rows .row-link")).to_have_text(["Kund 1 AB"])
    assert len(asked) == 1
    expect(page.locator("#live")).to_have_text(re.compile(r"\b1\b"))
    expect(page.locator(".search-input")).to_be_focused()


def test_an_older_answer_never_overtakes_a_newer_one(visitor, world):
    page = at(visitor, world, "/companies")
    held = []
    page.route(re.compile(r"/companies/rows\?.*q=kund(\+|%20)1"), lambda route: held.append(route))
    page.locator(".search-input").fill("kund 1")
    page.wait_for_timeout(400)
    page.locator(".search-input").fill("kund 2")
    expect(page.locator("#rows .row-link")).to_have_text(["Kund 2 AB"])
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_timeout(200)
    assert names(page) == ["Kund 2 AB"]


def test_a_chip_filters_without_a_reload_and_the_address_gives_the_same_page_again(visitor, world):
    page = at(visitor, world, "/companies")
    page.evaluate("window.still = true")
    page.locator("details.chip", has=page.locator("input[name=status]")).locator("summary").click()
    page.locator("input[name=status][value=customer]").check()
    expect(page.locator("#rows .row-link")).to_have_count(3)
    assert page.evaluate("window.still") is True
    page.wait_for_url("**?status=customer*")
    page.reload()
    expect(page.locator("#rows .row-link")).to_have_count(3)
    assert page.locator("input[name=status][value=customer]").is_checked()


def test_the_next_page_comes_without_a_reload_and_back_returns_to_the_first(visitor, world):
    page = at(visitor, world, "/companies")
    first = names(page)
    page.locator(".pagination [rel=next]").click()
    page.wait_for_url(re.compile(r"[?&]page="))
    expect(page.locator("#rows .row-link").first).not_to_have_text(first[0])
    assert focus_is_somewhere(page)
    page.go_back()
    expect(page.locator("#rows .row-link").first).to_have_text(first[0])
    assert names(page) == first


def test_back_from_a_record_shows_the_list_with_its_filter(visitor, world):
    page = at(visitor, world, "/companies")
    page.locator(".search-input").fill("kund")
    page.wait_for_url("**?q=kund")
    page.locator("#rows .row-link").first.click()
    page.wait_for_url("**/companies/*list=*")
    page.go_back()
    page.wait_for_url("**?q=kund")
    expect(page.locator(".search-input")).to_have_value("kund")
    expect(page.locator("#rows .row-link")).to_have_count(3)


def test_a_record_leads_to_the_next_of_the_list_it_was_opened_from_also_after_a_reload(visitor, world):
    page = at(visitor, world, "/companies?status=customer")
    page.locator("#rows .row-link").first.click()
    expect(page.locator("h1")).to_have_text("Kund 0 AB")
    page.reload()
    page.locator(".neighbours [rel=next]").click()
    expect(page.locator("h1")).to_have_text("Kund 1 AB")
    page.locator(".neighbours [rel=next]").click()
    expect(page.locator("h1")).to_have_text("Kund 2 AB")
    page.locator(".neighbours [rel=prev]").click()
    expect(page.locator("h1")).to_have_text("Kund 1 AB")


def test_marking_rows_shows_the_bar_with_the_count_and_all_matching_means_the_whole_filter(visitor, world):
    page = at(visitor, world, "/companies?q=prospekt")
    bar = page.locator(".selection-bar")
    expect(bar).to_be_hidden()
    page.locator("[data-select-all]").check()
    expect(bar).to_be_visible()
    expect(bar.locator("[data-selection-count]")).to_have_text(re.compile(r"\b50\b"))
    expect(bar.locator(".selection-all")).to_contain_text(str(COUNT))
    bar.locator("[data-select-none]").click()
    expect(bar).to_be_hidden()
    assert focus_is_somewhere(page)


def test_a_status_given_to_all_matching_reaches_also_those_on_other_pages_and_is_undone_at_once(visitor, world):
    page = at(visitor, world, "/companies?q=prospekt")
    page.locator("[data-select-all]").check()
    page.locator("[data-select-matching]").check()
    page.locator(".selection-bar [name=deed][value=status]").click()
    page.wait_for_url("**/bulk/status?*")
    expect(page.locator("main")).to_contain_text(str(COUNT))
    page.locator("main label.choice", has=page.locator("[value=customer]")).click()
    page.locator("main form:has([name=value]) [type=submit]").click()
    page.wait_for_url(re.compile(r"/bulk/(?!status)"))
    expect(page.locator("#bulk-result")).to_contain_text(str(COUNT))
    assert customers(world) == COUNT + 3
    with page.expect_navigation():
        page.locator("#bulk-result form[action$='/undo'] button").click()
    assert customers(world) == 3


def customers(world: World) -> int:
    with world.reading() as session:
        chosen = select(func.count()).select_from(CompanyRelation).where(CompanyRelation.status == Status.CUSTOMER)
        return session.scalar(chosen)


def test_logging_from_a_row_gives_the_focus_back_to_it(visitor, world):
    page = at(visitor, world, "/companies?q=kund+1")
    page.locator("#rows tr[data-row]").first.hover()
    page.locator("#rows td.row-actions > a").first.click()
    page.locator("#dialog textarea").fill("Vill veta mer")
    page.locator("#dialog form [type=submit]").last.click()
    expect(page.locator("#dialog")).not_to_have_attribute("open", "")
    expect(page.locator("#rows td.row-actions > a").first).to_be_focused()


def test_every_chosen_column_is_shown_where_the_window_is_narrow(visitor, world):
    page = at(visitor, world, "/companies?columns=status.org_number.municipality.phone.email.owner.tags", width=1024)
    expect(page.locator("thead th[scope=col]:visible")).to_have_count(9)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#rows tbody tr").first.hover()
    for deed in page.locator("#rows tbody tr").first.locator(".row-actions > *").all():
        box = deed.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1024


def test_columns_that_nobody_chose_give_way_where_the_window_is_narrow(visitor, world):
    page = at(visitor, world, "/companies", width=1024)
    expect(page.locator("thead th[data-priority='3']").first).to_be_hidden()
