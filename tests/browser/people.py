"""Who sits at the browser: people of the tests' small world, already signed in."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.builders import PASSWORD
from tests.crm.world import World
from tests.support.browser import Visitor


def enter(page: Page, world: World, name: str = "karin") -> Page:
    """Give this person's session to the page's browser, without the sign-in page."""
    client = world.client(name)
    cookie = client.get_cookie(world.app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    address = world.app.extensions["settings"].base_url
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    return page


def at(visitor: Visitor, world: World, path: str, name: str = "karin", **options) -> Page:
    """A page of a signed-in person, opened at an address of our tenant."""
    page = enter(visitor.page(**options), world, name)
    page.goto(f"/infosoc{path}")
    return page


def sign_in_by_form(page: Page, email: str) -> None:
    """As a person does it: address, password, Enter."""
    page.goto("/login")
    fill_sign_in(page, email)
    page.wait_for_url(re.compile(r"^(?!.*/login)"))


def fill_sign_in(page: Page, email: str) -> None:
    """Fill in the sign-in form where it stands, on its page or in the dialog."""
    form = page.locator("form[action='/login']")
    form.locator("[name=email]").fill(email)
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("[name=password]").press("Enter")


def focus_is_somewhere(page: Page) -> bool:
    """Whether the keyboard still stands on something: the body is nowhere."""
    return page.evaluate("document.activeElement !== null && document.activeElement !== document.body")
