"""The sign-in page and signing out."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from infosoc.accounts import devices, sessions
from infosoc.accounts.commands import people
from infosoc.accounts.models import SignInAttempt, UserSession
from infosoc.audit.models import AuditEvent
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.kernel import clock
from tests.accounts.conftest import form_on, hidden_in, send
from tests.builders import PASSWORD

HTMX = {"HX-Request": "true"}


def log_in(client, email="karin@infosoc.example", password=PASSWORD, page="/login", **fields):
    return send(client, page, "/login", email=email, password=password, **fields)


def count(app, model) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def test_signing_in_leads_to_the_start_page_and_is_in_the_log(app, client, office):
    answer = log_in(client, email="  Karin@Infosoc.example ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/").headers["Location"].startswith("/infosoc/")
    with app.app_context(), every_tenant("test"):
        deeds = list(db.session.execute(select(AuditEvent.deed, AuditEvent.actor_id)))
    assert deeds == [("signed in", office.admin.id)]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("page", "leads_to"),
    [("/infosoc/members", "/"), ("/infosoc/companies?q=x", "/infosoc/companies?q=x"), ("/rattsdata/members",) * 2],
)
def test_nobody_meets_a_page_that_their_role_does_not_open_right_after_signing_in(client, office, page, leads_to):
    assert log_in(client, email="bo@infosoc.example", next=page).headers["Location"] == leads_to


def test_signing_in_leads_to_the_page_that_was_asked_for(client, office):
    asked = client.get("/infosoc/members?x=1")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/login?next=/infosoc/members?x%3D1")
    assert log_in(client, page=asked.headers["Location"]).headers["Location"] == "/infosoc/members?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "/%5c\\x",
        "/login?next=/",
    ],
)
def test_signing_in_never_leads_elsewhere(client, office, elsewhere):
    assert log_in(client, next=elsewhere).headers["Location"] == "/"


def test_who_is_signed_in_is_led_on_from_the_sign_in_page(browser_of, office):
    answer = browser_of(office.admin).get("/login?next=/infosoc/members")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/infosoc/members")


def test_the_cookie_is_a_new_one_after_signing_in(app, client, office):
    client.get("/login")
    with client.session_transaction() as cookie:
        before = cookie["csrf_token"]
        cookie["planted"] = "by somebody else"
    log_in(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before
        assert len(cookie["token"]) >= 43


def test_signing_in_again_ends_the_session_that_the_browser_had(app, client, office):
    log_in(client)
    with client.session_transaction() as cookie:
        first = cookie["token"]
    token = hidden_in(client.get("/account/").get_data(as_text=True), "/logout")["csrf_token"]
    client.post("/login", data={"csrf_token": token, "email": "karin@infosoc.example", "password": PASSWORD})
    with app.app_context():
        assert sessions.person_of(db.session(), first, now=clock.now()) is None
    assert count(app, UserSession) == 1


def test_wrong_and_unknown_are_answered_alike(client, office):
    wrong = log_in(client, password="not the one")
    unknown = log_in(client, email="nobody@infosoc.example", password="not the one")
    shown = [
        re.search(r'id="password-error">([^<]+)<', answer.get_data(as_text=True))[1] for answer in (wrong, unknown)
    ]
    assert wrong.status_code == unknown.status_code == 422
    assert shown[0] == shown[1]
    assert "not the one" not in wrong.get_data(as_text=True)


def test_an_account_that_is_shut_cannot_sign_in(app, client, office):
    with app.app_context(), transaction() as session:
        people.disable(session, office.admin.id, now=clock.now(), by=None)
    assert log_in(client).status_code == 422


def test_shutting_an_account_ends_what_is_open_at_once(app, browser_of, office):
    client = browser_of(office.seller)
    assert client.get("/account/").status_code == 200
    with app.app_context(), transaction() as session:
        assert people.disable(session, office.seller.id, now=clock.now(), by=None) == 1
    assert client.get("/account/").status_code == 303


def test_an_empty_form_comes_back(client, office):
    answer = log_in(client, email="", password="")
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).count('class="field-error"') == 2


def test_a_password_is_kept_in_a_new_hash_when_the_cost_has_changed(app, client, office):
    with app.app_context(), transaction() as session:
        from argon2 import PasswordHasher

        user = session.merge(office.admin)
        user.password_hash = old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    log_in(client)
    with app.app_context():
        assert db.session.merge(office.admin, load=True).password_hash != old


# ---- known devices --------------------------------------------------------------------------------------------------


def device_cookie(client) -> str:
    return client.get_cookie("infosoc-device").value


def known_device(app):
    """A browser in which Karin has signed in, and out again."""
    client = app.test_client()
    assert log_in(client).status_code == 303
    client.delete_cookie("infosoc")
    return client


def test_a_known_device_is_not_delayed_by_strangers_who_still_are(app, client, office):
    karin = known_device(app)
    assert guess(client, 6) == [422, 422, 422, 422, 422, 429]
    assert log_in(karin).status_code == 303
    assert guess(client, 1) == [429]
    assert log_in(client).status_code == 429


def test_nor_by_strangers_at_the_same_address(app, client, office):
    karin = known_device(app)
    for number in range(30):
        guess(client, 1, email=f"somebody{number}@infosoc.example")
    assert guess(client, 1, email="another@infosoc.example") == [429]
    assert guess(karin, 1, password=PASSWORD) == [303]


def test_a_known_device_that_guesses_waits_as_well(app, office):
    karin = known_device(app)
    assert guess(karin, 6) == [422, 422, 422, 422, 422, 429]


def test_the_cookie_is_for_the_account_that_signed_in_and_no_other(app, client, office):
    karin = known_device(app)
    assert guess(client, 6, email="bo@infosoc.example")[-1] == 429
    assert log_in(karin, email="bo@infosoc.example").status_code == 429


def test_two_people_may_share_a_computer(app, client, office):
    shared = known_device(app)
    assert log_in(shared, email="bo@infosoc.example").status_code == 303
    shared.delete_cookie("infosoc")
    for email in ("karin@infosoc.example", "bo@infosoc.example"):
        assert guess(client, 6, email=email)[-1] == 429
        assert log_in(shared, email=email).status_code == 303
        shared.delete_cookie("infosoc")


@pytest.mark.parametrize("forged", ["", "x", "W10.aaa.bbb", "another key"])
def test_a_made_up_cookie_helps_nobody(app, client, office, forged):
    if forged == "another key":
        forged = devices.remembered(None, "karin@infosoc.example", key="another" * 8)
    client.set_cookie("infosoc-device", forged)
    assert guess(client, 6)[-1] == 429


def test_the_cookie_is_out_of_reach_of_scripts_and_says_nothing_of_the_person(app, client, office):
    answer = log_in(client)
    (header,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("infosoc-device=")]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert f"Max-Age={180 * 24 * 3600}" in header
    plain = base64.urlsafe_b64decode(device_cookie(client).partition(".")[0] + "==").decode()
    assert "karin" not in plain
    assert "infosoc.example" not in plain


# ---- throttling -----------------------------------------------------------------------------------------------------


def guess(client, times: int, email="karin@infosoc.example", address="203.0.113.7", password="guess") -> list[int]:
    fields = form_on(client, "/login", "/login") | {"email": email, "password": password}
    return [
        client.post("/login", data=fields, environ_overrides={"REMOTE_ADDR": address}).status_code for _ in range(times)
    ]


def test_guessing_at_an_account_is_slowed_down_and_says_until_when(client, office):
    assert guess(client, 6) == [422, 422, 422, 422, 422, 429]
    fields = form_on(client, "/login", "/login") | {"email": "karin@infosoc.example", "password": PASSWORD}
    answer = client.post("/login", data=fields)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3
    assert "karin@infosoc.example" in answer.get_data(as_text=True)


def test_an_account_that_does_not_exist_is_slowed_down_alike(client, office):
    assert guess(client, 6, email="nobody@infosoc.example") == [422, 422, 422, 422, 422, 429]


def test_guessing_from_one_address_is_slowed_down_whatever_the_account(client, office):
    answers = [guess(client, 1, email=f"a{n}@infosoc.example")[0] for n in range(31)]
    assert answers == [422] * 30 + [429]
    assert guess(client, 1, email="a99@infosoc.example", address="203.0.113.8") == [422]


def test_who_signs_in_starts_afresh(app, client, office):
    guess(client, 4)
    assert log_in(client).status_code == 303
    with app.app_context():
        assert [row.failures for row in db.session.scalars(select(SignInAttempt))] == [4, 0]
    assert count(app, SignInAttempt) == 2


def test_no_address_is_kept_in_the_table_of_tries(app, client, office):
    guess(client, 1)
    with app.app_context():
        rows = db.session.scalars(select(SignInAttempt)).all()
    assert len(rows) == 2
    assert all(len(row.subject_digest) == 32 for row in rows)


# ---- signing out ----------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_in_the_database_and_clears_the_browser(app, client, office):
    log_in(client)
    with client.session_transaction() as cookie:
        token = cookie["token"]
    answer = send(client, "/account/", "/logout")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert count(app, UserSession) == 0
    with client.session_transaction() as cookie:
        cookie["token"] = token  # a cookie that somebody had copied
    assert client.get("/account/").status_code == 303


@pytest.mark.parametrize(
    "ended", [{"ends_at": timedelta(0)}, {"last_seen_at": -sessions.IDLE}], ids=["too old", "idle for too long"]
)
def test_a_session_ends_by_itself(app, browser_of, office, ended):
    client = browser_of(office.admin)
    assert client.get("/account/").status_code == 200
    with app.app_context(), transaction() as session:
        session.execute(update(UserSession).values({name: clock.now() + by for name, by in ended.items()}))
    assert client.get("/account/").status_code == 303


def test_last_seen_is_noted_at_most_every_few_minutes(app, browser_of, office):
    client = browser_of(office.admin)

    def seen(minutes_ago: int):
        at = clock.now() - timedelta(minutes=minutes_ago)
        with app.app_context(), transaction() as session:
            session.execute(update(UserSession).values(last_seen_at=at))
        client.get("/account/")
        with app.app_context():
            return db.session.scalar(select(UserSession.last_seen_at)) > at

    assert (seen(2), seen(6)) == (False, True)
