"""The warning list: who is to be removed, and saying why somebody stays (P-50)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.accounts.models import Membership
from infosoc.accounts.roles import Role
from infosoc.crm.models.contacts import Contact
from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.privacy.commands import retention
from infosoc.privacy.retention_rules import months_before
from tests.builders import csrf_token, sign_in
from tests.privacy.test_retention import months_on
from tests.privacy.world import at, person, two_tenants

LIST = "/infosoc/privacy/retention"


@pytest.fixture
def due(app) -> str:
    """A person whose time is out; the page that says why they may stay."""
    with app.app_context():
        two_tenants()
        person()
        retention.run(now=months_on(25), apply=True)
        with at() as session:
            public_id = session.scalar(select(Contact.public_id))
        db.session.remove()
    return f"{LIST}/{public_id}"


def signed_in(app, role: Role):
    client = app.test_client()
    with app.app_context():
        with at() as session:
            member = session.scalar(select(Membership))
            member.roles = [role.value]
            user = db.session.get(Membership.user.property.mapper.class_, member.user_id)
        sign_in(client, user)
    return client


def test_p50_the_list_says_who_goes_and_why(app, due):
    page = signed_in(app, Role.PRIVACY_OFFICER).get(LIST).get_data(as_text=True)
    assert "Anna Lönn" in page
    assert due in page


def test_p50_a_reason_and_a_day_keep_the_person(app, due):
    client = signed_in(app, Role.PRIVACY_OFFICER)
    until = months_before(clock.today(), -12).isoformat()
    answer = client.post(due, data={"csrf_token": csrf_token(client, due), "reason": "upphandling", "until": until})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert "upphandling" in client.get(LIST).get_data(as_text=True)


def test_p50_without_a_reason_nothing_is_kept(app, due):
    client = signed_in(app, Role.PRIVACY_OFFICER)
    answer = client.post(due, data={"csrf_token": csrf_token(client, due), "reason": "", "until": ""})
    assert answer.status_code == 422


@pytest.mark.sqlite_only
def test_p50_a_seller_does_not_see_the_list(app, due):
    assert signed_in(app, Role.SELLER).get(LIST).status_code == 403


@pytest.mark.sqlite_only
def test_p50_a_person_of_another_company_is_not_there(app, due):
    client = signed_in(app, Role.PRIVACY_OFFICER)
    with app.app_context():
        person("rattsdata", name="Bo Ek", email="bo@b.example")
        with at("rattsdata") as session:
            public_id = session.scalar(select(Contact.public_id))
    assert client.get(f"{LIST}/{public_id}").status_code == 404
