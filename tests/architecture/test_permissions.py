"""Walks the routes: each says who may reach it, and each role gets what the matrix says."""

from __future__ import annotations

import pytest
from flask import Flask

from infosoc.accounts.roles import PERMISSIONS, Role
from infosoc.db.session import transaction
from infosoc.kernel.permission import Permission
from infosoc.web.access import access_of
from tests.builders import make_member, make_tenant, sign_in
from tests.support.routes import addresses

# Pages open to strangers, each with the reason. A new one is a decision.
PUBLIC = {
    "sign_in.show": "where one signs in",
    "sign_in.submit": "where one signs in",
    "sign_in.home": "leads to the right place",
    "sign_in.leave": "signing out works when the session has ended by itself",
    "password.ask": "forgotten password",
    "password.send": "forgotten password",
    "password.show": "the link sent by e-mail is the right",
    "password.choose": "the link sent by e-mail is the right",
    "calendar.feed": "the secret address is the right",
    "health.show": "tells strangers nothing",
    "unsubscribe.show": "the token of the letter is the right",
    "unsubscribe.leave": "the token of the letter is the right",
    "unsubscribe.take_back": "the token of the letter is the right",
    "unsubscribe.ask_removal": "the token of the letter is the right",
    "unsubscribe.remove": "the token of the letter is the right",
}
# The same, at an address that names a company: what the privacy policy promises people outside.
OUTSIDE = {
    "privacy_notice.show": "the privacy page",
    "privacy_request.ask": "anybody may ask whether they are registered",
    "privacy_request.send": "the same answer to everybody; what is known goes to the address alone",
    "privacy_request.show": "the link sent by e-mail is the right",
    "privacy_request.answer": "the link sent by e-mail and its code are the right",
    "privacy_request.leave": "the link sent by e-mail and its code are the right",
    "privacy_request.remove": "the link sent by e-mail and its code are the right",
}


def unmarked(app: Flask) -> list[str]:
    """Endpoints whose view does not say who may reach it."""
    return [name for name, view in app.view_functions.items() if name != "static" and access_of(view) is None]


@pytest.mark.sqlite_only
def test_every_route_says_who_may_reach_it(app):
    assert unmarked(app) == []


@pytest.mark.sqlite_only
def test_the_walk_finds_a_route_whose_mark_was_dropped(app):
    view = app.view_functions["search.page"]
    mark = view.access
    try:
        del view.access
        assert unmarked(app) == ["search.page"]
        client = app.test_client()
        app.testing = False
        assert client.get("/infosoc/search").status_code == 500
    finally:
        view.access = mark


@pytest.mark.sqlite_only
def test_public_pages_are_the_listed_ones(app):
    public = {name for name, view in app.view_functions.items() if access_of(view) == "public"}
    assert public <= {*PUBLIC, *OUTSIDE}, public - {*PUBLIC, *OUTSIDE}


@pytest.mark.sqlite_only
def test_pages_of_a_tenant_ask_for_a_right_in_it(app):
    loose = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "tenant" in rule.arguments
        and not isinstance(access_of(app.view_functions[rule.endpoint]), Permission)
        and rule.endpoint not in OUTSIDE
    ]
    assert loose == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize("role", Role)
def test_each_role_gets_what_the_matrix_says(app, role):
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), transaction() as session:
        user = make_member(session, make_tenant(session), None, role)
    client = app.test_client()
    sign_in(client, user)
    wrong = []
    for method in ("GET", "POST"):
        for endpoint, path in addresses(app, method, {"tenant": "infosoc"}):
            right = access_of(app.view_functions[endpoint])
            if endpoint in OUTSIDE:
                continue
            status = client.open(path, method=method).status_code
            allowed = right in PERMISSIONS[role]
            if (status == 403) == allowed or status >= 500:
                wrong.append((method, endpoint, right, status))
    assert wrong == []


@pytest.mark.sqlite_only
def test_t11_strangers_and_members_of_another_tenant_get_no_page_at_all(app):
    with app.app_context(), transaction() as session:
        make_tenant(session)
        outsider = make_member(session, make_tenant(session, "rattsdata"), None, Role.ADMINISTRATOR)
    stranger, client = app.test_client(), app.test_client()
    sign_in(client, outsider)
    for endpoint, path in addresses(app, "GET", {"tenant": "infosoc"}):
        if endpoint in OUTSIDE:
            continue
        assert client.get(path).status_code == 404, endpoint
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["Location"].startswith("/login")) == (303, True), endpoint


def test_rights_only_add_up():
    assert PERMISSIONS[Role.READER] <= PERMISSIONS[Role.SELLER]
    assert Permission.PROTECTED_READ not in PERMISSIONS[Role.ADMINISTRATOR]
