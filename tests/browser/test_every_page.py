"""Every page in a browser, light and dark, narrow and wide: nothing in the console, nothing too wide, nothing for axe.

The pages come from the application's own list of routes, so that a new one is looked at without anybody thinking of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from infosoc.factory import create_app
from tests.browser.examine import KINDS, Examiner
from tests.browser.nasty import House
from tests.browser.pages import Found, all_pages
from tests.builders import sign_in
from tests.support.browser import DESKTOP, PHONE, Visitor
from tests.support.databases import let_go, settings
from tests.support.server import LiveServer

# What answers something else than a page of its own: a file, a piece for htmx alone, or an address that leads on.
NOT_PAGES = {
    "calendar.feed", "companies.find", "companies.show_fact", "companies.step",
    "contact_log.choices", "contacts.show_fact", "contacts.step", "health.show", "imports.progress", "imports.refused",
    "imports.rows", "sign_in.home", "sign_in.show",
}  # fmt: skip
# Addresses of fragments that answer the same page as another when they are opened by hand.
SAME = {
    "companies.rows",
    "contacts.rows",
    "contact_log.rows",
    "jobs.rows",
    "outbox.rows",
    "search.hits",
    "my_day.part",
    "bulk.result",
}
# Pages in a state that their plain address does not show.
STATES = (
    "/infosoc/companies?q=inget+sådant", "/infosoc/companies?trash=1", "/infosoc/companies?page=2",
    "/infosoc/companies?status=customer&status=prospect&sort=-contacted&columns=name&columns=org_number&columns=tags"
    "&columns=owner&columns=email&columns=phone", "/infosoc/search?q=a", "/infosoc/search?q=inget+sådant",
    "/infosoc/log?q=inget+sådant", "/infosoc/?all=1", "/infosoc/finns-inte", "/finns/inte/alls",
)  # fmt: skip


@pytest.fixture(scope="module")
def house(databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The nasty register on a running server."""
    folder = tmp_path_factory.mktemp("house")
    database_url = databases.fresh("sqlite", folder)
    running = LiveServer(lambda address: create_app(settings(database_url, folder, base_url=address)))
    yield House(running.app)
    running.stop()
    let_go(running.app)


@pytest.fixture(scope="module")
def routes(house: House) -> Found:
    client = house.app.test_client()
    sign_in(client, house.user)
    return all_pages(house.app, client, house.ids, house.token)


@pytest.fixture(scope="module")
def visitor(browser: Browser, house: House) -> Iterator[Visitor]:
    visitor = Visitor(browser, house.app.extensions["settings"].base_url)
    yield visitor
    visitor.close()


def come_in(page: Page, house: House) -> Examiner:
    client = house.app.test_client()
    sign_in(client, house.user)
    name = house.app.config["SESSION_COOKIE_NAME"]
    address = house.app.extensions["settings"].base_url
    page.context.add_cookies([{"name": name, "value": client.get_cookie(name).value, "url": address}])
    return Examiner(page, {name})


@pytest.fixture(scope="module", params=[DESKTOP, PHONE])
def findings(request, house: House, routes: Found, visitor: Visitor) -> dict[str, list[str]]:
    """What was found on all pages at one width."""
    inside = come_in(visitor.page(width=request.param), house)
    for address in (*(page for endpoint, page in routes.pages.items() if endpoint not in SAME), *STATES):
        inside.open(address)
    look_at_what_opens(inside, house)
    outside = Examiner(visitor.page(width=request.param), inside.cookies)
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


def test_every_route_that_is_a_page_was_looked_at(routes):
    assert routes.without == NOT_PAGES


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_has_a_fault(findings, kind):
    assert findings[kind] == []


# ---- planted faults: what the walk is to find, it finds --------------------------------------------------------------

FAULTS = {
    "console": "console.error('something went wrong')",
    "hosts": "fetch('http://elsewhere.invalid/').catch(() => {})",
    "overflow": "main.append(Object.assign(document.createElement('pre'), {textContent: 'x'.repeat(999)}))",
    "axe": "main.append(Object.assign(document.createElement('img'), {src: '/static/icons/blue.svg'}))",
    "axe in the dark": "main.insertAdjacentHTML('beforeend', '<p>Syns inte</p>'),"
    "main.lastElementChild.style.color = 'light-dark(black, #222)'",
    "axe where it sees no colours": "main.style.backgroundImage = 'linear-gradient(red, blue)'",
    "storage": "sessionStorage.setItem('last', 'Gnosjö kommun')",
    "storage in a cookie": "document.cookie = 'last=company'",
    "storage in a database": "new Promise(done => { indexedDB.open('last').onsuccess = done })",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(house, visitor, fault):
    page = visitor.page(bypass_csp=True)
    inside = come_in(page, house)
    page.goto("/infosoc/imports/new")
    assert not inside.found
    page.evaluate(f"() => {{ const main = document.querySelector('main'); return {FAULTS[fault]} }}")
    inside.look()
    assert fault.split()[0] in inside.found
