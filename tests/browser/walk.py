"""The walk over every page at one width, light and dark; what it finds is told by its kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.browser.examine import KINDS, Examiner
from tests.browser.nasty import House
from tests.browser.pages import Found, all_pages
from tests.builders import sign_in
from tests.support.applications import make
from tests.support.browser import Visitor
from tests.support.databases import Databases, let_go, settings
from tests.support.server import LiveServer

# Addresses of fragments that answer the same page as another when they are opened by hand.
SAME = {
    "companies.rows", "contacts.rows", "contact_log.rows", "jobs.rows", "outbox.rows", "search.hits", "my_day.part",
    "bulk.result", "mailings.audience_rows",
    "mailings.preview_letter",  # a letter in the sandbox of its preview: no script runs in it, axe's neither
}  # fmt: skip
# Pages in a state that their plain address does not show.
STATES = (
    "/infosoc/companies?q=inget+sådant", "/infosoc/companies?trash=1", "/infosoc/companies?page=2",
    "/infosoc/companies?status=customer&status=prospect&sort=-contacted&columns=name&columns=org_number&columns=tags"
    "&columns=owner&columns=email&columns=phone", "/infosoc/search?q=a", "/infosoc/search?q=inget+sådant",
    "/infosoc/log?q=inget+sådant", "/infosoc/?all=1", "/infosoc/finns-inte", "/finns/inte/alls",
)  # fmt: skip


@contextmanager
def nasty_house(databases: Databases, folder) -> Iterator[House]:
    """The nasty register on a running server."""
    database_url = databases.fresh("sqlite", folder)
    running = LiveServer(lambda address: make(settings(database_url, folder, base_url=address)))
    try:
        yield House(running.app)
    finally:
        running.stop()
        let_go(running.app)


@contextmanager
def visiting(browser: Browser, house: House) -> Iterator[Visitor]:
    visitor = Visitor(browser, house.app.extensions["settings"].base_url)
    yield visitor
    visitor.close()


def routes_of(house: House, without: Collection[str] = ()) -> Found:
    """The pages there are; those `without` one are looked for by test_every_page.py, once is enough."""
    client = house.app.test_client()
    sign_in(client, house.user)
    return all_pages(house.app, client, house.ids, house.token, without=without)


def come_in(page: Page, house: House) -> Examiner:
    """Sign in without the sign-in page; the session's cookie is the only one that may be there."""
    client = house.app.test_client()
    sign_in(client, house.user)
    name = house.app.config["SESSION_COOKIE_NAME"]
    address = house.app.extensions["settings"].base_url
    page.context.add_cookies([{"name": name, "value": client.get_cookie(name).value, "url": address}])
    return Examiner(page, {name})


def walk(house: House, routes: Found, visitor: Visitor, width: int) -> dict[str, list[str]]:
    """What is wrong on all pages at this width."""
    inside = come_in(visitor.page(width=width), house)
    for address in (*(page for endpoint, page in routes.pages.items() if endpoint not in SAME), *STATES):
        inside.open(address)
    look_at_what_opens(inside, house)
    outside = Examiner(visitor.page(width=width), inside.cookies)
    for address in ("/login", "/password/forgotten", f"/password/{house.token}", "/finns/inte/alls"):
        outside.open(address)
    return {kind: inside.found[kind] + outside.found[kind] for kind in KINDS}


def look_at_what_opens(inside: Examiner, house: House) -> None:
    """What stands over a page: dialogs, menus, the search, rows that are marked, toasts."""
    page, company = inside.page, f"/infosoc/companies/{house.ids['company'][0]}"
    for address, press, shown in (
        (company, "#log-contact", "#dialog[open]"),
        (company, "#plan-follow-up", "#dialog[open]"),
        (company, "#new-person", "#dialog[open]"),
        (company, "#fact-name-edit", "#fact-name form"),
        (company, ".person-menu summary", ".person-menu[open]"),
        (company, "#no-answer", "#toasts .toast"),
        ("/infosoc/companies", "[name=ids]", ".selection-bar"),
        ("/infosoc/companies", "details.chip summary", "details.chip[open]"),
        ("/infosoc/", "main a[data-dialog][href*='/log/new']", "#dialog[open]"),
    ):
        page.goto(address)
        page.locator(press).locator("visible=true").first.click()
        page.locator(shown).first.wait_for()
        inside.look()
    for keys, shown in (("?", "#shortcuts[open]"), ("/lonn", "#search-results:not(:empty)")):
        page.goto(company)
        page.keyboard.type(keys)
        page.locator(shown).first.wait_for()
        inside.look()
