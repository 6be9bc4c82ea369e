"""Writing in the contact log from a page: at once without a reload, still there after one, undone by one press."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.kernel import clock, sv
from tests.browser.people import at, focus_is_somewhere
from tests.crm.world import World, make_world


@pytest.fixture
def world(server) -> World:
    return make_world(server.app)


@pytest.fixture
def page(visitor, world) -> Page:
    """The page of Åkeri AB, as Karin sees it."""
    return at(visitor, world, f"/companies/{world.companies['akeri']}")


@pytest.fixture
def cut_wire(visitor):
    """For a test that cuts the wire on purpose; what the browser says of that is no fault of the page."""
    yield
    visitor.problems = [one for one in visitor.problems if "ERR_FAILED" not in one and "sendError" not in one]


def entries(world: World) -> int:
    """How many entries there are that are not in the trash."""
    with world.reading() as session:
        return session.scalar(select(func.count()).select_from(LogEntry).where(LogEntry.trashed_at.is_(None)))


def write(page: Page, text: str) -> None:
    """Open the form and fill in what was said."""
    page.locator("#log-contact").click()
    page.locator("#dialog [name=text]").fill(text)


def test_an_entry_is_there_at_once_and_after_a_reload(page):
    page.evaluate("window.still = true")
    write(page, "Ringde om avtalet, vill ha offert")
    page.locator("#dialog [type=submit]").click()
    line = page.locator("#log-panel", has_text="vill ha offert")
    expect(line).to_be_visible()
    expect(page.locator("#dialog")).to_be_hidden()
    assert page.evaluate("window.still") is True
    assert focus_is_somewhere(page)
    page.reload()
    expect(line).to_be_visible()


def test_the_day_to_follow_up_is_written_in_the_same_form_in_plain_words(page, world):
    write(page, "Återkom")
    page.locator("#dialog [name=follow_up_on]").fill("tor")
    page.locator("#dialog [type=submit]").click()
    thursday = sv.parse_day("tor", clock.today())
    expect(page.locator(f"#follow-ups time[datetime='{thursday}']")).to_be_visible()


def test_an_entry_that_is_refused_keeps_every_word_and_the_form_stays(page, world):
    write(page, "Ett långt samtal")
    page.locator("#dialog [name=when]").fill("om en vecka")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog .field-error").first).to_be_visible()
    expect(page.locator("#dialog [name=text]")).to_have_value("Ett långt samtal")
    expect(page.locator("#dialog [name=when]")).to_have_value("om en vecka")
    expect(page.locator("#dialog [name=when]")).to_be_focused()
    assert entries(world) == 0


@pytest.mark.usefixtures("cut_wire")
def test_a_failed_request_leaves_the_text_in_the_form_and_says_so(page, world):
    write(page, "Text som inte får försvinna")
    page.route(re.compile(r"/log(\?|$)"), lambda route: route.abort())
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#toasts .toast[data-kind=error]")).to_be_visible()
    expect(page.locator("#dialog [name=text]")).to_have_value("Text som inte får försvinna")


def test_undo_takes_the_entry_back_from_page_and_database(page, world):
    write(page, "Fel kund")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#log-panel")).to_contain_text("Fel kund")
    page.locator("#toasts .toast-undo").click()
    expect(page.locator("#log-panel")).not_to_contain_text("Fel kund")
    assert focus_is_somewhere(page)
    assert entries(world) == 0


def test_no_answer_is_one_press_and_told_apart_from_a_contact(page, world):
    page.locator("#no-answer").click()
    expect(page.locator("#log-panel [data-kind=attempt]")).to_have_count(1)
    assert focus_is_somewhere(page)
    with world.reading() as session:
        assert session.scalars(select(LogEntry.kind)).all() == ["attempt"]


def test_three_clicks_on_save_write_one_entry(page, world):
    write(page, "En gång räcker")
    page.route(re.compile(r"/log\?"), lambda route: (page.wait_for_timeout(150), route.continue_()))
    page.locator("#dialog [type=submit]").evaluate("button => { button.click(); button.click(); button.click(); }")
    expect(page.locator("#log-panel")).to_contain_text("En gång räcker")
    page.wait_for_timeout(300)
    assert entries(world) == 1


def test_three_clicks_on_no_answer_write_one_attempt(page, world):
    page.locator("#no-answer").evaluate("button => { button.click(); button.click(); button.click(); }")
    expect(page.locator("#log-panel [data-kind=attempt]")).to_have_count(1)
    page.wait_for_timeout(300)
    assert entries(world) == 1


def test_a_follow_up_done_on_my_day_leaves_and_undo_brings_it_back(visitor, world):
    due = world.plan("akeri", note="Skicka offert")
    world.plan("lonn", due=-2)
    page = at(visitor, world, "/")
    row = page.locator(f"#due-{due}")
    row.locator("button[formaction*='/done']").click()
    expect(row).to_have_count(0)
    assert focus_is_somewhere(page)
    page.locator("#toasts .toast-undo").last.click()
    expect(row).to_be_visible()
    assert focus_is_somewhere(page)
    with world.reading() as session:
        assert session.scalars(select(FollowUp.done_at)).all() == [None, None]


def test_done_and_schedule_the_next_is_one_form(visitor, world):
    due = world.plan("akeri", note="Skicka offert")
    page = at(visitor, world, "/")
    page.locator(f"#due-{due} a[href*='/log/new']").click()
    page.locator("#dialog [name=text]").fill("Offerten är skickad")
    page.locator("#dialog [name=follow_up_on]").fill("+7")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator(f"#due-{due}")).to_have_count(0)
    expect(page.locator("[id^=due-]")).to_have_count(1)
    assert focus_is_somewhere(page)


def test_the_row_of_a_list_tells_of_the_attempt_and_keeps_the_focus(visitor, world):
    page = at(visitor, world, "/companies")
    row = page.locator("tr[data-row]", has_text="Åkeri AB")
    row.hover()
    row.locator("button[formaction*='/no-answer']").click()
    expect(page.locator("#toasts .toast")).to_be_visible()
    page.locator("#toasts .toast-days button").first.click()
    expect(row.locator(".due")).to_be_visible()
    assert focus_is_somewhere(page)
