"""A person with protected identity is named in no log, plan or form but for those who may see them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.accounts.roles import Role
from infosoc.crm.activity_rules import NewEntry, NewFollowUp
from infosoc.crm.commands import follow_ups, log
from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import EntryKind
from infosoc.db.session import transaction
from infosoc.db.tenancy import current_scope, tenant_scope
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.rules import Flag
from tests.builders import make_member, make_user, sign_in
from tests.crm.companies.pages import token
from tests.crm.log.test_pages import send
from tests.crm.world import HTMX, World


@pytest.fixture
def places(world: World) -> dict[str, str]:
    """Where an entry and a follow-up with a protected person are shown to Karin."""
    entry, plan = world.log(text="ringde"), world.plan()
    with world.writing() as session:
        company = session.scalar(select(Company).where(Company.id == world.ids["akeri"]))
        person = session.scalar(select(Contact))
        person.name, person.is_protected = "Hemliga Hedvig", True
        session.scalar(select(LogEntry)).contact_id = person.id
        session.scalar(select(FollowUp)).contact_id = person.id
        session.flush()
        at, who = f"/infosoc/companies/{company.public_id}", person.public_id
    return {
        "company": at, "log of person": f"{at}/log?about={who}", "log": "/infosoc/log", "form": f"{at}/log/new",
        "plans of person": f"{at}/follow-ups?about={who}", "plan": f"{at}/follow-ups/new", "my day": "/infosoc/my-day",
        "correct": f"/infosoc/log/{entry}/edit", "move": f"/infosoc/follow-ups/{plan}/move",
        "history": f"/infosoc/log/{entry}/history",
    }  # fmt: skip


def named(client, places) -> set[str]:
    found = set()
    for name, address in places.items():
        for headers in ({}, HTMX):
            answer = client.get(address, headers=headers)
            assert answer.status_code in {200, 404, 409}, name  # 409: correcting is the author's alone
            if "Hedvig" in answer.get_data(as_text=True):
                found.add(name)
    return found


def test_a_seller_reads_the_name_nowhere(world: World, places):
    client = world.client()
    form = client.get(places["correct"]).get_data(as_text=True)
    assert named(client, places) == set()
    assert form.count('name="contact"') == 2  # chosen already, so that saving the entry does not lose the person


def test_the_privacy_officer_reads_it(world: World, places):
    with world.app.app_context(), transaction() as session:
        tenant = session.scalar(select(Tenant).where(Tenant.id == world.ours))
        officer = make_member(session, tenant, make_user(session, "Pia Frisk"), Role.PRIVACY_OFFICER)
    client = world.app.test_client()
    sign_in(client, officer)
    assert {"log", "company", "log of person", "form", "plan"} <= named(client, places)


def test_a_protected_person_whom_only_the_others_hold_is_neither_offered_nor_taken_in(world: World):
    for tenant_id in (world.ours, world.theirs):
        world.share(tenant_id, Flag.SHARE_REGISTER)
    with world.writing(world.theirs) as session:
        session.scalar(select(Contact).where(Contact.public_id == world.contacts["maj"])).is_protected = True
        session.flush()
    client, at = world.client(), f"/infosoc/companies/{world.companies['gnosjo']}"
    assert world.contacts["maj"] not in client.get(f"{at}/log/new").get_data(as_text=True)
    assert client.post(f"{at}/people/{world.contacts['maj']}/take-in", data=token(client, at)).status_code == 404
    now = clock.now()
    with world.reading():
        scope = current_scope()
    entry = NewEntry(EntryKind.CALL, now, contact=world.contacts["maj"])
    plan = NewFollowUp(due_on=clock.today(), contact=world.contacts["maj"])
    by = world.users["karin"].id
    for deed in (
        lambda session: log.log_contact(session, world.companies["gnosjo"], entry, by=by, now=now),
        lambda session: follow_ups.plan(session, world.companies["gnosjo"], plan, by=by, now=now),
    ):
        with pytest.raises(NotFound), world.app.app_context(), tenant_scope(scope), transaction() as session:
            deed(session)
    with world.reading() as session:
        assert session.scalar(select(ContactRelation.id).join(Contact, Contact.id == ContactRelation.contact_id)
                              .where(Contact.public_id == world.contacts["maj"])) is None  # fmt: skip


def test_who_corrected_an_entry_away_from_a_protected_person_tells_no_name(world: World, places):
    client = world.client()
    answer = send(client, places["correct"].removesuffix("/edit"), kind="call", contact="", text="ringde")
    assert answer.status_code == 200
    with world.reading() as session:
        assert session.scalar(select(LogEntry.contact_id)) is None
    assert "Hedvig" not in client.get(places["history"]).get_data(as_text=True)
    assert "Hedvig" not in world.client("anna").get("/infosoc/audit").get_data(as_text=True)
