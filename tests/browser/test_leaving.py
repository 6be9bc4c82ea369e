"""A recipient on a phone leaves both companies in two taps; a scanner that follows everything changes nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.privacy.commands import requests
from tests.browser.examine import Examiner
from tests.privacy.public_world import ADDRESS, World, make_world, recipient, standing, suppressions
from tests.support.browser import DESKTOP, PHONE


@pytest.fixture
def world(server) -> World:
    return make_world(server.app)


def link_of(server, world: World) -> requests.NewLink:
    with server.app.app_context(), tenant_scope(Scope.alone(world.ours)), transaction() as session:
        return requests.make(session, ADDRESS, language="sv", now=clock.now(), is_joint=True)


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_m11_a_recipient_on_a_phone_leaves_both_companies_in_two_taps(server, visitor, world, javascript):
    page = visitor.page(width=PHONE, javascript=javascript)
    page.set_content(f'<a href="{server.url}{world.letter.path}">Avregistrera</a>')
    page.get_by_role("link", name="Avregistrera").tap()
    page.get_by_role("button", name="Infosoc och Rättsdata").tap()
    page.get_by_text("Du får inga fler utskick från Infosoc och Rättsdata.").wait_for()
    assert standing(server.app) == {(world.ours, None), (world.theirs, None)}
    assert page.context.cookies() == []


def test_a_slip_of_the_thumb_is_undone_with_one_more_tap(server, visitor, world):
    page = visitor.page(width=PHONE)
    page.goto(world.letter.path)
    page.get_by_role("button", name="Slipp allt från Infosoc", exact=True).tap()
    page.get_by_role("button", name="Ångra").tap()
    page.get_by_text("Du får utskick som förut.").wait_for()
    assert standing(server.app) == set()


def test_buttons_are_large_enough_for_a_thumb(visitor, world):
    page = visitor.page(width=PHONE)
    page.goto(world.letter.path)
    heights = [button.bounding_box()["height"] for button in page.locator("main button").all()]
    assert len(heights) == 3
    assert min(heights) >= 44


def test_m10_a_headless_browser_that_runs_scripts_and_follows_every_link_changes_nothing(server, visitor, world):
    page = visitor.page()
    waiting, seen = [world.letter.path], set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found = page.eval_on_selector_all("a[href]", "links => links.map(one => one.href)")
        inside = {
            urlsplit(one)._replace(scheme="", netloc="", fragment="").geturl() for one in found if server.url in one
        }
        waiting += [one for one in inside if one not in seen and one not in waiting]
    assert any(path.endswith("/remove") for path in seen)
    assert len(seen) > 6
    assert (suppressions(server.app), recipient(server.app, world.letter).unsubscribed_at) == ([], None)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_p74_every_public_page_is_clean_in_both_themes_and_keeps_nothing_in_the_browser(server, visitor, world, width):
    link = link_of(server, world)
    page = visitor.page(width=width)
    looked = Examiner(page)
    for path in (
        world.letter.path, f"{world.letter.path}?lang=en", f"{world.letter.path}/remove", "/unsubscribe/wrong",
        "/infosoc/privacy", "/infosoc/privacy?lang=en", "/infosoc/privacy/request",
        f"/infosoc/privacy/request/{link.token}", "/infosoc/privacy/request/wrong",
    ):  # fmt: skip
        looked.open(path)
    page.goto("/infosoc/privacy/request")
    press(page, "Skicka länken", looked)  # empty: with its error
    page.get_by_label("Din e-postadress").fill("anna@elsewhere.example")
    press(page, "Skicka länken", looked)
    page.goto(f"/infosoc/privacy/request/{link.token}")
    page.get_by_label("Koden").fill("12")
    press(page, "Visa svaret", looked)
    page.get_by_label("Koden").fill(link.code)
    press(page, "Visa svaret", looked)
    press(page, "Ta bort mig ur registret", looked)
    page.goto(world.letter.path)
    press(page, "Slipp ”Nytt om Journal", looked)
    press(page, "Slipp allt från Infosoc och", looked)
    press(page, "Ångra", looked)
    page.goto(f"{world.letter.path}/remove")
    press(page, "Ta bort mig hos Infosoc och", looked)
    assert dict(looked.found) == {}
    assert page.locator("script").count() == 0


def press(page, name: str, looked: Examiner) -> None:
    """Press a button, and look at the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).first.click()
    looked.look()
