"""What the tenant shows the others, and its name and colour."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from infosoc.accounts.roles import Role
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_named
from infosoc.tenancy.rules import FLAG_EXPLANATIONS, Flag
from tests.accounts.conftest import send
from tests.builders import make_member

PAGE = "/infosoc/settings"


def turn(client, flag: str, value: str):
    return send(client, PAGE, f"{PAGE}/flags/{flag}", value=value)


def token(client) -> str:
    return re.search(r'csrf-token" content="([^"]+)"', client.get(PAGE).get_data(as_text=True))[1]


def test_every_flag_is_explained():
    assert set(FLAG_EXPLANATIONS) == set(Flag)


def test_a_flag_holds_at_once_in_its_direction_and_is_in_the_log(app, browser_of, office):
    client = browser_of(office.admin)
    answer = turn(client, "share_register", "on")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE + "#flag-share_register")
    with app.app_context():
        assert scope_named(db.session, "rattsdata").register == (office.other_tenant_id, office.tenant_id)
        assert scope_named(db.session, "infosoc").register == (office.tenant_id,)
    with app.app_context(), every_tenant("test"):
        event, value = db.session.scalars(select(AuditEvent)).one(), db.session.scalars(select(AuditValue)).one()
    assert (event.deed, event.actor_id, event.tenant_id) == ("flag changed", office.admin.id, office.tenant_id)
    assert (value.field, value.before, value.after) == ("share_register", "off", "on")
    turn(client, "share_register", "off")
    with app.app_context():
        assert scope_named(db.session, "rattsdata").register == (office.other_tenant_id,)


def test_turning_on_what_is_on_is_not_a_change(app, browser_of, office):
    client = browser_of(office.admin)
    turn(client, "share_contact_log", "on")
    turn(client, "share_contact_log", "on")
    with app.app_context(), every_tenant("test"):
        assert len(db.session.scalars(select(AuditEvent)).all()) == 1


@pytest.mark.parametrize(("flag", "value", "status"), [("no_such", "on", 404), ("share_register", "maybe", 422)])
def test_a_wrong_flag_or_value_is_refused(browser_of, office, flag, value, status):
    client = browser_of(office.admin)
    data = {"csrf_token": token(client), "value": value}
    assert client.post(f"{PAGE}/flags/{flag}", data=data).status_code == status


def test_the_menu_follows_the_module_flag(app, browser_of, office):
    client = browser_of(office.admin)
    menu = client.get(PAGE).get_data(as_text=True).partition('id="sidebar"')[2].partition("</nav>")[0]
    turn(client, "module_crm", "off")
    less = client.get(PAGE).get_data(as_text=True).partition('id="sidebar"')[2].partition("</nav>")[0]
    assert "/infosoc/settings" in less
    assert less.count("<li>") <= menu.count("<li>")


def test_name_and_colour_are_changed(app, browser_of, office):
    client = browser_of(office.admin)
    assert send(client, PAGE, PAGE, name=" Infosoc  i Norr AB ", brand="blue").status_code == 303
    html = client.get(PAGE).get_data(as_text=True)
    assert 'data-brand="blue"' in html
    assert "Infosoc i Norr AB" in html


@pytest.mark.parametrize(("name", "brand"), [("", "green"), ("  ", "green"), ("X", "pink")])
def test_a_wrong_name_or_colour_comes_back(app, browser_of, office, name, brand):
    assert send(browser_of(office.admin), PAGE, PAGE, name=name, brand=brand).status_code == 422
    with app.app_context():
        assert db.session.scalar(select(Tenant.name).where(Tenant.slug == "infosoc")) == "Infosoc"


def test_of_two_who_change_it_the_second_is_told(browser_of, office):
    first, second = browser_of(office.admin), browser_of(office.admin)
    from tests.accounts.conftest import form_on

    seen = form_on(second, PAGE, PAGE)
    send(first, PAGE, PAGE, name="Ett", brand="green")
    late = second.post(PAGE, data=seen | {"name": "Två", "brand": "green"})
    assert late.status_code == 409
    assert 'value="Två"' in late.get_data(as_text=True)


def test_who_may_only_read_sees_no_buttons(app, browser_of, office):
    with app.app_context(), transaction() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == "infosoc")).one()
        officer = make_member(session, tenant, None, Role.PRIVACY_OFFICER)
    client = browser_of(officer)
    html = client.get(PAGE).get_data(as_text=True)
    assert f'action="{PAGE}' not in html
    assert (
        client.post(f"{PAGE}/flags/share_register", data={"csrf_token": token(client), "value": "on"}).status_code
        == 403
    )


def test_others_do_not_get_there(browser_of, office):
    assert browser_of(office.seller).get(PAGE).status_code == 403
    assert browser_of(office.outsider).get(PAGE).status_code == 404
