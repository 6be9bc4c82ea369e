"""Every page in a browser, light and dark: nothing in the console, nothing too wide, nothing for axe, nothing kept.

The pages come from the application's own list of routes, so that a new one is looked at without anybody thinking of it.
This is the wide window; test_every_page_on_a_phone.py is the narrow one, so that the two can run beside each other.
"""

from __future__ import annotations

import pytest

from tests.browser.examine import KINDS
from tests.browser.walk import come_in, nasty_house, routes_of, visiting, walk
from tests.support.browser import DESKTOP

# What answers something else than a page of its own: a file, a piece for htmx alone, or an address that leads on.
NOT_PAGES = {
    "calendar.feed", "companies.find", "companies.show_fact", "companies.step",
    "contact_log.choices", "contacts.show_fact", "contacts.step", "health.show", "imports.progress", "imports.refused",
    "imports.rows", "privacy_request.show", "sign_in.home", "sign_in.show", "unsubscribe.ask_removal",
    "unsubscribe.show",  # a letter's token is asked for: test_leaving.py has one, and looks at all pages behind it
    "mailing_images.show", "privacy_cases.draft", "privacy_cases.extract_pdf",
    "privacy_processing.export",
    "vouchers.balance", "vouchers.choices", "vouchers.line",  # pieces of the form of a voucher
    "bank_files.progress", "invoice_drafts.account_choices",
    "collection.file", "customer_ledger.statement_pdf", "deliveries.to_print", "invoice_drafts.paper",
    "invoice_papers.pdf", "invoice_papers.xml", "reminders.pdf",
    "invoice_drafts.new", "invoice_drafts.ask",  # ask for a company, and for a line: test_invoicing.py goes there
}  # fmt: skip


@pytest.fixture(scope="module")
def house(databases, tmp_path_factory: pytest.TempPathFactory):
    with nasty_house(databases, tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")
def visitor(browser, house):
    with visiting(browser, house) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def routes(house):
    return routes_of(house)


@pytest.fixture(scope="module")
def findings(house, routes, visitor) -> dict[str, list[str]]:
    return walk(house, routes, visitor, DESKTOP)


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


def test_a_fault_of_the_light_theme_is_found_on_a_page_that_was_opened_in_the_dark(house, visitor):
    page = visitor.page(bypass_csp=True)
    inside = come_in(page, house)
    inside.open("/infosoc/imports/new")
    assert (inside.theme, dict(inside.found)) == ("dark", {})
    page.goto("/infosoc/imports/new")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<p>Syns inte</p>')")
    page.evaluate("document.querySelector('main').lastElementChild.style.color = 'light-dark(#eee, white)'")
    inside.look()
    assert [fault for fault in inside.found["axe"] if "light: color-contrast" in fault]
    assert not [fault for fault in inside.found["axe"] if "dark: " in fault]
