"""The page of members, and what it keeps: somebody who can let others in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from infosoc.accounts import queries, rules
from infosoc.accounts.commands import members, people
from infosoc.accounts.models import Membership, User
from infosoc.accounts.roles import Role
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.kernel import clock
from tests.accounts.conftest import send
from tests.accounts.test_password import NEW, letters_to, path_in
from tests.builders import make_member, make_user

ALL = "/infosoc/members"


def membership(app, user_id: int, tenant_id: int = 1) -> Membership | None:
    with app.app_context(), tenant_scope(Scope.alone(tenant_id)):
        return db.session.scalar(select(Membership).where(Membership.user_id == user_id))


def invite(client, **fields):
    typed = {"name": "Åsa Öst", "email": "asa@infosoc.example", "roles": ["seller", "reader"]} | fields
    return send(client, f"{ALL}/new", ALL, **typed)


def test_an_invited_person_chooses_a_password_and_gets_in(app, client, browser_of, office):
    answer = invite(browser_of(office.admin))
    assert (answer.status_code, answer.headers["Location"]) == (303, ALL)
    (letter,) = letters_to(app, "asa@infosoc.example")
    assert "Karin Ek" in letter.text_body
    assert "Infosoc" in letter.text_body
    page = path_in(letter)
    assert send(client, page, page, password=NEW).status_code == 303
    assert send(client, "/login", "/login", email="asa@infosoc.example", password=NEW).status_code == 303
    assert client.get("/infosoc/audit").status_code == 403
    assert client.get("/rattsdata/audit").status_code == 404


def test_who_has_an_account_elsewhere_is_let_in_and_answered_alike(app, browser_of, office):
    client = browser_of(office.admin)
    new, known = invite(client), invite(client, email="ylva@rattsdata.example", name="Annat Namn")
    assert (new.status_code, new.headers["Location"]) == (known.status_code, known.headers["Location"])
    with app.app_context():
        assert db.session.scalar(select(User.name).where(User.email == "ylva@rattsdata.example")) == "Ylva Ahl"
    (letter,) = letters_to(app, "ylva@rattsdata.example")
    assert "/password/" not in letter.text_body
    assert browser_of(office.outsider).get("/infosoc/members").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "not an address"}, "email"), ({"email": ""}, "email"), ({"name": " "}, "name"),
        ({"roles": []}, "roles"), ({"roles": ["king"]}, "roles"),
        ({"ends_on": "2020-01-01"}, "ends_on"), ({"ends_on": "soon"}, "ends_on"),
        ({"email": "bo@infosoc.example"}, "email"),
    ],
)  # fmt: skip
def test_a_wrong_invitation_comes_back_with_what_was_typed(app, browser_of, office, wrong, field):
    answer = invite(browser_of(office.admin), **wrong)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in html
    assert letters_to(app, "asa@infosoc.example") == []


def test_the_list_shows_everybody_with_roles_and_state(app, browser_of, office):
    client = browser_of(office.admin)
    invite(client)
    html = client.get(ALL).get_data(as_text=True)
    for words in ("Karin Ek", "Bo Lönn", "Åsa Öst", "bo@infosoc.example", 'data-status="waiting"'):
        assert words in html
    assert "ylva@rattsdata.example" not in html


@pytest.mark.parametrize("page", ["", "/new", "/{bo}"])
def test_only_administrators_see_the_pages(browser_of, office, page):
    page = ALL + page.format(bo=office.seller.public_id)
    assert browser_of(office.seller).get(page).status_code == 403
    assert browser_of(office.outsider).get(page).status_code == 404
    assert browser_of(office.admin).get(page).status_code == 200


def test_a_member_of_another_tenant_is_not_found_here(browser_of, office):
    client = browser_of(office.admin)
    theirs = f"{ALL}/{office.outsider.public_id}"
    token = re.search(r'csrf-token" content="([^"]+)"', client.get(ALL).get_data(as_text=True))[1]
    assert client.get(theirs).status_code == 404
    for deed in ("", "/end", "/invitation", "/sessions/end"):
        assert client.post(theirs + deed, data={"csrf_token": token, "roles": "seller"}).status_code == 404


def test_roles_change_with_the_next_request_and_are_in_the_log(app, browser_of, office):
    admin, seller = browser_of(office.admin), browser_of(office.seller)
    page = f"{ALL}/{office.seller.public_id}"
    assert seller.get(ALL).status_code == 403
    assert send(admin, page, page, roles=["administrator"]).status_code == 303
    assert seller.get(ALL).status_code == 200
    with app.app_context(), every_tenant("test"):
        assert db.session.scalar(select(AuditEvent.deed)) == "member changed"
        value = db.session.scalars(select(AuditValue)).one()
    assert (value.field, value.before, value.after) == ("roles", "seller", "administrator")


def test_a_membership_ends_the_day_after_its_last_day(app, browser_of, office):
    with app.app_context(), transaction() as session:
        accountant = make_user(session, "Rolf Revisor")
        yesterday = make_user(session, "Gårdagens")
        tenant = queries.standing(session, office.admin.id, on=clock.today()).own_tenants[0]
        make_member(session, tenant, accountant, Role.ACCOUNTANT, ends_on=clock.today())
        make_member(session, tenant, yesterday, Role.ACCOUNTANT, ends_on=clock.today() - timedelta(days=1))
    assert browser_of(accountant).get("/infosoc/audit").status_code == 403
    assert browser_of(yesterday).get("/infosoc/audit").status_code == 404
    with app.app_context(), tenant_scope(Scope.alone(office.tenant_id)):
        names = [user.name for user in queries.colleagues(db.session)]
    assert "Rolf Revisor" in names
    assert "Gårdagens" not in names


def test_ending_a_membership_shuts_the_person_out_and_can_be_undone(app, browser_of, office):
    admin, seller = browser_of(office.admin), browser_of(office.seller)
    page = f"{ALL}/{office.seller.public_id}"
    assert seller.get("/infosoc/audit").status_code == 403
    assert send(admin, page, page + "/end").status_code == 303
    assert seller.get("/infosoc/audit").status_code == 404
    assert "Bo Lönn" in admin.get(ALL).get_data(as_text=True)
    assert send(admin, page, page, roles=["reader"], ends_on="").status_code == 303
    assert seller.get("/infosoc/audit").status_code == 403
    assert membership(app, office.seller.id).roles == ["reader"]


def test_signing_a_member_out_works_with_their_next_request(browser_of, office):
    admin, seller = browser_of(office.admin), browser_of(office.seller)
    page = f"{ALL}/{office.seller.public_id}"
    assert send(admin, page, page + "/sessions/end").status_code == 303
    assert seller.get("/account/").status_code == 303
    assert admin.get(ALL).status_code == 200


def test_a_second_invitation_takes_the_place_of_the_first(app, client, browser_of, office):
    admin = browser_of(office.admin)
    invite(admin)
    with app.app_context():
        public_id = db.session.scalar(select(User.public_id).where(User.email == "asa@infosoc.example"))
    page = f"{ALL}/{public_id}"
    assert send(admin, page, page + "/invitation").status_code == 303
    first, second = letters_to(app, "asa@infosoc.example")
    assert client.get(path_in(first)).status_code == 404
    assert client.get(path_in(second)).status_code == 200


# ---- the last administrator -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["end", "other role", "end date"])
def test_the_last_administrator_is_never_lost(app, browser_of, office, deed):
    admin = browser_of(office.admin)
    page = f"{ALL}/{office.admin.public_id}"
    if deed == "end":
        answer = send(admin, page, page + "/end")
    elif deed == "other role":
        answer = send(admin, page, page, roles=["seller"])
    else:
        answer = send(admin, page, page, roles=["administrator"], ends_on=(clock.today() + timedelta(30)).isoformat())
    assert answer.status_code in {409, 422}
    assert membership(app, office.admin.id).roles == ["administrator"]
    assert membership(app, office.admin.id).ends_on is None
    assert admin.get(ALL).status_code == 200


@pytest.mark.parametrize("other", ["invited", "shut out", "leaving", "ended"])
def test_an_administrator_who_cannot_be_counted_on_does_not_count(app, office, other):
    with app.app_context(), transaction() as session:
        tenant = queries.standing(session, office.admin.id, on=clock.today()).own_tenants[0]
        user = make_user(session, "Andra")
        ends_on = {"leaving": clock.today() + timedelta(9), "ended": clock.today() - timedelta(9)}.get(other)
        make_member(session, tenant, user, Role.ADMINISTRATOR, ends_on=ends_on)
        if other == "invited":
            user.password_hash = None
        if other == "shut out":
            people.disable(session, user.id, now=clock.now(), by=None)
    last = pytest.raises(rules.LastAdministrator)
    with app.app_context(), last, transaction() as session, tenant_scope(Scope.alone(office.tenant_id)):
        members.end(session, office.admin.id, by=None, today=clock.today())


def test_with_a_second_administrator_the_first_may_go(app, office):
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(office.tenant_id)):
        members.change(session, office.seller.id, ["administrator"], None, by=None, today=clock.today())
        members.end(session, office.admin.id, by=None, today=clock.today())
    assert membership(app, office.admin.id).ends_on == clock.today() - timedelta(days=1)
