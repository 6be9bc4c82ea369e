"""A page on paper: what is known, in black on white, and nothing that can only be pressed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import at
from tests.crm.world import World, make_world


@pytest.fixture
def world(server) -> World:
    return make_world(server.app)


def test_a_company_is_printed_as_what_is_known_of_it(visitor, world):
    world.log(text="Vill ha offert")
    page = at(visitor, world, f"/companies/{world.companies['akeri']}")
    page.emulate_media(media="print", color_scheme="dark")
    for shown in ("h1", ".entry-text", ".facts"):
        expect(page.locator(shown).first).to_be_visible()
    for control in (".sidebar", ".topbar", ".skip-link", ".button", ".fact-adds", ".filter-bar", ".row-actions"):
        assert page.locator(f"{control}:visible").count() == 0, control
    lightness = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert lightness == "light"


def test_a_printed_list_says_what_it_was_filtered_by(visitor, world):
    page = at(visitor, world, "/companies?q=a&status=customer")
    page.emulate_media(media="print")
    expect(page.locator(".search-input").first).to_be_visible()
    expect(page.locator(".chip[data-active]")).to_be_visible()
    for control in (".chip:not([data-active])", "[data-cell=select]", ".row-actions"):
        assert page.locator(f"{control}:visible").count() == 0, control
