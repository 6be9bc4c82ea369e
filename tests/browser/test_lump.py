"""A deposit that came as one sum, split with the keyboard alone beside one that might be the same money."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.people import enter
from tests.invoicing.world import make_house
from tests.payments.house import PAYABLE, assert_whole, balance, bring, invoices, left
from tests.payments.test_import import with_iban
from tests.payments.test_lumps import bgmax, lump


def test_a_lump_is_settled_without_the_mouse(server, visitor):
    house = make_house(server.app)
    made = invoices(house, 3)
    with_iban(house)
    file = lump(house)
    bring(house, bgmax(made[1][1], made[2][1]))
    page = visitor.page()
    enter(page, house, "ekman")
    page.goto("/infosoc/bank-files/waiting")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{file}/deposits/1")
    expect(page.get_by_role("button", name="Knyt ihop")).to_be_focused()
    page.get_by_role("textbox", name="Nummer eller namn, rad 1").focus()
    for typed in (str(made[0][0]), "1250", "k", "Åkeri AB", "1 000", "kon", "1630", "250"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("uppdelad och bokförd")).to_be_visible()
    with house.reading() as session:
        assert set(left(session).values()) == {0}
        assert (balance(session, 1630), balance(session, 2420)) == (-25_000, -100_000)
        assert balance(session, 1930) == 4 * PAYABLE
        assert_whole(session)
    page.goto(f"/infosoc/bank-files/{file}/deposits/1")
    expect(page.locator("main")).to_contain_text(re.compile("bokförd som en inbetalning"))
