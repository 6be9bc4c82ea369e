"""Walks every unsafe route: without the page's token it is refused, whoever asks."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from infosoc.accounts.models import User
from infosoc.accounts.roles import Role
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.tenancy.models import Tenant
from infosoc.web.access import public
from tests.builders import (
    NOW,
    make_company,
    make_contact,
    make_entry,
    make_follow_up,
    make_member,
    make_tenant,
    sign_in,
)
from tests.crm.world import counted
from tests.support.routes import addresses

# Routes that are meant for senders without a page, each with what protects it instead.
_LETTER = "the signed token of a letter is the right; mail programs post it without a cookie (RFC 8058)"
_ANSWER = "the one-time link of a letter and its code are the right; there is no cookie to misuse"
WITHOUT_TOKEN = {
    "unsubscribe.leave": _LETTER,
    "unsubscribe.take_back": f"{_LETTER}, and the form itself is signed",
    "unsubscribe.remove": _LETTER,
    "privacy_request.send": "anybody may ask; it looks nothing up and mails only the address that was given",
    "privacy_request.answer": _ANSWER,
    "privacy_request.leave": _ANSWER,
    "privacy_request.remove": _ANSWER,
}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody with every right."""
    with app.app_context(), transaction() as session:
        user = make_member(session, make_tenant(session), None, *Role)
    signed_in = app.test_client()
    sign_in(signed_in, user)
    return signed_in


def made_up(converter: BaseConverter) -> str | int:
    """A value that fits this part of an address."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 1 if isinstance(converter, IntegerConverter) else "zzzzzzzzzzz"


def unsafe_addresses(app: Flask) -> list[tuple[str, str, str]]:
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        for method in sorted(set(UNSAFE) & set(rule.methods or ())):
            made = {name: made_up(converter) for name, converter in rule._converters.items()} | {"tenant": "infosoc"}
            values = {name: made[name] for name in rule.arguments}
            found.append((rule.endpoint, method, adapter.build(rule.endpoint, values, method=method)))
    return found


def let_through(app: Flask, client: FlaskClient, data: dict[str, str]) -> set[str]:
    """The endpoints that do not refuse this, except those that need no token."""
    return {
        endpoint
        for endpoint, method, path in unsafe_addresses(app)
        if client.open(path, method=method, data=data).status_code != 403 and endpoint not in WITHOUT_TOKEN
    }


@pytest.mark.sqlite_only
@pytest.mark.parametrize("data", [{}, {"csrf_token": "made up"}], ids=["no token", "a made-up token"])
def test_every_unsafe_route_asks_for_the_token(app, client, data):
    assert len(unsafe_addresses(app)) > 10
    assert let_through(app, client, data) == set()


@pytest.mark.sqlite_only
def test_another_persons_token_does_not_do(app, client):
    other = app.test_client()
    token = other.get("/login").get_data(as_text=True).partition('csrf-token" content="')[2].partition('"')[0]
    assert token
    assert let_through(app, client, {"csrf_token": token}) == set()


@pytest.mark.sqlite_only
def test_the_walk_finds_a_route_that_was_exempted(app, client):
    @app.post("/planted")
    @public
    def planted() -> str:
        return "done"

    app.extensions["csrf"].exempt(planted)
    assert let_through(app, client, {}) == {"planted"}


@pytest.mark.sqlite_only
def test_the_walk_finds_a_blueprint_that_was_exempted(app, client):
    app.extensions["csrf"].exempt(app.blueprints["follow_ups"])
    assert {name.partition(".")[0] for name in let_through(app, client, {})} == {"follow_ups"}


@pytest.mark.sqlite_only
def test_the_walk_finds_protection_that_was_turned_off(app, client):
    app.config["WTF_CSRF_ENABLED"] = False
    assert len(let_through(app, client, {})) > 10


# ---- what needs no token must change nothing ------------------------------------------------------------------------

# Reads that write all the same, each with why that is no harm when somebody is led to follow the link.
WRITES_ON_READING = {"audit_log.index": "that the log was read is noted in the log"}


@pytest.fixture
def known(app: Flask, client: FlaskClient) -> dict[str, str | int]:
    """A company, a person, an entry and a follow-up, so that pages have something to show."""
    with app.app_context(), transaction() as session:
        tenant = session.scalars(select(Tenant)).one()
        user = session.scalars(select(User)).one()
        with tenant_scope(Scope.alone(tenant.id)):
            company = make_company(session)
            make_contact(session, company)
            make_entry(session, company, user, text="Ringde")
            make_follow_up(session, company, user, due_on=NOW.date())
            return {"tenant": tenant.slug, "public_id": company.public_id}


def written_by_reading(app: Flask, client: FlaskClient, known: dict[str, str | int]) -> set[str]:
    """The endpoints of GETs that send a statement which changes rows."""
    found: set[str] = set()
    paths = [*addresses(app, "GET", known)]
    paths += [(rule.endpoint, rule.rule) for rule in app.url_map.iter_rules() if is_plain_page(rule)]
    for endpoint, path in paths:
        with counted(app) as statements:
            client.get(path)
        if any(one.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "REPLACE")) for one in statements):
            found.add(endpoint)
    return found


def is_plain_page(rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and not rule.arguments


@pytest.mark.sqlite_only
def test_no_read_changes_anything(app, client, known):
    assert written_by_reading(app, client, known) == set(WRITES_ON_READING)


@pytest.mark.sqlite_only
def test_the_walk_finds_a_read_that_writes(app, client, known):
    @app.get("/planted")
    @public
    def planted() -> str:
        with transaction() as session:
            make_tenant(session, "planted")
        return "done"

    assert written_by_reading(app, client, known) == {*WRITES_ON_READING, "planted"}


@pytest.mark.sqlite_only
def test_a_refused_request_is_told_so_in_words(client):
    answer = client.post("/account/profile", data={"name": "X"})
    assert answer.status_code == 403
    assert "<h1" in answer.get_data(as_text=True)
    piece = client.post("/account/profile", data={"name": "X"}, headers={"HX-Request": "true"})
    assert piece.headers["HX-Retarget"] == "#toasts"
