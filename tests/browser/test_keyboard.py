"""Keys that press visible controls: everywhere but in fields, and not for who has turned them off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from infosoc.accounts.models import User
from infosoc.db.session import transaction
from tests.browser.people import at, focus_is_somewhere
from tests.crm.world import World, make_world


@pytest.fixture
def world(server) -> World:
    return make_world(server.app)


@pytest.fixture
def page(visitor, world) -> Page:
    """The list of companies, as Karin sees it."""
    return at(visitor, world, "/companies")


def focused_row(page: Page) -> str:
    return page.evaluate("document.activeElement.closest('[data-row]')?.querySelector('.row-link').textContent")


def test_question_mark_lists_the_keys_and_esc_puts_the_list_away(page):
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    for key in ("/", "c", "n", "j", "k", "g"):
        expect(page.locator("#shortcuts kbd", has_text=re.compile(rf"^{re.escape(key)}$")).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_slash_leads_to_the_search_and_arrows_through_what_it_finds(page, world):
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("lonn")
    expect(page.locator("#search-results")).to_contain_text("Lönns Bygg")
    expect(page.locator("#search")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/companies/{world.companies['lonn']}*")


def test_c_opens_the_log_form_from_anywhere_and_esc_returns_to_where_one_stood(page):
    page.locator("#rows .row-link").first.focus()
    page.keyboard.press("c")
    expect(page.locator("#dialog [name=text]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    assert focus_is_somewhere(page)


def test_c_asks_for_the_company_where_there_is_none(visitor, world):
    page = at(visitor, world, "/")
    page.keyboard.press("c")
    field = page.locator("#dialog input:not([type=hidden])").first
    expect(field).to_be_focused()
    page.keyboard.type("lonn", delay=60)  # as quick as a person: htmx needs 20 ms to make the new field listen
    expect(page.locator("#dialog [role=option]").first).to_contain_text("Lönns Bygg")


def test_n_writes_down_a_new_company(page):
    page.keyboard.press("n")
    page.wait_for_url("**/companies/new")
    expect(page.locator("[name=name]")).to_be_focused()


def test_j_and_k_move_between_rows_and_enter_opens(page, world):
    page.keyboard.press("j")
    assert focused_row(page) == "Lönns Bygg"
    page.keyboard.press("j")
    assert focused_row(page) == "Åkeri AB"
    page.keyboard.press("k")
    assert focused_row(page) == "Lönns Bygg"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/companies/{world.companies['lonn']}*")


def test_x_marks_the_row_and_esc_lets_go_of_all(visitor, world):
    page = at(visitor, world, "/companies", "anna")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[name=ids]:checked")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("[name=ids]:checked")).to_have_count(0)


@pytest.mark.parametrize(("key", "place"), [("m", "/infosoc/"), ("k", "/infosoc/contacts"), ("l", "/infosoc/log")])
def test_g_and_a_letter_lead_to_a_place(page, key, place):
    page.keyboard.press("g")
    page.keyboard.press(key)
    page.wait_for_url(re.compile(rf"{place}(\?|$)"))


def test_g_o_leads_to_the_companies(visitor, world):
    page = at(visitor, world, "/")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/infosoc/companies")


def test_e_edits_the_record(visitor, world):
    page = at(visitor, world, f"/companies/{world.companies['akeri']}")
    page.keyboard.press("e")
    page.wait_for_url("**/edit")


def test_letters_typed_in_a_field_are_only_letters(page):
    page.locator(".search-input").focus()
    page.keyboard.type("cn?/jgo")
    expect(page.locator(".search-input")).to_have_value("cn?/jgo")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("#shortcuts")).to_be_hidden()
    assert "/companies" in page.url


def test_who_has_turned_the_keys_off_presses_none(visitor, world):
    with world.app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == world.users["karin"].id).values(shortcuts=False))
    page = at(visitor, world, "/companies")
    for key in ("?", "c", "n", "/"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    expect(page.locator("#shortcuts")).to_be_hidden()
    expect(page.locator("#dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body")
    assert page.url.endswith("/infosoc/companies")


def test_every_key_in_the_list_is_also_something_to_press(page):
    """No key without a visible control: what a key presses stands on the page with the same letter."""
    keys = set(page.locator("[data-shortcut]").evaluate_all("all => all.map(one => one.dataset.shortcut)"))
    places = set(page.locator("[data-goto]").evaluate_all("all => all.map(one => one.dataset.goto)"))
    assert {"?", "/", "c", "n", "f"} <= keys
    assert {"o", "k", "m"} <= places


def test_esc_asks_before_it_throws_away_what_was_typed(page):
    page.locator("#rows .row-link").first.focus()
    page.keyboard.press("c")
    page.locator("#dialog [name=text]").fill("Halva samtalet")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.keyboard.press("Escape")
    expect(page.locator("#dialog [name=text]")).to_have_value("Halva samtalet")
    assert len(asked) == 1


def test_a_misspelt_search_offers_what_is_near_and_its_note_cannot_be_chosen(page):
    page.keyboard.press("/")
    page.keyboard.type("åkri")
    expect(page.locator(".palette-results")).to_contain_text("Liknande stavning")
    expect(page.locator(".palette-results [aria-selected=true]")).to_contain_text("Åkeri")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Åkeri")
