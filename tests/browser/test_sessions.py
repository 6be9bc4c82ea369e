"""When a session ends: what was typed survives, what was seen does not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from infosoc.accounts.models import UserSession
from infosoc.db.session import transaction
from tests.browser.people import at, fill_sign_in, focus_is_somewhere, sign_in_by_form
from tests.crm.world import World, make_world

TEXT = "Ett samtal på en halvtimme, nedskrivet ord för ord"


@pytest.fixture
def world(server) -> World:
    return make_world(server.app)


def end_all_sessions(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        session.execute(delete(UserSession))


def log_form(page: Page) -> None:
    page.locator("#log-contact").click()
    page.locator("#dialog [name=text]").fill(TEXT)


def test_text_typed_before_the_session_ended_is_sent_after_signing_in_over_the_page(visitor, world):
    page = at(visitor, world, f"/companies/{world.companies['akeri']}")
    page.evaluate("window.still = true")
    log_form(page)
    end_all_sessions(world)
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog form[action='/login']")).to_be_visible()
    fill_sign_in(page, world.users["karin"].email)
    expect(page.locator("#log-panel")).to_contain_text(TEXT)
    expect(page.locator("#dialog")).to_be_hidden()
    assert page.evaluate("window.still") is True
    assert focus_is_somewhere(page)
    page.reload()
    expect(page.locator("#log-panel")).to_contain_text(TEXT)
    expect(page.locator("#log-panel [id^=entry-]")).to_have_count(1)


def test_a_wrong_password_over_the_page_costs_nothing_that_was_typed(visitor, world):
    page = at(visitor, world, f"/companies/{world.companies['akeri']}")
    log_form(page)
    end_all_sessions(world)
    page.locator("#dialog [type=submit]").click()
    form = page.locator("#dialog form[action='/login']")
    form.locator("[name=email]").fill(world.users["karin"].email)
    form.locator("[name=password]").fill("fel lösenord alldeles")
    form.locator("[name=password]").press("Enter")
    expect(page.locator("#dialog .field-error").first).to_be_visible()
    fill_sign_in(page, world.users["karin"].email)
    expect(page.locator("#log-panel")).to_contain_text(TEXT)


def test_closing_the_sign_in_over_the_page_gives_the_typed_text_back(visitor, world):
    page = at(visitor, world, f"/companies/{world.companies['akeri']}")
    log_form(page)
    end_all_sessions(world)
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog form[action='/login']")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog [name=text]")).to_have_value(TEXT)


def test_a_plain_form_rides_along_through_the_sign_in_page(visitor, world):
    page = at(visitor, world, "/companies/new")
    page.locator("[name=name]").fill("Skrivet före utloggningen AB")
    page.locator("[name=source]").fill("Mässan i Jönköping")
    end_all_sessions(world)
    page.locator("main form [type=submit]").last.click()
    fill_sign_in(page, world.users["karin"].email)
    page.locator("main [type=submit]").first.click()
    expect(page.locator("h1")).to_have_text("Skrivet före utloggningen AB")


def test_a_fragment_asked_for_after_the_session_ended_leads_to_the_sign_in_page_and_back(visitor, world):
    page = at(visitor, world, "/companies?status=prospect")
    end_all_sessions(world)
    page.locator(".search-input").fill("lönn")
    page.wait_for_url(re.compile(r"/login\?next="))
    fill_sign_in(page, world.users["karin"].email)
    page.wait_for_url(re.compile(r"/infosoc/companies\?status=prospect$"))


def test_back_after_signing_out_shows_the_sign_in_page(visitor, world):
    page = visitor.page()
    sign_in_by_form(page, world.users["karin"].email)
    page.goto(f"/infosoc/companies/{world.companies['akeri']}")
    page.locator(".person-menu summary").click()
    page.locator(".person-menu form[action='/logout'] button").click()
    page.wait_for_url("**/login")
    page.go_back()
    page.wait_for_url(re.compile(r"/login"))
    expect(page.locator("form[action='/login']")).to_be_visible()
    assert "Åkeri" not in page.content()


def test_the_browser_is_told_to_forget_and_keeps_nothing(visitor, world):
    page = visitor.page()
    sign_in_by_form(page, world.users["karin"].email)
    page.goto("/infosoc/companies?q=lonn")
    page.locator(".search-input").fill("åkeri")
    page.wait_for_url("**q=%C3%A5keri*")
    page.wait_for_timeout(100)
    assert page.evaluate("JSON.stringify([Object.keys(localStorage), Object.keys(sessionStorage)])") == "[[],[]]"
