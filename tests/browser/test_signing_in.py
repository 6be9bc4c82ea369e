"""Signing in, and what happens to typed text when the session ends meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from infosoc.accounts.models import UserSession
from infosoc.accounts.roles import Role
from infosoc.crm.models.log import LogEntry
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from tests.builders import PASSWORD, make_company, make_member, make_tenant, make_user

EMAIL = "karin@infosoc.example"
WORDS = "Ringde om offerten, åter på torsdag – “gärna” före lunch"


@pytest.fixture
def company_page(server) -> str:
    """The page of a company, in a tenant with one administrator who may sell."""
    with server.app.app_context(), transaction() as session:
        tenant = make_tenant(session)
        make_member(session, tenant, make_user(session, "Karin Ek", email=EMAIL), Role.ADMINISTRATOR, Role.SELLER)
        with tenant_scope(Scope.alone(tenant.id)):
            company = make_company(session, "Åkeri AB")
        return f"/infosoc/companies/{company.public_id}"


def fill_in(page, password: str = PASSWORD) -> None:
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="Logga in").click()


def sign_in(page, wanted: str) -> None:
    page.goto(wanted)
    fill_in(page)
    page.wait_for_url("**" + wanted)


def end_sessions(server, *, forget: bool = False) -> None:
    with server.app.app_context(), transaction() as session:
        if forget:
            session.execute(delete(UserSession))
        else:
            for one in session.scalars(select(UserSession)):
                one.ends_at = clock.now()


def logged(server) -> list[str]:
    with server.app.app_context(), tenant_scope(Scope.alone(1)):
        return list(db.session.scalars(select(LogEntry.text)))


def has_focus(page) -> bool:
    """Whether something on the page has the focus, at the latest when the dialog has closed."""
    for _ in range(20):
        if page.evaluate("document.activeElement !== document.body"):
            return True
        page.wait_for_timeout(50)
    return False


@pytest.mark.parametrize("javascript", [True, False])
def test_signing_in_leads_to_the_page_that_was_asked_for(visitor, company_page, javascript):
    page = visitor.page(javascript=javascript)
    sign_in(page, company_page)
    assert page.locator("h1").inner_text() == "Åkeri AB"


def test_what_was_typed_in_the_dialog_survives_signing_in_again(server, visitor, company_page):
    page = visitor.page()
    sign_in(page, company_page)
    page.keyboard.press("c")
    dialog = page.locator("#dialog")
    dialog.locator("[name=text]").fill(WORDS)
    end_sessions(server)
    dialog.get_by_role("button", name="Spara").click()
    dialog.locator("[name=password]").wait_for()
    assert dialog.locator("[name=email]").input_value() == EMAIL
    dialog.locator("[name=password]").fill("fel fel fel fel")
    dialog.get_by_role("button", name="Logga in").click()
    dialog.locator(".field-error").wait_for()
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.get_by_role("button", name="Logga in").click()
    page.locator("main").get_by_text(WORDS).first.wait_for()
    assert not dialog.is_visible()
    assert logged(server) == [WORDS]
    assert has_focus(page)


def test_a_page_that_asks_for_a_piece_is_led_to_sign_in_and_back(server, visitor, company_page):
    page = visitor.page()
    sign_in(page, company_page)
    end_sessions(server, forget=True)
    page.keyboard.press("c")
    page.locator("[name=password]").wait_for()
    assert page.url.endswith("/login?next=" + company_page)
    fill_in(page)
    page.wait_for_url("**" + company_page)


def test_without_javascript_what_was_typed_is_sent_again(server, visitor, company_page):
    page = visitor.page(javascript=False)
    sign_in(page, company_page)
    page.get_by_role("link", name="Logga kontakt").first.click()
    page.locator("main [name=text], [name=text]").first.fill(WORDS)
    end_sessions(server)
    page.get_by_role("button", name="Spara").first.click()
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    assert page.get_by_text(WORDS).is_visible()
    page.get_by_role("button", name="Skicka igen").click()
    page.wait_for_load_state()
    assert logged(server) == [WORDS]


def test_after_signing_out_going_back_shows_nothing(visitor, company_page):
    page = visitor.page()
    sign_in(page, company_page)
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Logga ut").click()
    page.wait_for_url("**/login")
    page.go_back()
    page.locator("[name=password]").wait_for()
    assert page.get_by_text("Åkeri AB").count() == 0


def test_nothing_is_kept_in_the_browser(visitor, company_page):
    page = visitor.page()
    sign_in(page, company_page)
    page.keyboard.press("c")
    page.locator("#dialog [name=text]").fill(WORDS)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("indexedDB.databases()") == []
