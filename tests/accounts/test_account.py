"""The person's own pages."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from infosoc.accounts.models import User
from infosoc.accounts.roles import Role
from infosoc.audit.models import AuditEvent
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.tenancy.models import Tenant
from tests.accounts.conftest import form_on, send
from tests.builders import PASSWORD, make_member, make_user, sign_in

NEW = "sju sömniga grävlingar i regn"


def of(app, user) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.id == user.id)).one()


def test_the_page_stands_in_the_frame_of_ones_own_tenant(browser_of, office):
    html = browser_of(office.seller).get("/account/").get_data(as_text=True)
    assert "bo@infosoc.example" in html
    assert 'href="/infosoc/' in html
    assert "rattsdata" not in html


def test_a_tenant_that_is_not_ones_own_is_not_framed(browser_of, office):
    html = browser_of(office.seller).get("/account/?tenant=rattsdata").get_data(as_text=True)
    assert "/rattsdata" not in html.replace("tenant=rattsdata", "")
    assert 'href="/infosoc/' in html


def test_who_belongs_to_no_tenant_still_has_the_page(app, client):
    with app.app_context(), transaction() as session:
        user = make_user(session, "Ensam Person")
    sign_in(client, user)
    assert client.get("/").headers["Location"] == "/account/"
    answer = client.get("/account/")
    assert (answer.status_code, "Ensam Person" in answer.get_data(as_text=True)) == (200, True)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_begins_on_a_page_that_is_open_and_is_led_to_no_other(app, client, office, role):
    with app.app_context(), transaction() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == "infosoc")).one()
        user = make_member(session, tenant, None, role)
    sign_in(client, user)
    for start in ("/", "/infosoc/"):
        page = client.get(start, follow_redirects=True)
        assert page.status_code == 200, (role, start)
        links = set(re.findall(r'(?:href|hx-get)="(/[^"]*)"', page.get_data(as_text=True)))
        for link in sorted(one for one in links if not one.startswith("/static/")):
            assert client.get(unescape(link), follow_redirects=True).status_code == 200, (role, link)
    text = client.get("/account/").get_data(as_text=True)
    assert ("Det finns inga sidor för din roll här än" in text) == (role in {Role.PAYROLL, Role.EMPLOYEE})


def test_the_name_is_changed_and_in_the_log(app, browser_of, office):
    client = browser_of(office.seller)
    answer = send(client, "/account/", "/account/profile?tenant=infosoc", name="  Bo  Lönnqvist ", language="en")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/?tenant=infosoc")
    assert (of(app, office.seller).name, of(app, office.seller).language) == ("Bo Lönnqvist", "en")
    assert '<html lang="en"' in client.get("/account/").get_data(as_text=True)
    with app.app_context(), every_tenant("test"):
        assert db.session.scalar(select(AuditEvent.deed)) == "name changed"


@pytest.mark.parametrize(("name", "language"), [("", "sv"), ("   ", "sv"), ("Bo", "xx"), ("B" * 121, "sv")])
def test_a_wrong_profile_comes_back(app, browser_of, office, name, language):
    answer = send(
        browser_of(office.seller), "/account/", "/account/profile?tenant=infosoc", name=name, language=language
    )
    assert answer.status_code == 422
    assert of(app, office.seller).name == "Bo Lönn"


def test_how_pages_look_is_changed(app, browser_of, office):
    client = browser_of(office.seller)
    answer = send(
        client, "/account/", "/account/display?tenant=infosoc", theme="dark", density="dense", sidebar_folded="y"
    )
    assert answer.status_code == 303
    user = of(app, office.seller)
    assert (user.theme, user.density, user.shortcuts, user.sidebar_folded) == ("dark", "dense", False, True)
    html = client.get("/account/").get_data(as_text=True)
    for mark in ('data-theme="dark"', 'data-density="dense"', 'data-sidebar="collapsed"', 'data-shortcuts="off"'):
        assert mark in html


@pytest.mark.parametrize(
    ("sent", "field", "value"),
    [
        ({"theme": "dark"}, "theme", "dark"), ({"theme": ""}, "theme", "auto"), ({"theme": "pink"}, "theme", "auto"),
        ({"density": "dense"}, "density", "dense"), ({"language": "en"}, "language", "en"),
        ({"language": "xx"}, "language", None), ({"sidebar": "collapsed"}, "sidebar_folded", True),
        ({"sidebar": "open"}, "sidebar_folded", False), ({"shortcuts": "off"}, "shortcuts", False),
    ],
)  # fmt: skip
def test_one_choice_in_the_frame_changes_that_one_and_leads_back(app, browser_of, office, sent, field, value):
    client = browser_of(office.seller)
    token = form_on(client, "/account/", "/account/preferences")["csrf_token"]
    data = {"csrf_token": token} | sent
    plain = client.post("/account/preferences", data=data, headers={"Referer": "http://localhost/infosoc/x?q=1"})
    assert (plain.status_code, plain.headers["Location"]) == (303, "/infosoc/x?q=1")
    assert getattr(of(app, office.seller), field) == value
    by_htmx = client.post(
        "/account/preferences",
        data=data,
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/infosoc/y"},
    )
    assert (by_htmx.status_code, by_htmx.headers["HX-Redirect"]) == (204, "/infosoc/y")


def test_a_choice_never_leads_to_another_site(browser_of, office):
    client = browser_of(office.seller)
    token = form_on(client, "/account/", "/account/preferences")["csrf_token"]
    answer = client.post(
        "/account/preferences", data={"csrf_token": token}, headers={"Referer": "https://evil.example/"}
    )
    assert answer.headers["Location"].startswith("/account/")


def test_changing_the_password_signs_the_others_out_and_not_this_one(app, browser_of, office):
    here, there = browser_of(office.seller), browser_of(office.seller)
    answer = send(here, "/account/", "/account/password?tenant=infosoc", present=PASSWORD, password=NEW)
    assert answer.status_code == 303
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 303)
    assert send(there, "/login", "/login", email="bo@infosoc.example", password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("present", "password", "field"),
    [
        ("not mine", NEW, "present"),
        (PASSWORD, "short", "password"),
        (PASSWORD, "bo lönn infosoc", "password"),
        ("", "", "present"),
    ],
)
def test_a_wrong_change_of_password_is_refused_beside_the_field(app, browser_of, office, present, password, field):
    client = browser_of(office.seller)
    answer = send(client, "/account/", "/account/password?tenant=infosoc", present=present, password=password)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert of(app, office.seller).password_hash == office.seller.password_hash


def test_a_browser_that_is_signed_out_from_here_is_out_with_its_next_request(browser_of, office):
    here, there = browser_of(office.seller), browser_of(office.seller)
    html = here.get("/account/").get_data(as_text=True)
    (action,) = {part.partition('"')[0] for part in html.split('action="') if part.startswith("/account/sessions/")} - {
        "/account/sessions/end?tenant=infosoc"
    }
    assert send(here, "/account/", action).status_code == 303
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 303)


def test_all_others_are_signed_out_at_once(browser_of, office):
    here, others = browser_of(office.seller), [browser_of(office.seller) for _ in range(2)]
    send(here, "/account/", "/account/sessions/end?tenant=infosoc")
    assert here.get("/account/").status_code == 200
    assert {other.get("/account/").status_code for other in others} == {303}


def test_somebody_elses_session_cannot_be_ended_nor_seen(app, browser_of, office):
    mine, theirs = browser_of(office.seller), browser_of(office.admin)
    from infosoc.accounts.models import UserSession

    with app.app_context():
        public_id = db.session.scalar(select(UserSession.public_id).where(UserSession.user_id == office.admin.id))
    assert public_id not in mine.get("/account/").get_data(as_text=True)
    token = form_on(mine, "/account/", "/account/preferences")["csrf_token"]
    assert mine.post(f"/account/sessions/{public_id}/end", data={"csrf_token": token}).status_code == 404
    assert theirs.get("/account/").status_code == 200
