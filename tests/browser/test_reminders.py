"""A late invoice is reminded of, stopped, and its costs are let go of, in the browser."""

from __future__ import annotations

from playwright.sync_api import expect

from infosoc.cli.worker import load_jobs
from infosoc.jobs.worker import run_waiting
from tests.browser.people import at
from tests.browser.test_invoicing import is_sound
from tests.invoicing.world import make_house
from tests.reminders.test_sending import FIRST, address_of, owe, set_policy


def test_a_late_invoice_is_reminded_of_and_stopped(server, visitor):
    load_jobs()
    house = make_house(server.app)
    address = address_of(house, owe(house))
    set_policy(house, asks_compensation=True)
    page = at(visitor, house, f"/reminders?on={FIRST}", name="ekman")
    assert is_sound(page)
    page.get_by_role("button", name="Skapa påminnelserna").click()
    page.wait_for_url("**/reminders/runs/*")
    run_waiting(server.app)
    expect(page.get_by_role("link", name="PDF")).to_be_visible()
    assert is_sound(page)
    page.goto(page.url.split("/reminders")[0] + f"/invoices/{address}")
    page.get_by_role("link", name="Påminnelsestopp, kostnader och kundförlust").click()
    assert is_sound(page)
    page.get_by_text("Stoppa påminnelser om fakturan").click()
    page.get_by_label("Varför").fill("Bestrider fakturan")
    page.get_by_role("button", name="Stoppa påminnelserna").click()
    expect(page.get_by_role("button", name="Återuppta påminnelserna")).to_be_visible()
    page.get_by_text("Efterskänk kostnaderna").click()
    page.get_by_role("button", name="Efterskänk").click()
    expect(page.get_by_text("Avgifter och ersättning efterskänkta")).to_be_visible()
    assert is_sound(page)
