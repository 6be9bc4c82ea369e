"""What nobody types by hand is answered like any other wrong input, never with an error of ours."""

from __future__ import annotations

import pytest

from infosoc.accounts.roles import Role
from infosoc.db.session import transaction
from tests.builders import make_member, make_tenant, sign_in

HUGE = "9" * 23
ADDRESSES = [
    "/infosoc/companies/%00",
    "/infosoc/companies/find?q=%00",
    "/infosoc/contacts?municipality=a%00b&view=%00",
    "/infosoc/log?before=20261122T000000000000-log-%00",
    "/infosoc/log?since=0001-01-01&until=9999-12-31",
    "/infosoc/search?q=%00",
    "/infosoc/mail/%00/sent",
    f"/infosoc/mail?page={HUGE}",
    f"/infosoc/jobs?page={HUGE}",
    f"/infosoc/imports?page={HUGE}",
    f"/infosoc/duplicates?page={HUGE}",
    "/infosoc/duplicates?page=-1",
    "/infosoc/audit?from=0001-01-01&to=9999-12-31",
    "/infosoc/audit?before=%C2%B2",
    "/infosoc/companies?contacted=%D9%A3&page=%C2%B2",
]


@pytest.fixture
def browser(app, client):
    app.testing = False
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), transaction() as session:
        sign_in_as = make_member(session, make_tenant(session), None, Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
    sign_in(client, sign_in_as)
    return client


def test_no_address_makes_us_fail(browser):
    answers = {address: browser.get(address).status_code for address in ADDRESSES}
    assert {address: status for address, status in answers.items() if status not in {200, 404, 405}} == {}


def test_a_form_with_nul_is_taken_without_it(browser):
    field = {"label": "Kund\0typ", "kind": "text", "submission": "a\0b"}
    assert browser.post("/infosoc/settings/register/fields", data=field).status_code == 303
    assert "Kundtyp" in browser.get("/infosoc/settings/register").get_data(as_text=True)
