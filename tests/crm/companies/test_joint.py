"""Companies that both tenants hold: shared both ways they are one; not shared, neither sees the other's work."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from infosoc.crm.commands import companies as commands
from infosoc.crm.commands import contacts as contact_commands
from infosoc.crm.commands.bulk import BULK
from infosoc.crm.commands.contacts import NewContact
from infosoc.crm.models.changes import Undo, UndoPart
from infosoc.crm.models.companies import Company, CompanyTag, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.crm.companies.pages import change, company, relation, token, told
from tests.crm.world import HTMX, World


@pytest.fixture
def shared(world: World) -> World:
    """Both show their register; Gnosjö is theirs at first, then ours as well."""
    for tenant in (world.ours, world.theirs):
        world.share(tenant, Flag.SHARE_REGISTER)
    return world


def take_in(world: World, name: str = "gnosjo", who: str = "karin") -> str:
    """Take the company in by its page; returns its address."""
    client = world.client(who)
    url = f"/infosoc/companies/{world.companies[name]}"
    answer = client.post(f"{url}/take-in", data=token(client, url))
    assert answer.status_code == 303
    return url


def as_tenant(world: World, tenant_id: int):
    """A transaction with what the tenant is shown, as in a request."""
    from contextlib import contextmanager

    @contextmanager
    def entered():
        with world.app.app_context():
            scope = scope_numbered(db.session(), tenant_id)
            with tenant_scope(scope), transaction() as session:
                yield session

    return entered()


def test_a_company_that_only_the_other_knows_can_be_read_and_taken_in(shared: World):
    client = shared.client()
    url = f"/infosoc/companies/{shared.companies['gnosjo']}"
    html = client.get(url).get_data(as_text=True)
    assert "Gnosjö kommun" in html
    assert "Maj Holm" in html
    assert f"{url}/take-in" in html
    assert "fact-edit" not in html
    take_in(shared)
    html = client.get(url).get_data(as_text=True)
    assert "take-in" not in html.replace(f"people/{shared.contacts['maj']}/take-in", "")
    with shared.reading() as session:
        ours = relation(session, shared.companies["gnosjo"])
        assert (ours.status, ours.name_sort, bool(ours.source)) == (Status.PROSPECT, "gnosj} kommun", True)
    again = client.post(f"{url}/take-in", data=token(client, url))
    assert again.status_code == 303


def test_their_status_is_shown_when_they_show_it_and_nothing_else_of_theirs(shared: World):
    take_in(shared)
    with shared.writing(shared.theirs) as session:
        row = relation(session, shared.companies["gnosjo"])
        row.status, row.notes = Status.CUSTOMER, "hemlig anteckning"
    client = shared.client()
    url = f"/infosoc/companies/{shared.companies['gnosjo']}"
    unshown = client.get(url).get_data(as_text=True)
    shared.share(shared.theirs, Flag.SHARE_PRODUCT_STATUS)
    html = client.get(url).get_data(as_text=True)
    assert html.count("Rattsdata") == unshown.count("Rattsdata") + 1
    assert "hemlig" not in html


def test_a_joint_fact_changes_for_both_and_both_are_told(shared: World):
    url = take_in(shared)
    change(shared.client(), f"{url}/edit/name", value="Gnosjö stad")
    public_id = shared.companies["gnosjo"]
    for tenant in (shared.ours, shared.theirs):
        with shared.reading(tenant) as session:
            assert company(session, public_id).name == "Gnosjö stad"
            assert relation(session, public_id).name_sort == "gnosj} stad"
    with shared.reading(shared.theirs) as session:
        maj = session.scalars(select(ContactRelation.company_sort)).one()
        assert maj == "gnosj} stad"
    deed, actor, changes = told(shared, "company", shared.ids["gnosjo"], shared.theirs)[-1]
    assert (deed, actor, changes) == ("company changed", "Infosoc", {"name": ("Gnosjö kommun", "Gnosjö stad")})
    html = shared.client("sven").get(f"/rattsdata/companies/{public_id}/history").get_data(as_text=True)
    assert "Infosoc" in html
    assert "Karin" not in html


def test_what_one_tenant_knows_is_not_told_the_other(shared: World):
    url = take_in(shared)
    before = told(shared, "company", shared.ids["gnosjo"], shared.theirs)
    change(shared.client(), f"{url}/edit/notes", value="vår hemlighet")
    assert told(shared, "company", shared.ids["gnosjo"], shared.theirs) == before


def unshare(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        set_flag(session, world.theirs, Flag.SHARE_REGISTER, False)


def prepared(world: World) -> dict[str, str]:
    """We hold Gnosjö with a joint person and one of our own, a log, a follow-up, a tag and a phone."""
    take_in(world)
    public_id = world.companies["gnosjo"]
    with as_tenant(world, world.ours) as session:
        by, now = world.users["karin"].id, clock.now()
        contact_commands.take_in_person(session, world.contacts["maj"], public_id, by=by, now=now, source="test")
        own = contact_commands.create(
            session, public_id, NewContact("Egen Person", source="x"), by=by, now=now, source=""
        )
        commands.change(session, public_id, {"tags": ("Vår",)}, seen={}, by=by, now=now)
        return {"own": own.public_id}


def test_after_sharing_has_ended_an_edit_parts_us_from_the_joint_record(shared: World):
    public_id, ids = shared.companies["gnosjo"], prepared(shared)
    shared.log("gnosjo", text="vår notering")
    shared.plan("gnosjo", due=3, note="vår uppföljning")
    unshare(shared)
    client = shared.client()
    answer = change(client, f"/infosoc/companies/{public_id}/edit/name", value="Vårt Gnosjö")
    address = answer.headers["HX-Redirect"]
    assert address != f"/infosoc/companies/{public_id}"
    html = client.get(address).get_data(as_text=True)
    for words in ("Vårt Gnosjö", "Maj Holm", "Egen Person", "vår notering", "vår uppföljning", "Vår"):
        assert words in html
    assert client.get(f"/infosoc/companies/{public_id}").status_code == 404
    with shared.reading(shared.theirs) as session:
        assert company(session, public_id).name == "Gnosjö kommun"
        assert list(session.scalars(select(Contact.name).join(ContactRelation))) == ["Maj Holm"]
    with shared.reading() as session:
        own_id = company(session, address.rpartition("/")[2]).id
        assert own_id != shared.ids["gnosjo"]
        for model in (LogEntry, FollowUp):
            assert set(session.scalars(select(model.company_id))) == {own_id}
        assert session.scalar(select(func.count()).select_from(CompanyTag)) == 1
        people = session.execute(select(Contact.name, Contact.public_id).join(Post).where(Post.company_id == own_id))
        found = dict(people.all())
        assert found["Egen Person"] == ids["own"]
        assert found["Maj Holm"] != shared.contacts["maj"]
    history = client.get(f"{address}/history").get_data(as_text=True)
    assert "Vår" in history


def test_a_bulk_edit_can_still_be_undone_after_the_parting(shared: World):
    public_id = shared.companies["gnosjo"]
    prepared(shared)
    with as_tenant(shared, shared.ours) as session:
        images = {"ids": [shared.ids["gnosjo"]], "deed": "status"}
        undo = Undo(deed=BULK, by_id=shared.users["karin"].id, made_at=clock.now(), images=images)
        session.add(undo)
        session.flush()
        session.add(UndoPart(undo_id=undo.id, before={str(shared.ids["gnosjo"]): "prospect"}))
    unshare(shared)
    change(shared.client(), f"/infosoc/companies/{public_id}/edit/name", value="Vårt Gnosjö")
    with shared.reading() as session:
        own_id = session.scalars(select(Company.id).where(Company.name == "Vårt Gnosjö")).one()
        assert session.scalars(select(Undo.images)).one()["ids"] == [own_id]
        assert session.scalars(select(UndoPart.before)).one() == {str(own_id): "prospect"}


def test_neither_sees_what_the_other_writes_after_the_parting(shared: World):
    public_id = shared.companies["gnosjo"]
    prepared(shared)
    unshare(shared)
    sven = shared.client("sven")
    answer = change(sven, f"/rattsdata/companies/{public_id}/edit/phones", **{"rows-0-value": "0370-331000"})
    theirs = answer.headers["HX-Redirect"]
    assert "0370" in sven.get(theirs).get_data(as_text=True)
    ours = shared.client().get(f"/infosoc/companies/{public_id}")
    assert ours.status_code == 200
    assert "0370" not in ours.get_data(as_text=True)
    with shared.reading() as session:
        assert session.scalar(select(func.count()).where(ContactPoint.company_id == shared.ids["gnosjo"])) == 0


def test_an_edit_of_what_is_our_own_parts_nothing(shared: World):
    public_id = shared.companies["gnosjo"]
    prepared(shared)
    unshare(shared)
    answer = change(shared.client(), f"/infosoc/companies/{public_id}/edit/status", value="customer")
    assert answer.status_code == 200
    assert "HX-Redirect" not in answer.headers


def test_a_joint_person_is_parted_from_alike(shared: World):
    maj = shared.contacts["maj"]
    prepared(shared)
    shared.log("gnosjo", text="talade med Maj")
    unshare(shared)
    client = shared.client()
    answer = change(client, f"/infosoc/contacts/{maj}/edit/name", value="Maj Berg")
    address = answer.headers["HX-Redirect"]
    assert "Maj Berg" in client.get(address).get_data(as_text=True)
    assert client.get(f"/infosoc/contacts/{maj}").status_code == 404
    with shared.reading(shared.theirs) as session:
        assert list(session.scalars(select(Contact.name).join(ContactRelation))) == ["Maj Holm"]


def test_a_person_that_the_other_added_is_shown_and_taken_in(shared: World):
    url = take_in(shared)
    client = shared.client()
    take = f"{url}/people/{shared.contacts['maj']}/take-in"
    answer = client.post(take, data=token(client, url), headers=HTMX)
    assert answer.status_code == 200
    assert 'id="people"' in answer.get_data(as_text=True)
    with shared.reading() as session:
        assert relation(session, shared.companies["gnosjo"]).contacts == 1


def test_we_cannot_change_what_we_do_not_hold(shared: World):
    client = shared.client()
    url = f"/infosoc/companies/{shared.companies['gnosjo']}"
    assert client.get(f"{url}/edit/name", headers=HTMX).status_code == 404
    assert client.post(f"{url}/edit/name", data=token(client, url), headers=HTMX).status_code == 404
    person = f"/infosoc/contacts/{shared.contacts['maj']}"
    assert client.get(person).status_code == 200
    assert client.get(f"{person}/edit/name", headers=HTMX).status_code == 404
