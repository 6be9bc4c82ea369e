"""Walks every page: each form that is to be done once carries an id of its own, also where its address fills it in."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import update

from infosoc.accounts.models import Membership
from infosoc.accounts.roles import Role
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.web.forms import BaseForm
from tests.builders import sign_in
from tests.support.mirror import Mirror, alone, fill
from tests.support.routes import addresses

NO_PAGES = {"exports.download"}
TAKEN = "from-the-address"
# What an address may fill a form with; an empty id is what a form gets that takes the rest from there.
FILLED = [
    {},
    {"everything": "1", "ids": "zzzzzzzzzzz", "value": "x", "name": "x", "submission": TAKEN},
    {"everything": "1"},
]
_FORM = re.compile(r"<form\b[^>]*method=\"?post.*?</form>", re.DOTALL | re.IGNORECASE)
_ID = re.compile(r'name="submission" value="([^"]*)"')


@pytest.fixture
def full(app: Flask) -> Mirror:
    """A tenant with a row in every table, and somebody with every right."""
    with app.app_context(), transaction() as session:
        mirror = fill(session, "infosoc", marked=False)
        with tenant_scope(alone(mirror)):
            session.execute(update(Membership).values(roles=[role.value for role in Role]))
        session.expunge_all()
    return mirror


def ids_of_forms(app: Flask, mirror: Mirror) -> dict[str, set[str]]:
    """The ids in the forms of each address."""
    client = app.test_client()
    sign_in(client, mirror.user)
    found: dict[str, set[str]] = {}
    for row in mirror.rows.values():
        values = {"tenant": "infosoc", "public_id": row.get("public_id"), "number": row["id"]}
        for endpoint, path in addresses(app, "GET", values):
            for filled in FILLED:
                address = f"{path}?{urlencode(filled)}" if filled else path
                if address not in found and endpoint not in NO_PAGES:
                    page = client.get(address)
                    forms = _FORM.findall(page.get_data(as_text=True)) if page.mimetype == "text/html" else ()
                    found[address] = {one for form in forms for one in _ID.findall(form)}
    return found


def wrong(found: dict[str, set[str]]) -> list[str]:
    return sorted(address for address, ids in found.items() if ids & {"", TAKEN})


@pytest.mark.sqlite_only
def test_every_form_has_an_id_of_its_own(app, full):
    found = ids_of_forms(app, full)
    assert wrong(found) == []
    assert sum(map(bool, found.values())) > 50


@pytest.mark.sqlite_only
def test_a_form_that_takes_its_id_from_the_address_is_noticed(app, full, monkeypatch):
    """The planted fault: what the address says is all that the form gets."""
    process = BaseForm.__mro__[1].process
    monkeypatch.setattr(BaseForm, "process", lambda self, *args, **kwargs: process(self, *args, **kwargs))
    assert any("/bulk/" in address for address in wrong(ids_of_forms(app, full)))
