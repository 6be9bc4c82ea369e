"""One tenant with an administrator and a seller, and forms sent as a browser without JavaScript sends them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from infosoc.accounts.models import User
from infosoc.accounts.roles import Role
from infosoc.db.session import transaction
from tests.builders import make_member, make_tenant, make_user, sign_in

HIDDEN = re.compile(r'<input type="hidden"[^>]*?name="([^"]*)"[^>]*?value="([^"]*)"')


@dataclass
class Office:
    """The people of the tests, and the tenants they belong to."""

    tenant_id: int
    other_tenant_id: int
    admin: User
    seller: User
    outsider: User


@pytest.fixture
def office(app: Flask) -> Office:
    with app.app_context(), transaction() as session:
        ours, theirs = make_tenant(session), make_tenant(session, "rattsdata", name="Rättsdata")
        admin = make_member(
            session, ours, make_user(session, "Karin Ek", email="karin@infosoc.example"), Role.ADMINISTRATOR
        )
        seller = make_member(session, ours, make_user(session, "Bo Lönn", email="bo@infosoc.example"), Role.SELLER)
        outsider = make_member(
            session, theirs, make_user(session, "Ylva Ahl", email="ylva@rattsdata.example"), Role.ADMINISTRATOR
        )
        return Office(ours.id, theirs.id, admin, seller, outsider)


@pytest.fixture
def browser_of(app: Flask) -> Callable[[User], FlaskClient]:
    """A browser in which this person is signed in."""

    def open_browser(user: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, user)
        return client

    return open_browser


def form_on(client: FlaskClient, page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with this action on this page, as the browser would send them."""
    return hidden_in(client.get(page).get_data(as_text=True), action)


def hidden_in(html: str, action: str) -> dict[str, str]:
    for form in re.findall(r"<form\b.*?</form>", html, re.S):
        if f'action="{action}"' in form.partition(">")[0]:
            return {unescape(name): unescape(value) for name, value in HIDDEN.findall(form)}
    raise AssertionError(f"no form to {action} on the page")


def send(client: FlaskClient, page: str, action: str, headers: dict[str, str] | None = None, **fields) -> TestResponse:
    """Fill in the form with this action on this page, and send it."""
    return client.post(action, data=form_on(client, page, action) | fields, headers=headers)
