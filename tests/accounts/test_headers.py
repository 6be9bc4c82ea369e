"""What every answer carries: cookies, policy, and nothing left behind in the browser or on the way."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from infosoc.factory import create_app
from tests.accounts.conftest import send
from tests.builders import PASSWORD
from tests.support.databases import let_go, settings

PAGES = [
    "/login",
    "/password/forgotten",
    "/password/made-up",
    "/nowhere",
    "/account/",
    "/infosoc/members",
    "/infosoc/audit",
]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("htmx", [False, True])
def test_every_answer_has_the_headers(browser_of, office, page, htmx):
    answer = browser_of(office.admin).get(page, headers={"HX-Request": "true"} if htmx else {})
    headers = answer.headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy["script-src"], policy["style-src"], policy["form-action"], policy["connect-src"]} == {"'self'"}
    assert {policy["frame-ancestors"], policy["base-uri"]} == {"'none'"}
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "HX-Request" in headers["Vary"]


@pytest.mark.sqlite_only
def test_files_that_never_change_may_be_kept(client):
    page = client.get("/login").get_data(as_text=True)
    address = page.partition('href="/static/styles.css')[2].partition('"')[0]
    answer = client.get("/static/styles.css" + address)
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.sqlite_only
def test_cookies_are_the_two_that_are_needed_and_kept_from_scripts_and_other_sites(client, office):
    answer = send(client, "/login", "/login", email="karin@infosoc.example", password=PASSWORD)
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"infosoc", "infosoc-device"}
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie


@pytest.fixture
def https(database_url, tmp_path) -> FlaskClient:
    app = create_app(settings(database_url, tmp_path, base_url="https://kunder.example"))
    yield app.test_client()
    let_go(app)


@pytest.mark.sqlite_only
def test_over_https_the_cookie_is_bound_to_the_host_and_https_is_remembered(https):
    answer = https.get("/login", base_url="https://kunder.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-infosoc=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("trusted", "seen"), [(0, "10.0.0.1"), (1, "203.0.113.9")])
def test_a_proxys_word_is_taken_only_when_it_is_trusted(database_url, tmp_path, trusted, seen):
    from dataclasses import replace

    from flask import request

    from infosoc.web.access import public

    app = create_app(replace(settings(database_url, tmp_path), trusted_proxies=trusted))

    @app.get("/seen")
    @public
    def address() -> str:
        return request.remote_addr or ""

    answer = app.test_client().get(
        "/seen", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, environ_overrides={"REMOTE_ADDR": "10.0.0.1"}
    )
    let_go(app)
    assert answer.get_data(as_text=True) == seen


@pytest.mark.sqlite_only
@pytest.mark.parametrize("page", ["/infosoc/nowhere/at/all", "/nowhere/nowhere", "/static/nowhere.css"])
def test_a_stranger_gets_no_cookie_from_a_page_that_is_not_there(client, office, page):
    answer = client.get(page, follow_redirects=True)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (404, False)
    assert "csrf" not in answer.get_data(as_text=True)


@pytest.mark.sqlite_only
def test_a_form_that_was_open_too_long_is_not_called_a_page_one_may_not_see(browser_of, office):
    answer = browser_of(office.admin).post("/infosoc/members/invite", data={"email": "ny@x.example"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "<h1>Formuläret kunde inte skickas</h1>" in page
    assert "Du får inte se det här" not in page
