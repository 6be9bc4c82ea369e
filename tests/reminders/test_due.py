"""The list of late invoices: picked by the database as the rules pick them, and paged from a row beside the page."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from infosoc.db.session import db
from infosoc.invoicing.models import Invoice
from infosoc.reminders.commands import collection, sending, stops
from infosoc.reminders.models import CollectionItem, Reminder
from infosoc.reminders.queries import due, rules_of
from infosoc.reminders.queries.due import HAND_OVER, LETTERS, Place
from infosoc.reminders.rules.steps import Hold, Policy, StepKind, WrongPolicy
from tests.invoicing.world import NOW, issued
from tests.reminders.test_sending import FIRST, SECOND, THIRD, run
from tests.subscriptions.world import World

MANY = 137


def late_ones(house: World, count: int) -> None:
    issued(house, *(f"late:{at}" for at in range(count)), on=date(2024, 2, 1))


def by_the_rules(session, on: date) -> dict[int, str]:
    """What the rules say of every late invoice, by its id."""
    preview = sending.preview(session, on=on).preview
    of_step = {one.claim.id: HAND_OVER if one.step.kind is StepKind.HAND_OVER else LETTERS for one in preview.letters}
    return of_step | {claim.id: why.value for claim, why in preview.held}


@pytest.mark.parametrize("seed", range(3))
def test_the_database_groups_them_as_the_rules_do(house: World, seed):
    chance = random.Random(seed)
    late_ones(house, 24)
    with house.reading() as session:
        addresses = list(session.scalars(select(Invoice.public_id).order_by(Invoice.number)))
    for on in (FIRST, SECOND):
        run(house, on, only=chance.sample(addresses, 14))
    with house.writing() as session:
        for address in chance.sample(addresses, 3):
            stops.stop(session, address, "Bestrids", by=None, now=NOW)
        collection.hand_over(
            session, "Inkasso AB", on=THIRD, only=chance.sample(addresses, 8), by=None, now=NOW
        )  # fmt: skip
    seen = set()
    with house.reading() as session:
        policy = rules_of.policy(session)
        for on in (date(2024, 2, 29), FIRST, FIRST + timedelta(9), date(2024, 3, 21), SECOND, SECOND + timedelta(11),
                   THIRD, date(2024, 6, 30)):  # fmt: skip
            wanted = by_the_rules(session, on)
            counted = due.counted(session, policy, on=on)
            assert counted.number == {name: list(wanted.values()).count(name) for name in set(wanted.values())}, on
            seen |= set(counted.number)
            for group in due.GROUPS:
                found = due.page(session, policy, group, Place(), counted.number.get(group, 0), on=on)
                assert {one.claim.id for one in found.rows} == {at for at, name in wanted.items() if name == group}
        assert session.scalars(select(CollectionItem)).first()
    assert {LETTERS, HAND_OVER, Hold.WAITING, Hold.STOPPED, Hold.DONE} <= seen


def test_small_claims_are_held_and_a_policy_that_is_wrong_is_refused(house: World):
    late_ones(house, 2)
    with house.reading() as session:
        steps = rules_of.USUAL.steps
        assert due.counted(session, Policy(steps, smallest_ore=200_000), on=FIRST).number == {Hold.TOO_SMALL: 2}
        assert due.counted(session, Policy(()), on=FIRST).number == {Hold.DONE: 2}
        with pytest.raises(WrongPolicy):
            due.counted(session, Policy(steps[::-1]), on=FIRST)


@pytest.fixture
def many(house: World) -> World:
    late_ones(house, MANY)
    return house


def test_every_way_through_the_pages_meets_every_invoice_once(many: World):
    with many.reading() as session:
        policy, everything = rules_of.policy(session), list(range(1, MANY + 1))
        first = due.page(session, policy, LETTERS, Place(), MANY, on=FIRST)
        assert first.pages == 3
        assert first.mark(1) is None
        pages = {1: [one.number for one in first.rows]}
        last = due.page(session, policy, LETTERS, Place.parse(3, first.mark(3)), MANY, on=FIRST)
        second = due.page(session, policy, LETTERS, Place.parse(2, first.mark(2)), MANY, on=FIRST)
        back = due.page(session, policy, LETTERS, Place.parse(2, last.mark(2)), MANY, on=FIRST)
        plain = due.page(session, policy, LETTERS, Place(2), MANY, on=FIRST)
        beyond = due.page(session, policy, LETTERS, Place(99), MANY, on=FIRST)
        pages |= {2: [one.number for one in second.rows], 3: [one.number for one in last.rows]}
    assert [*pages[1], *pages[2], *pages[3]] == everything
    assert [one.number for one in back.rows] == [one.number for one in plain.rows] == pages[2]
    assert [one.number for one in beyond.rows] == pages[3]


def test_a_page_stays_where_it_is_when_those_before_it_are_paid(many: World):
    """The rows of a page are found from the row before it: what vanishes on page one moves nothing."""
    with many.reading() as session:
        policy = rules_of.policy(session)
        mark = due.page(session, policy, LETTERS, Place(), MANY, on=FIRST).mark(2)
        address = session.scalars(select(Invoice.public_id).where(Invoice.number == 1)).one()
    with many.writing() as session:
        stops.stop(session, address, "Bestrids", by=None, now=NOW)
    with many.reading() as session:
        again = due.page(session, policy, LETTERS, Place.parse(2, mark), MANY - 1, on=FIRST)
        assert next(one.number for one in again.rows) == 51


def test_a_place_that_is_none_is_the_number_alone(many: World):
    client = many.client("ekman")
    for at in ("", "x", "after.2024-02-30.5.0", "before.2024-02-28.x.0", "after.2024-02-28.5.-7"):
        assert client.get(f"/infosoc/reminders?on={FIRST}&page=2&at={at}").status_code == 200, at


@pytest.mark.sqlite_only
def test_the_page_asks_eight_statements_at_most_and_all_pages_can_be_chosen(many: World):
    client = many.client("ekman")
    client.get(f"/infosoc/reminders?on={FIRST}")
    asked: list[str] = []

    def note(conn, cursor, statement, *rest):
        asked.append(statement)

    with many.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        page = client.get(f"/infosoc/reminders?on={FIRST}&page=2").get_data(as_text=True)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    selects = [one for one in asked if one.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(selects) <= 8, "\n\n".join(selects)
    assert page.count('name="ids"') == due.ROWS
    assert 'name="every"' in page
    assert 'aria-current="page" aria-label="Sida 2"' in page
    answer = client.post(
        "/infosoc/reminders", data=_form(page) | {"on": FIRST.isoformat(), "every": "1"}
    )  # fmt: skip
    assert answer.status_code == 303
    from infosoc.jobs.worker import run_waiting

    run_waiting(many.app)
    with many.reading() as session:
        assert len(session.scalars(select(Reminder.id)).all()) == MANY


def _form(page: str) -> dict[str, str]:
    """The hidden fields that every form carries."""
    import re

    form = page[page.index('id="remind"') :]
    form = form[: form.index("</form>")]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
