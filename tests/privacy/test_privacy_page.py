"""The privacy page of a company, and the cookies that it names (P-45, P-73, P-74, T-15)."""

from __future__ import annotations

import re

import pytest
from flask import Flask, Response

from infosoc.accounts.roles import Role
from infosoc.db.session import transaction
from infosoc.privacy.cookies import cookies
from infosoc.tenancy.commands import set_flag, set_setting
from infosoc.tenancy.rules import Flag
from tests.accounts.conftest import send
from tests.builders import PASSWORD, make_member, make_tenant, make_user
from tests.privacy.public_world import make_world
from tests.privacy.test_unsubscribe import text_of
from tests.support.routes import addresses

PAGE = "/infosoc/privacy"


@pytest.fixture
def world(app):
    return make_world(app, is_joint=False)


def settle(app, tenant_id: int, **settings: str) -> None:
    with app.app_context(), transaction() as session:
        for name, value in settings.items():
            set_setting(session, tenant_id, name, value)


def test_p73_it_says_who_we_are_what_for_and_what_can_be_asked(app, client, world):
    settle(
        app, world.ours, printed_name="Informationssociologerna AB", org_number="556677-8899",
        address="Storgatan 1, Värnamo", phone="0370-123 45", privacy_email="dataskydd@infosoc.example",
    )  # fmt: skip
    text = text_of(client.get(PAGE))
    for words in (
        "Informationssociologerna AB",
        "556677-8899",
        "Storgatan 1",
        "0370-123 45",
        "dataskydd@infosoc.example",
    ):
        assert words in text
    assert "Det här kan du begära" in text
    assert "imy.se" in text
    assert "så här skyddas" not in text.lower()


def test_p73_the_purposes_are_those_of_the_register_of_processing(app, client, world):
    from infosoc.privacy.processing import DEFAULTS
    from infosoc.privacy.rules import ProcessingRole

    page = client.get(PAGE).get_data(as_text=True)
    told = len(re.findall("<h3>", page))
    assert told == sum(1 for one in DEFAULTS if one.role is ProcessingRole.CONTROLLER and one.is_public) > 2


def test_t15_the_joint_arrangement_is_told_where_there_is_one(app, client, world):
    assert "Rättsdata" not in text_of(client.get(PAGE))
    with app.app_context(), transaction() as session:
        set_flag(session, world.theirs, Flag.SHARE_REGISTER, True)
    ours, theirs = text_of(client.get(PAGE)), text_of(client.get("/rattsdata/privacy"))
    assert "Rättsdata visar oss" in ours
    assert "Vi visar Infosoc" in theirs
    assert "Du kan vända dig till vilken du vill" in ours
    assert "avregistreringar som gäller båda" not in ours


def test_p73_anybody_may_read_it_and_nobody_gets_a_cookie_for_it(client, world):
    answer = client.get(PAGE)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert client.get("/nowhere/privacy").status_code == 404


def cookies_seen(app: Flask) -> set[str]:
    """The names of all cookies that a crawl is given: signed out, while signing in, and signed in."""
    with app.app_context(), transaction() as session:
        tenant = make_tenant(session)
        make_member(session, tenant, make_user(session, email="karin@infosoc.example"), *Role)
    client, seen = app.test_client(), []
    paths = [path for _, path in addresses(app, "GET", {"tenant": "infosoc"})]
    paths += ["/login", "/password/forgotten", "/unsubscribe/wrong", "/nowhere"]
    seen += [client.get(path) for path in paths]
    seen.append(send(client, "/login", "/login", email="karin@infosoc.example", password=PASSWORD))
    seen += [client.get(path) for path in paths]
    seen.append(client.post("/infosoc/privacy/request", data={"email": "anna@elsewhere.example"}))
    return {cookie.partition("=")[0] for answer in seen for cookie in answer.headers.getlist("Set-Cookie")}


def named(app: Flask) -> set[str]:
    return {one.name for one in cookies(app.extensions["settings"].session_cookie)}


@pytest.mark.sqlite_only
def test_p73_the_cookies_that_are_named_are_those_that_are_set(app):
    assert cookies_seen(app) == named(app)
    page = app.test_client().get(PAGE).get_data(as_text=True)
    assert all(f"<dt>{name}</dt>" in page for name in named(app))


@pytest.mark.sqlite_only
def test_p73_a_cookie_that_is_not_named_is_found(app):
    """Planted fault: somebody counts visitors."""

    @app.after_request
    def count(response: Response) -> Response:
        response.set_cookie("visitor", "1")
        return response

    assert cookies_seen(app) - named(app) == {"visitor"}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("path", [PAGE, "/infosoc/privacy/request", "/unsubscribe/wrong", "/nowhere/privacy"])
def test_p74_a_public_page_sets_no_cookie_and_has_the_headers(app, client, path):
    with app.app_context(), transaction() as session:
        make_tenant(session)
    answer = client.get(path)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.get_data(as_text=True)
