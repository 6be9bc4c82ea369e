"""A forgotten password, invitations, and the pages that links lead to."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from infosoc.accounts import links, sessions
from infosoc.accounts.commands import people
from infosoc.accounts.links import Purpose
from infosoc.accounts.models import AccountLink, User, UserSession
from infosoc.accounts.rules import LinkNotValid
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.kernel import clock
from infosoc.outbox.models import OutboxMessage
from tests.accounts.conftest import send
from tests.builders import PASSWORD

NEW = "sju sömniga grävlingar i regn"


def letters_to(app, address: str) -> list[OutboxMessage]:
    with app.app_context(), every_tenant("test"):
        query = select(OutboxMessage).where(OutboxMessage.recipient == address).order_by(OutboxMessage.id)
        return list(db.session.scalars(query))


def path_in(letter: OutboxMessage) -> str:
    found = re.search(r"http://localhost(/password/\S+)", letter.text_body)
    assert found, letter.text_body
    return found[1]


def ask(client, address: str):
    return send(client, "/password/forgotten", "/password/forgotten", email=address)


def make_link(app, user, purpose=Purpose.RESET) -> str:
    with app.app_context(), transaction() as session:
        return "/password/" + links.make(session, user.id, purpose, now=clock.now())


def test_a_letter_with_a_link_is_sent_in_the_name_of_a_tenant(app, client, office):
    assert ask(client, " KARIN@infosoc.example ").status_code == 200
    (letter,) = letters_to(app, "karin@infosoc.example")
    assert letter.tenant_id == office.tenant_id
    assert letter.is_secret
    assert client.get(path_in(letter)).status_code == 200


def test_the_answer_is_the_same_whether_or_not_there_is_such_an_account(app, client, office):
    known, unknown = ask(client, "karin@infosoc.example"), ask(client, "nobody@infosoc.example")
    bodies = [
        re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True).partition("<main")[2].replace(address, ""))
        for answer, address in ((known, "karin@infosoc.example"), (unknown, "nobody@infosoc.example"))
    ]
    assert known.status_code == unknown.status_code == 200
    assert bodies[0] == bodies[1]
    assert letters_to(app, "nobody@infosoc.example") == []


def test_who_is_shut_out_gets_no_letter(app, client, office):
    with app.app_context(), transaction() as session:
        people.disable(session, office.admin.id, now=clock.now(), by=None)
    assert ask(client, "karin@infosoc.example").status_code == 200
    assert letters_to(app, "karin@infosoc.example") == []


def test_asking_again_and_again_sends_only_a_few_letters(app, client, office):
    answers = {ask(client, "karin@infosoc.example").status_code for _ in range(6)}
    assert answers == {200}
    assert len(letters_to(app, "karin@infosoc.example")) == 3


def test_the_host_in_a_request_never_gets_into_a_letter(app, client, office):
    page = client.get("/password/forgotten", base_url="http://evil.example").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    client.post(
        "/password/forgotten", base_url="http://evil.example",
        data={"email": "karin@infosoc.example", "csrf_token": token},
    )  # fmt: skip
    (letter,) = letters_to(app, "karin@infosoc.example")
    assert "evil.example" not in letter.text_body


def test_choosing_a_password_signs_out_everywhere_and_does_not_sign_in(app, client, browser_of, office):
    elsewhere, page = browser_of(office.admin), make_link(app, office.admin)
    answer = send(client, page, page, password=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert elsewhere.get("/account/").status_code == 303
    assert client.get("/account/").status_code == 303
    assert send(client, "/login", "/login", email="karin@infosoc.example", password=PASSWORD).status_code == 422
    assert send(client, "/login", "/login", email="karin@infosoc.example", password=NEW).status_code == 303


def test_a_link_works_once(app, client, office):
    page = make_link(app, office.admin)
    first = send(client, page, page, password=NEW)
    again = client.post(page, data={"csrf_token": csrf(client), "password": "en helt annan lång mening"})
    assert (first.status_code, again.status_code) == (303, 404)
    assert client.get(page).status_code == 404


def test_looking_at_a_link_does_not_use_it_up(app, client, office):
    page = make_link(app, office.admin)
    assert [client.get(page).status_code for _ in range(3)] == [200, 200, 200]
    assert send(client, page, page, password=NEW).status_code == 303


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_grows_old(app, client, office, purpose):
    page = make_link(app, office.admin, purpose)
    with app.app_context():
        lasts = db.session.scalar(select(AccountLink.ends_at)) - clock.now()
    assert abs(lasts - {Purpose.RESET: timedelta(hours=1), Purpose.INVITATION: timedelta(days=7)}[purpose]) < timedelta(
        minutes=1
    )
    with app.app_context(), transaction() as session:
        session.execute(update(AccountLink).values(ends_at=clock.now()))
    assert client.get(page).status_code == 404


def test_a_new_link_takes_the_place_of_the_earlier_one(app, client, office):
    first, second = make_link(app, office.admin), make_link(app, office.admin)
    assert [client.get(page).status_code for page in (first, second)] == [404, 200]


def test_a_made_up_link_is_answered_404(client, office):
    assert client.get("/password/made-up").status_code == 404


@pytest.mark.parametrize(
    ("password", "words"),
    [("kort", "12"), ("x" * 129, "128"), ("password1234", "lätt att gissa"), ("karin infosoc", "lätt att gissa")],
)
def test_a_poor_password_is_refused_beside_the_field_and_the_link_still_works(app, client, office, password, words):
    page = make_link(app, office.admin)
    answer = send(client, page, page, password=password)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="password-error"' in html
    assert password not in html
    assert send(client, page, page, password=NEW).status_code == 303


def test_only_digests_of_links_and_sessions_are_kept(app, office):
    token = make_link(app, office.admin).rpartition("/")[2]
    with app.app_context():
        link = db.session.scalars(select(AccountLink)).one()
    assert token.encode() not in link.token_digest
    assert link.token_digest == sessions.digest(token)


def test_of_two_who_use_a_link_at_once_one_wins(app, office):
    token = make_link(app, office.admin).rpartition("/")[2]
    with app.app_context(), transaction() as session:
        assert links.use(session, token, now=clock.now()) == office.admin.id
        with pytest.raises(LinkNotValid):
            links.use(session, token, now=clock.now())


def test_old_rows_are_forgotten(app, browser_of, office):
    browser_of(office.admin)
    make_link(app, office.admin)
    later = clock.now() + timedelta(days=40)
    with app.app_context(), transaction() as session:
        assert people.forget_old(session, now=later) == {"sessions": 1, "submissions": 0, "links": 1, "attempts": 0}
    with app.app_context():
        assert [db.session.scalar(select(func.count()).select_from(model)) for model in (UserSession, AccountLink)] == [
            0,
            0,
        ]
        assert db.session.scalar(select(func.count()).select_from(User)) == 3


def csrf(client) -> str:
    return re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").get_data(as_text=True))[1]
