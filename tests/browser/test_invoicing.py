"""An invoice is written, issued and credited by keyboard, and its lines are moved about."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.people import at
from tests.invoicing.world import make_house


def is_sound(page: Page) -> bool:
    expect(page.locator("[aria-busy=true]")).to_have_count(0)  # what is on its way is pale
    violations = Axe().run(page).response["violations"]
    assert violations == [], [(one["id"], one["nodes"][0]["html"]) for one in violations]
    return True


def tabs_to(page: Page, name: str) -> None:
    """Tab until the field with this name has the focus."""
    for _ in range(20):
        if page.evaluate("document.activeElement.id") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def test_an_invoice_is_written_issued_and_credited_by_keyboard(server, visitor):
    house = make_house(server.app)
    house.sign()
    page = at(visitor, house, "/invoices", name="ekman")
    assert is_sound(page)
    page.keyboard.press("n")
    page.wait_for_url("**/drafts/whose")
    expect(page.get_by_role("combobox", name="Vem ska fakturan till?")).to_be_focused()
    page.keyboard.type("Åk")
    expect(page.get_by_role("option", name="Åkeri AB")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/drafts/new?company=*")
    write_lines(page)
    assert is_sound(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Utkast till faktura")).to_be_visible()
    assert is_sound(page)
    issue(page)
    expect(page.get_by_role("heading", name="Faktura 1", exact=True)).to_be_visible()
    expect(page.locator(".invoice-totals").first).to_contain_text("5\xa0000,00")
    assert is_sound(page)
    credit(page)
    expect(page.get_by_role("heading", name="Kreditfaktura 2")).to_be_visible()
    page.get_by_role("link", name="1", exact=True).press("Enter")
    expect(page.locator(".invoice-totals").last).to_contain_text(re.compile(r"Kvar att betala\s*0,00"))


def write_lines(page: Page) -> None:
    """Two lines, the second one from the catalogue; the totals follow."""
    expect(page.locator("#row-0-text")).to_be_focused()
    page.keyboard.type("Utbildning")
    tabs_to(page, "row-0-quantity")
    page.keyboard.type("1,5")
    tabs_to(page, "row-0-price")
    page.keyboard.type("2 000")
    expect(page.locator("#row-0-net")).to_have_text("3\xa0000,00")
    tabs_to(page, "row-0-account")
    page.keyboard.type("3010")
    tabs_to(page, "row-1-product")
    page.keyboard.press("j")  # the option that begins so
    expect(page.locator("#row-1-price")).to_have_value("1000,00")
    expect(page.locator("#draft-totals")).to_contain_text("5\xa0000,00")
    expect(page.locator("#row-1-product")).to_be_focused()
    page.locator("#row-1-up").press("Enter")
    expect(page.locator("#row-0-text")).to_have_value("Journal")
    expect(page.locator("#row-1-text")).to_have_value("Utbildning")
    expect(page.locator("#row-0-down")).to_be_focused()
    page.locator("#row-0-down").press("Enter")
    expect(page.locator("#row-0-text")).to_have_value("Utbildning")
    page.locator("#row-2-remove").press("Enter")
    expect(page.locator("#row-2-text")).to_have_count(0)
    page.locator("#row-0-text").focus()


def issue(page: Page) -> None:
    page.keyboard.press("i")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert is_sound(page)
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Utfärda")).press("Enter")


def credit(page: Page) -> None:
    page.get_by_role("link", name="Kreditera").press("Enter")
    page.get_by_label("Varför den krediteras").fill("Fel kund")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Utkast till kreditfaktura")).to_be_visible()
    issue(page)
