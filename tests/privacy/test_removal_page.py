"""“Remove me”: by the link of a letter, at once or by a case, and the last letter (P-04, P-40, T-09, M-14)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.kernel import clock
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import request_jobs
from infosoc.privacy.models import PrivacyCase
from infosoc.suppression import queries as suppression
from tests.privacy.public_world import ADDRESS, make_world, recipient, suppressions
from tests.privacy.test_unsubscribe import text_of


def people_of(app, tenant_id: int) -> int:
    with app.app_context(), tenant_scope(Scope.alone(tenant_id)):
        return db.session.scalar(select(func.count(ContactRelation.id)))


def cases_of(app, tenant_id: int) -> list[PrivacyCase]:
    with app.app_context(), tenant_scope(Scope.alone(tenant_id)):
        return list(db.session.scalars(select(PrivacyCase)))


def last_letters(app) -> list[OutboxMessage]:
    with app.app_context(), every_tenant("test"):
        query = select(OutboxMessage).where(OutboxMessage.unique_key.startswith("removed:"))
        return list(db.session.scalars(query))


def remove(client, world, whom: str):
    return client.post(world.letter.path + "/remove", data={"remove": whom})


def test_p40_the_second_page_asks_once_and_says_what_happens(app, client):
    world = make_world(app)
    page = client.get(world.letter.path + "/remove")
    assert "Det går inte att ångra" in text_of(page)
    assert re.findall(r'name="remove" value="(\w+)"', page.get_data(as_text=True)) == ["joint", "tenant"]
    assert people_of(app, world.ours) == 1


def test_p04_who_works_nowhere_that_is_a_customer_is_removed_at_once(app, client):
    world = make_world(app)
    answer = remove(client, world, "tenant")
    assert "Du är borttagen" in text_of(answer)
    assert "Set-Cookie" not in answer.headers
    assert (people_of(app, world.ours), people_of(app, world.theirs)) == (0, 1)
    assert cases_of(app, world.ours) == []
    with app.app_context(), tenant_scope(Scope.alone(world.ours)):
        assert suppression.refused_registration(db.session(), [ADDRESS]) == {ADDRESS}


@pytest.mark.parametrize("status", [Status.CUSTOMER, Status.FORMER])
def test_p04_at_a_contract_customer_the_mailings_stop_and_a_case_is_opened(app, client, status):
    world = make_world(app, status=status)
    text = text_of(remove(client, world, "tenant"))
    assert "Vi har tagit emot det" in text
    assert "har upphört" in text
    assert (people_of(app, world.ours), [case.kind for case in cases_of(app, world.ours)]) == (1, ["erase"])
    assert {one.kind for one in suppressions(app)} == {"no_mailings"}


def test_t09_each_company_answers_for_itself_when_both_are_asked(app, client):
    world = make_world(app, their_status=Status.CUSTOMER)
    text = text_of(remove(client, world, "joint"))
    assert "inte längre i registret hos Infosoc" in text
    assert "Alla utskick från Rättsdata har upphört" in text
    assert (people_of(app, world.ours), people_of(app, world.theirs)) == (0, 1)
    assert [len(cases_of(app, one)) for one in (world.ours, world.theirs)] == [0, 1]


def test_t09_customers_of_neither_are_removed_from_both(app, client):
    world = make_world(app)
    remove(client, world, "joint")
    assert (people_of(app, world.ours), people_of(app, world.theirs)) == (0, 0)


def test_p41_nothing_of_the_address_is_left_with_the_letter(app, client):
    world = make_world(app)
    remove(client, world, "tenant")
    letter = recipient(app, world.letter)
    assert (letter.address, letter.domain, letter.fields) == ("", "", {})
    assert letter.digest is not None


def test_m14_asking_again_is_answered_the_same_and_changes_nothing(app, client):
    world = make_world(app)
    first = remove(client, world, "tenant")
    rows, letters = len(suppressions(app)), len(last_letters(app))
    second = remove(client, world, "tenant")
    assert first.get_data() == second.get_data()
    assert (len(suppressions(app)), len(last_letters(app))) == (rows, letters)
    assert client.get(world.letter.path).status_code == 200


def test_the_last_letter_confirms_and_its_address_is_forgotten_when_it_has_gone(app, client):
    world = make_world(app)
    remove(client, world, "tenant")
    (letter,) = last_letters(app)
    assert (letter.recipient, letter.tenant_id, letter.is_secret) == (ADDRESS, world.ours, True)
    assert "inte längre i registret" in letter.text_body
    with app.app_context():
        request_jobs.forget_last_letters(clock.now())
    assert last_letters(app)[0].recipient == ADDRESS  # it has not been handed over yet
    with app.app_context(), every_tenant("test"), transaction() as session:
        session.execute(update(OutboxMessage).values(state="sent"))
    with app.app_context():
        request_jobs.forget_last_letters(clock.now())
    (letter,) = last_letters(app)
    assert (letter.recipient, letter.subject, letter.text_body) == ("", "", "")


def test_the_last_letter_is_given_up_after_72_hours(app, client):
    world = make_world(app)
    remove(client, world, "tenant")
    later = clock.now() + timedelta(hours=72)
    with app.app_context():
        request_jobs.forget_last_letters(later - timedelta(minutes=5))
        assert last_letters(app)[0].state == "queued"
        request_jobs.forget_last_letters(later)
    (letter,) = last_letters(app)
    assert (letter.recipient, letter.state) == ("", "failed")
    assert recipient(app, world.letter).address == ""


def test_p41_nothing_of_the_address_is_left_but_the_letter_on_its_way(app, client):
    world = make_world(app)
    remove(client, world, "joint")
    with app.app_context(), every_tenant("test"):
        assert db.session.scalar(select(func.count()).where(ContactPoint.normalised == ADDRESS)) == 0
        addressed = db.session.scalars(select(OutboxMessage.unique_key).where(OutboxMessage.recipient == ADDRESS))
        assert all(key.startswith("removed:") for key in addressed)
