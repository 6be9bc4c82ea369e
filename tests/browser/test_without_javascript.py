"""The day's work in a browser without JavaScript: plain forms and links, answered with 303 and whole pages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from infosoc.crm.rules import Status
from infosoc.kernel import clock, sv
from tests.browser.people import enter, sign_in_by_form
from tests.builders import make_company
from tests.crm.world import World, make_world


@pytest.fixture
def world(server) -> World:
    world = make_world(server.app)
    with world.writing() as session:
        for number in range(60):
            make_company(session, f"Prospekt {number:03d} AB")
        for number in range(2):
            make_company(session, f"Kund {number} AB", status=Status.CUSTOMER)
    return world


@pytest.fixture
def page(visitor, world) -> Page:
    return enter(visitor.page(javascript=False), world)


def names(page: Page) -> list[str]:
    return page.locator("#rows .row-link").all_inner_texts()


def test_signing_in_and_out(visitor, world):
    page = visitor.page(javascript=False)
    sign_in_by_form(page, world.users["karin"].email)
    expect(page.locator("h1")).to_be_visible()
    page.locator(".person-menu summary").click()
    page.locator(".person-menu form[action='/logout'] button").click()
    page.goto("/infosoc/companies")
    expect(page.locator("form[action='/login']")).to_be_visible()


def test_a_company_is_written_down_and_one_of_its_facts_edited(page):
    page.goto("/infosoc/companies/new")
    page.locator("[name=name]").fill("Gnosjö Gjuteri AB")
    page.locator("[name=source]").fill("Mässan i Jönköping")
    page.locator("main form [type=submit]").last.click()
    expect(page.locator("h1")).to_have_text("Gnosjö Gjuteri AB")
    page.locator("#fact-name-edit").click()
    page.locator("main form [name=value]").fill("Gnosjö Gjuteri & Söner AB")
    page.locator("main form [name=value]").press("Enter")
    expect(page.locator("h1")).to_have_text("Gnosjö Gjuteri & Söner AB")


def test_what_is_wrong_comes_back_with_every_word_that_was_typed(page):
    page.goto("/infosoc/companies/new")
    page.locator("[name=name]").fill("Gnosjö Gjuteri AB")
    page.locator("[name=org_number]").fill("556000-0000")
    page.locator("main form [type=submit]").last.click()
    expect(page.locator(".field-error").first).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("Gnosjö Gjuteri AB")
    expect(page.locator("[name=org_number]")).to_have_value("556000-0000")


def test_a_contact_person_is_added(page, world):
    page.goto(f"/infosoc/companies/{world.companies['akeri']}")
    page.locator("#new-person").click()
    page.locator("[name=name]").fill("Åsa Öberg")
    page.locator("[name=email]").fill("asa@akeri.example")
    page.locator("[name=source]").fill("Hon ringde")
    page.locator("main form [type=submit]").last.click()
    expect(page.locator("#people")).to_contain_text("Åsa Öberg")


def test_a_call_is_logged_with_a_follow_up_and_a_reload_does_not_repeat_it(page, world):
    page.goto(f"/infosoc/companies/{world.companies['akeri']}")
    page.locator("#log-contact").click()
    page.locator("[name=text]").fill("Ringde om avtalet")
    page.locator("[name=follow_up_on]").fill("tor")
    page.locator("main form [type=submit]").last.click()
    expect(page.locator("#log-panel")).to_contain_text("Ringde om avtalet")
    thursday = sv.parse_day("tor", clock.today())
    expect(page.locator(f"#follow-ups time[datetime='{thursday}']")).to_be_visible()
    page.reload()
    expect(page.locator("#log-panel [id^=entry-]")).to_have_count(1)
    expect(page.locator("#follow-ups .follow-up")).to_have_count(1)


def test_no_answer_is_one_press_also_in_the_list_and_undone_from_the_page(page, world):
    page.goto(f"/infosoc/companies/{world.companies['akeri']}")
    page.locator("#no-answer").click()
    expect(page.locator("#log-panel [data-kind=attempt]")).to_have_count(1)
    page.locator("#toasts .toast-undo").click()
    expect(page.locator("#log-panel [data-kind=attempt]")).to_have_count(0)


def test_a_follow_up_is_done_on_my_day(page, world):
    due = world.plan("akeri", note="Skicka offert")
    page.goto("/infosoc/")
    page.locator(f"#due-{due} button[formaction*='/done']").click()
    expect(page.locator(f"#due-{due}")).to_have_count(0)
    expect(page.locator("h1")).to_be_visible()


def test_a_letter_without_its_mark_finds_the_company(page, world):
    page.goto("/infosoc/")
    page.locator("#search").fill("lonn")
    page.locator("#search").press("Enter")
    page.wait_for_url(re.compile(r"/search\?q=lonn"))
    page.locator("main a", has_text="Lönns Bygg").first.click()
    expect(page.locator("h1")).to_have_text("Lönns Bygg")


def test_the_list_is_searched_filtered_and_paged(page):
    page.goto("/infosoc/companies")
    first = names(page)
    page.locator(".pagination [rel=next]").click()
    page.wait_for_url(re.compile(r"page="))
    assert not set(names(page)) & set(first)
    page.goto("/infosoc/companies")
    page.locator("details.chip", has=page.locator("input[name=status]")).locator("summary").click()
    page.locator("input[name=status][value=customer]").check()
    page.locator("details.chip[open] button[type=submit]").click()
    page.wait_for_url(re.compile(r"status=customer"))
    assert names(page) == ["Kund 0 AB", "Kund 1 AB"]
    page.locator(".search-input").fill("kund 1")
    page.locator(".search-input").press("Enter")
    page.wait_for_url(re.compile(r"q=kund"))
    assert names(page) == ["Kund 1 AB"]
