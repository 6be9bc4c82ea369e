"""Who has said no, or says so by an old letter, is let be also when the address in the register was corrected."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from infosoc.crm.commands import contacts, points
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.mailings.models import MailingRecipient
from infosoc.mailings.queries import recipients
from infosoc.mailings.rules import Reason
from infosoc.suppression import commands as suppression
from tests.builders import NOW
from tests.privacy.public_world import make_world, suppressions

CORRECTED = "anna.berg@gnosjo.example"


@pytest.fixture
def world(app):
    return make_world(app)


def correct(app, world, *addresses: str, **facts) -> None:
    """Somebody of the staff gives the person other addresses."""
    entries = tuple(points.entry("emails", one, is_main=number == 0) for number, one in enumerate(addresses))
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(world.ours)):
        public_id = session.scalar(select(Contact.public_id).where(Contact.id == world.contact_id))
        values = {"emails": entries, **facts} if entries else facts
        contacts.change(session, public_id, values, seen={}, by=None, now=NOW, see_protected=True)


def why_not(app, world) -> Reason | None:
    with app.app_context(), tenant_scope(Scope.alone(world.ours)):
        found = recipients.of_contacts(db.session, [world.contact_id], world.letter.list_id)
        return found[world.contact_id].reason


def leave(client, world, breadth: str):
    return client.post(world.letter.path, data={"leave": breadth})


BREADTHS = [("list", Reason.OPTED_OUT_OF_LIST), ("tenant", Reason.OPTED_OUT), ("joint", Reason.OPTED_OUT)]


@pytest.mark.parametrize(("breadth", "reason"), BREADTHS)
def test_m15_an_objection_goes_along_to_the_corrected_address(app, client, world, breadth, reason):
    leave(client, world, breadth)
    correct(app, world, CORRECTED)
    assert why_not(app, world) is reason


def test_m15_planted_fault_without_it_the_person_would_be_written_to(app, client, world, monkeypatch):
    monkeypatch.setattr(suppression, "follow", lambda *_: None)
    leave(client, world, "tenant")
    correct(app, world, CORRECTED)
    assert why_not(app, world) is not Reason.OPTED_OUT


@pytest.mark.parametrize(("breadth", "reason"), BREADTHS)
def test_m12_an_old_letter_stops_mailings_to_the_corrected_address(app, client, world, breadth, reason):
    correct(app, world, CORRECTED)
    leave(client, world, breadth)
    assert why_not(app, world) is reason


def test_what_an_old_letter_stopped_can_be_taken_back_as_a_whole(app, client, world):
    correct(app, world, CORRECTED)
    page = leave(client, world, "joint").get_data(as_text=True)
    deed = page.partition('name="deed" value="')[2].partition('"')[0]
    client.post(f"{world.letter.path}/undo", data={"deed": deed})
    assert [one for one in suppressions(app) if one.lifted_at is None] == []


def test_m12_an_old_letter_removes_the_person_whose_address_was_corrected(app, client, world):
    correct(app, world, CORRECTED)
    answer = client.post(f"{world.letter.path}/remove", data={"remove": "tenant"})
    assert answer.status_code == 200
    with app.app_context(), every_tenant("a test looks"):
        held = select(ContactRelation.id).where(ContactRelation.tenant_id == world.ours)
        assert db.session.scalars(held).all() == []
    assert {one.kind for one in suppressions(app)} == {"no_mailings", "no_registration"}
    assert len({one.digest for one in suppressions(app)}) == 2


@pytest.mark.parametrize("press", ["leave", "remove"])
def test_an_old_letter_does_nothing_to_a_successor_in_the_same_record(app, client, world, press):
    correct(app, world, CORRECTED, name="Bo Ek")
    client.post(world.letter.path if press == "leave" else f"{world.letter.path}/remove", data={press: "tenant"})
    with app.app_context(), every_tenant("a test looks"):
        held = select(ContactRelation.id).where(ContactRelation.tenant_id == world.ours)
        assert len(db.session.scalars(held).all()) == 1
    assert len({one.digest for one in suppressions(app)}) == 1


def test_a_letter_of_which_only_the_number_is_left_still_works(app, client, world):
    with app.app_context(), every_tenant("a test writes"), transaction() as session:
        session.execute(update(MailingRecipient).values(contact_id=None, fields={}, address=""))
    assert leave(client, world, "tenant").status_code == 200
    assert len(suppressions(app)) == 1
