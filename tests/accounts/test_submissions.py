"""A form sent twice is done once, also when both arrive at the same moment."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask
from sqlalchemy import func, select

from infosoc.accounts.models import Submission, User
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.web.access import signed_in
from infosoc.web.htmx import fragment_or_redirect, go
from tests.accounts.conftest import form_on, send

NEW = "/infosoc/members/new"
ALL = "/infosoc/members"
ASA = {"name": "Åsa Öst", "email": "asa@infosoc.example", "roles": ["seller"]}


@pytest.fixture
def slow(app: Flask) -> threading.Event:
    """A form at /slow that takes its time inside its transaction; the event is set when it is there."""
    begun = threading.Event()

    @app.post("/slow")
    @signed_in
    def slow():
        from flask import request

        with transaction() as session:
            begun.set()
            time.sleep(0.5)
            session.add(User(name="Sen", email=f"{time.monotonic_ns()}@infosoc.example", created_at=clock.now()))
        if request.form.get("fragment"):
            return fragment_or_redirect("errors/_toast.html", page="/account/?done", text="klart")
        return go("/account/?done")

    return begun


def people(app) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(User))


def kept(app) -> list[tuple]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(select(Submission.status, Submission.location))]


def test_the_second_is_answered_with_the_first_ones_result(app, browser_of, office):
    client = browser_of(office.admin)
    filled = form_on(client, NEW, ALL) | ASA
    first, second = client.post(ALL, data=filled), client.post(ALL, data=filled)
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert people(app) == 4
    assert kept(app) == [(303, ALL)]


def test_the_same_words_in_a_new_form_are_a_new_deed(browser_of, office):
    client = browser_of(office.admin)
    assert send(client, NEW, ALL, **ASA).status_code == 303
    assert send(client, NEW, ALL, **ASA).status_code == 422


def test_a_form_that_was_refused_can_be_put_right_and_sent(app, browser_of, office):
    client = browser_of(office.admin)
    filled = form_on(client, NEW, ALL) | ASA
    assert client.post(ALL, data=filled | {"email": "bo@infosoc.example"}).status_code == 422  # refused by the command
    assert client.post(ALL, data=filled | {"email": "not one"}).status_code == 422
    assert client.post(ALL, data=filled | {"name": ""}).status_code == 422  # refused by the form
    assert client.post(ALL, data=filled).status_code == 303
    assert people(app) == 4


def test_last_seen_does_not_take_the_id_of_a_refused_form(app, browser_of, office):
    from datetime import timedelta

    from sqlalchemy import update

    from infosoc.accounts.models import UserSession

    client = browser_of(office.admin)
    filled = form_on(client, NEW, ALL) | ASA
    with app.app_context(), transaction() as session:
        session.execute(update(UserSession).values(last_seen_at=clock.now() - timedelta(hours=1)))
    assert client.post(ALL, data=filled | {"name": ""}).status_code == 422
    assert kept(app) == []
    assert client.post(ALL, data=filled).status_code == 303


def test_an_id_belongs_to_one_person(app, browser_of, office):
    admin, other = browser_of(office.admin), browser_of(office.outsider)
    filled = form_on(admin, NEW, ALL) | ASA
    theirs = form_on(other, "/rattsdata/members/new", "/rattsdata/members") | ASA
    theirs |= {"submission": filled["submission"], "email": "b@infosoc.example"}
    assert admin.post(ALL, data=filled).status_code == 303
    assert other.post("/rattsdata/members", data=theirs).headers["Location"] == "/rattsdata/members"
    assert people(app) == 5


@pytest.mark.parametrize("by_htmx", [False, True])
@pytest.mark.parametrize("fragment", ["", "1"])
def test_of_two_at_the_same_moment_one_is_done_and_both_are_answered(app, browser_of, office, slow, by_htmx, fragment):
    first, second = browser_of(office.admin), browser_of(office.admin)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/account/?from"} if by_htmx else {}
    answers = {}

    def post(name, client):
        token = form_on(client, "/account/", "/logout")["csrf_token"]
        data = {"csrf_token": token, "submission": "same-id", "fragment": fragment}
        answers[name] = client.post("/slow", data=data, headers=headers)

    threads = [threading.Thread(target=post, args=pair) for pair in (("first", first), ("second", second))]
    before = people(app)
    threads[0].start()
    assert slow.wait(5)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    assert people(app) == before + 1
    assert answers["second"].headers["HX-Redirect" if by_htmx else "Location"] == "/account/?done"
    assert answers["first"].status_code == (200 if by_htmx and fragment else 204 if by_htmx else 303)
    assert answers["second"].status_code == (204 if by_htmx else 303)


def test_a_second_sending_whose_first_led_nowhere_known_gets_a_page(app, browser_of, office):
    client = browser_of(office.admin)
    filled = form_on(client, NEW, ALL) | ASA
    with app.app_context(), transaction() as session:
        session.add(Submission(user_id=office.admin.id, key=filled["submission"], received_at=clock.now(), status=200))
    page = client.post(ALL, data=filled).headers["Location"]
    assert client.get(page).status_code == 200
    assert people(app) == 3
