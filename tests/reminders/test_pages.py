"""The pages of reminders: who is late, the run, one invoice, the settings and the hand-over."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.jobs.worker import run_waiting
from infosoc.reminders.models import CollectionBatch, ReferenceRate, Reminder, ReminderPolicy, ReminderStop
from tests.reminders.test_sending import FIRST, SECOND, THIRD, address_of, owe, run
from tests.subscriptions.world import World, post

pytestmark = pytest.mark.sqlite_only
PAGE = "/infosoc/reminders"


def submit(client, path: str, page: str = PAGE, **fields):
    return post(client, path, page=page, **fields)


def text(answer) -> str:
    return answer.get_data(as_text=True).replace("\N{NO-BREAK SPACE}", " ")


def test_the_page_shows_who_is_late_and_the_run_writes_to_those_who_were_marked(house: World):
    chosen, _ = address_of(house, owe(house, "draft:1")), owe(house, "draft:2")
    client = house.client("ekman")
    shown = text(client.get(f"{PAGE}?on={FIRST}"))
    assert shown.count('name="ids"') == 2
    answer = submit(client, PAGE, on=FIRST.isoformat(), ids=[chosen])
    assert answer.status_code == 303
    run_waiting(house.app)
    page = text(client.get(answer.location))
    assert "bo@aker.example" not in page
    assert "1 253,29" in page
    assert client.get(answer.location + "/progress", headers={"HX-Request": "true"}).status_code == 200
    with house.reading() as session:
        letters = session.scalars(select(Reminder)).all()
        assert len(letters) == 1
        address = letters[0].public_id
    pdf = client.get(f"{PAGE}/letters/{address}/pdf")
    assert pdf.data.startswith(b"%PDF")


def test_nobody_marked_is_said_and_nothing_is_written(house: World):
    owe(house)
    answer = submit(house.client("ekman"), PAGE, on=FIRST.isoformat())
    assert answer.status_code == 422
    assert "ska påminnas" in text(answer) or "is to be reminded" in text(answer)


@pytest.mark.parametrize("on", ["nonsense", "2024-13-45", "9999-12-31"])
def test_a_day_that_is_none_is_answered_with_words(house: World, on):
    owe(house)
    client = house.client("ekman")
    assert client.get(f"{PAGE}?on={on}").status_code == 200
    assert submit(client, PAGE, on=on).status_code == 422


def test_a_missing_rate_is_shown_with_its_invoice(house: World):
    owe(house)
    page = text(house.client("ekman").get(f"{PAGE}?on=2025-02-10"))
    assert "2025-01-01" in page
    assert 'id="remind"' not in page  # every letter is held back: there is nothing to make


def test_the_half_year_that_is_asked_for_is_the_first_without_a_rate(house: World):
    client, page = house.client("anna"), "/infosoc/settings/reminders"
    assert '<option selected value="2025-01-01">' in text(client.get(page))


@pytest.mark.parametrize("name", ["rut", "karin", "emil"])
def test_who_may_not_remind_is_refused(house: World, name):
    number = owe(house)
    client = house.client(name)
    path = f"/infosoc/invoices/{address_of(house, number)}/reminders/stop"
    for target, fields in ((PAGE, {"on": FIRST.isoformat()}), (path, {"reason": "x"}),
                           ("/infosoc/collection", {"partner": "x"}), ("/infosoc/settings/reminders", {})):  # fmt: skip
        assert post(client, target, page="/infosoc/me", **fields).status_code in (403, 404)


def test_an_invoice_is_stopped_and_reminded_again(house: World):
    page = f"/infosoc/invoices/{address_of(house, owe(house))}/reminders"
    client = house.client("ekman")
    assert submit(client, f"{page}/stop", page, reason="").status_code == 422
    assert submit(client, f"{page}/stop", page, reason="Bestrider fakturan").status_code == 303
    assert "Bestrider fakturan" in text(client.get(page, headers={"HX-Request": "true"}))
    assert submit(client, f"{page}/stop", page, reason="igen").status_code == 422
    assert submit(client, f"{page}/resume", page).status_code == 303
    assert submit(client, f"{page}/resume", page).status_code == 422
    with house.reading() as session:
        assert session.scalars(select(ReminderStop.ended_at)).one() is not None


def test_costs_and_losses_of_an_invoice_are_written_on_its_page(house: World):
    page = f"/infosoc/invoices/{address_of(house, owe(house))}/reminders"
    run(house, FIRST)
    client = house.client("ekman")
    for path, fields, status in (
        ("costs", {"amount": "nej", "paid_on": "2024-03-11", "account": "1930"}, 422),
        ("costs", {"amount": "-5", "paid_on": "2024-03-11", "account": "1930"}, 422),
        ("costs", {"amount": "3", "paid_on": "2024-03-11", "account": "1510"}, 422),
        ("costs", {"amount": "3", "paid_on": "2024-03-11", "account": "2420"}, 422),
        ("costs", {"amount": "3", "paid_on": "2024-03-11", "account": "1930"}, 303),
        ("let-go", {"let_go_on": "2024-03-11"}, 422),
        ("expected-loss", {"reason": "Konkurs", "on": "2020-01-01"}, 422),
        ("expected-loss", {"reason": "Konkurs", "on": "2024-03-12"}, 303),
        ("write-off", {"reason": "", "on": "2024-03-12"}, 422),
        ("write-off", {"reason": "Konkurs", "on": "2024-03-12"}, 303),
        ("write-off", {"reason": "Konkurs", "on": "2024-03-12"}, 422),
        ("take-write-off-back", {}, 303),
        ("take-write-off-back", {}, 422),
        ("no-loss", {}, 422),
    ):  # fmt: skip
        assert submit(client, f"{page}/{path}", page, **fields).status_code == status, (path, fields)
    assert text(client.get(page)).count('"2"><a href="/infosoc/vouchers/') == 5


def test_claims_are_handed_over_with_a_file(house: World):
    address = address_of(house, owe(house))
    run(house, FIRST)
    run(house, SECOND)
    client = house.client("ekman")
    assert "hand-over" in text(client.get(f"{PAGE}?on={THIRD}"))
    assert submit(client, "/infosoc/collection", on=THIRD.isoformat(), ids=[address]).status_code == 422
    asked = {"on": THIRD.isoformat(), "ids": [address], "partner": "Inkassobolaget AB"}
    assert submit(client, "/infosoc/collection", **asked).status_code == 303
    assert submit(client, "/infosoc/collection", **asked).status_code == 422
    with house.reading() as session:
        batch = session.scalars(select(CollectionBatch.public_id)).one()
    assert "Inkassobolaget AB" in text(client.get("/infosoc/collection"))
    file = client.get(f"/infosoc/collection/{batch}/csv")
    assert file.data.startswith(b"\xef\xbb\xbfcreditor;")


def test_the_policy_and_rates_are_set_beside_their_fields(house: World):
    client, page = house.client("anna"), "/infosoc/settings/reminders"
    steps = {"kind_1": "reminder", "late_1": "5", "pay_1": "10", "kind_2": "collection_demand", "late_2": "20",
             "pay_2": "8", "smallest": "50", "asks_interest": "y"}  # fmt: skip
    assert submit(client, page, page, **steps).status_code == 303
    assert submit(client, page, page, **{**steps, "pay_2": "7", "version": "1"}).status_code == 422
    assert submit(client, page, page, **{**steps, "late_2": "x", "version": "1"}).status_code == 422
    assert submit(client, page, page, **{**steps, "version": "9"}).status_code == 409
    rate = {"half_year": "2025-01-01", "percent": "3,00", "source": "riksbank.se"}
    assert submit(client, f"{page}/rates", page, **rate).status_code == 303
    for wrong in ({"percent": "3,01"}, {"percent": "x"}, {"half_year": "1999-01-01"}, {"source": ""}):
        assert submit(client, f"{page}/rates", page, **{**rate, **wrong}).status_code == 422
    assert "riksbank.se" in text(client.get(page))
    with house.reading() as session:
        assert [one["days_late"] for one in session.scalars(select(ReminderPolicy.steps)).one()] == [5, 20]
        assert len(session.scalars(select(ReferenceRate)).all()) == 1
