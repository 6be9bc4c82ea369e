"""Facts edited where they stand: Enter saves, Esc restores, what is wrong stays, what others wrote is shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import at, focus_is_somewhere
from tests.crm.companies.pages import change, company
from tests.crm.world import World, make_world


@pytest.fixture
def world(server) -> World:
    return make_world(server.app)


@pytest.fixture
def page(visitor, world) -> Page:
    """The page of Åkeri AB, as Karin sees it."""
    return at(visitor, world, f"/companies/{world.companies['akeri']}")


def open_editor(page: Page, key: str) -> Locator:
    """Press the pencil of a fact, or the link that adds it; returns its input, which has the focus."""
    page.locator(f"#fact-{key}-edit, #add-{key}").click()
    field = page.locator(f"#fact-{key} form input:not([type=hidden]), #fact-{key} form textarea").first
    expect(field).to_be_focused()
    return field


def name_in_database(world: World) -> str:
    with world.reading() as session:
        return company(session, world.companies["akeri"]).name


def test_enter_saves_and_the_head_of_the_page_follows(page, world):
    page.evaluate("window.still = true")
    field = open_editor(page, "name")
    field.fill("Åkeri & Söner AB")
    field.press("Enter")
    expect(page.locator("#fact-name .fact-value")).to_have_text("Åkeri & Söner AB")
    expect(page.locator("h1")).to_have_text("Åkeri & Söner AB")
    assert page.evaluate("window.still") is True
    assert focus_is_somewhere(page)
    page.reload()
    expect(page.locator("h1")).to_have_text("Åkeri & Söner AB")


def test_esc_restores_and_saves_nothing(page, world):
    field = open_editor(page, "name")
    field.fill("Något annat")
    field.press("Escape")
    expect(page.locator("#fact-name .fact-value")).to_have_text("Åkeri AB")
    assert focus_is_somewhere(page)
    assert name_in_database(world) == "Åkeri AB"


def test_what_is_wrong_stays_in_the_field_with_the_reason_beside_it(page):
    field = open_editor(page, "org_number")
    field.fill("556000-0000")
    field.press("Enter")
    editor = page.locator("#fact-org_number")
    expect(editor.locator(".field-error").first).to_be_visible()
    field = editor.locator("form input:not([type=hidden])").first
    expect(field).to_have_value("556000-0000")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")


def test_a_fact_that_somebody_else_changed_meanwhile_shows_both(page, world):
    field = open_editor(page, "name")
    change(world.client("per"), f"/infosoc/companies/{world.companies['akeri']}/edit/name", value="Pers Åkeri AB")
    field.fill("Karins Åkeri AB")
    field.press("Enter")
    editor = page.locator("#fact-name")
    expect(editor.locator(".conflict")).to_contain_text("Pers Åkeri AB")
    expect(editor.locator(".conflict")).to_contain_text("Per Alm")
    field = editor.locator("form input:not([type=hidden])").first
    expect(field).to_have_value("Karins Åkeri AB")
    assert name_in_database(world) == "Pers Åkeri AB"
    field.press("Enter")
    expect(editor.locator(".fact-value")).to_have_text("Karins Åkeri AB")
    assert name_in_database(world) == "Karins Åkeri AB"


def test_a_fact_that_was_not_stated_is_added_in_place(page):
    field = open_editor(page, "emails")
    field.fill("info@akeri.example")
    field.press("Enter")
    expect(page.locator("#fact-emails")).to_contain_text("info@akeri.example")
    expect(page.locator("#add-emails")).to_have_count(0)
    assert focus_is_somewhere(page)
