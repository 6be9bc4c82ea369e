"""Into the trash, back again, and gone after thirty days."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from infosoc.audit.models import AuditValue
from infosoc.crm.activity_rules import NewEntry
from infosoc.crm.commands import log as log_commands
from infosoc.crm.commands import trash
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries import log as log_queries
from infosoc.crm.rules import EntryKind
from infosoc.db.session import db
from infosoc.db.tenancy import every_tenant
from infosoc.kernel import clock
from infosoc.tenancy.rules import Flag
from tests.crm.companies.pages import change, relation, token, told
from tests.crm.companies.test_joint import take_in
from tests.crm.world import HTMX, World


def url(world: World, name: str = "akeri") -> str:
    return f"/infosoc/companies/{world.companies[name]}"


def put_away(world: World, client) -> None:
    answer = client.post(f"{url(world)}/trash", data=token(client, url(world)))
    assert (answer.status_code, answer.location) == (303, "/infosoc/companies")


def test_a_company_in_the_trash_is_listed_there_with_its_people_and_comes_back(world: World):
    client = world.client()
    put_away(world, client)
    html = client.get("/infosoc/trash").get_data(as_text=True)
    assert "Åkeri AB" in html
    assert "Karin Ek" in html
    assert "Bo Lönn" not in html
    with world.reading() as session:
        assert session.scalars(select(ContactRelation.trashed_at)).one() is not None
    page = client.get(url(world)).get_data(as_text=True)
    assert f"{url(world)}/restore" in page
    assert client.post(f"{url(world)}/restore", data=token(client, url(world))).status_code == 303
    with world.reading() as session:
        assert relation(session, world.companies["akeri"]).trashed_at is None
        assert relation(session, world.companies["akeri"]).contacts == 1
        assert session.scalars(select(ContactRelation.trashed_at)).one() is None
        counts = dict(session.execute(select(RegisterCount.kind, func.sum(RegisterCount.rows)).group_by("kind")).all())
        assert counts == {"company": 2, "contact": 1}
    deeds = [deed for deed, _, _ in told(world, "company", world.ids["akeri"])]
    assert deeds == ["company trashed", "company restored"]


def test_the_toast_offers_to_undo(world: World):
    client = world.client()
    put_away(world, client)
    assert f'action="{url(world)}/restore"' in client.get("/infosoc/companies").get_data(as_text=True)


def test_nothing_is_edited_in_the_trash(world: World):
    client = world.client()
    put_away(world, client)
    assert client.get(f"{url(world)}/edit/name", headers=HTMX).status_code == 404
    assert "fact-edit" not in client.get(url(world)).get_data(as_text=True)


def test_a_contact_in_the_trash_comes_back(world: World):
    client = world.client()
    person = f"/infosoc/contacts/{world.contacts['bo']}"
    assert client.post(f"{person}/trash", data=token(client, person)).status_code == 303
    assert "Bo Lönn" in client.get("/infosoc/trash").get_data(as_text=True)
    with world.reading() as session:
        assert relation(session, world.companies["akeri"]).contacts == 0
    assert client.post(f"{person}/restore", data=token(client, person)).status_code == 303
    with world.reading() as session:
        assert relation(session, world.companies["akeri"]).contacts == 1


def test_a_reader_sees_the_trash_but_restores_nothing(world: World):
    put_away(world, world.client())
    client = world.client("rut")
    for page in ("/infosoc/trash", url(world)):
        assert "/restore" not in client.get(page).get_data(as_text=True)
    assert client.post(f"{url(world)}/restore", data=token(client, "/infosoc/trash")).status_code == 403
    assert client.post(f"{url(world)}/trash", data=token(client, "/infosoc/trash")).status_code == 403


def purge(world: World, days: int) -> dict[str, int]:
    with world.writing() as session:
        return trash.purge_trash(session, now=clock.now() + timedelta(days=days))


def test_after_thirty_days_everything_about_it_is_gone(world: World):
    client = world.client()
    change(client, f"{url(world)}/edit/town", value="Borttagen ort")
    world.log("akeri", text="samtalet")
    world.plan("akeri", due=1)
    put_away(world, client)
    assert purge(world, 29) == {"companies": 0, "contacts": 0}
    assert purge(world, 31) == {"companies": 1, "contacts": 1}
    with world.app.app_context(), every_tenant("test"):
        from infosoc.db.session import db

        session = db.session()
        assert session.scalar(select(func.count()).where(Company.id == world.ids["akeri"])) == 0
        assert session.scalar(select(func.count()).where(CompanyRelation.company_id == world.ids["akeri"])) == 0
        for model in (LogEntry, FollowUp):
            assert session.scalar(select(func.count()).select_from(model)) == 0
        assert session.scalar(select(func.count()).where(Contact.name == "Bo Lönn")) == 0
        assert session.scalar(select(func.count()).where(AuditValue.after == "Borttagen ort")) == 0
    assert client.get(url(world)).status_code == 404


def test_a_joint_company_stays_for_the_other_who_holds_it(world: World):
    for tenant in (world.ours, world.theirs):
        world.share(tenant, Flag.SHARE_REGISTER)
    take_in(world)
    with world.writing() as session:
        trash.trash_company(session, world.companies["gnosjo"], by=world.users["karin"].id, now=clock.now())
    assert purge(world, 31)["companies"] == 1
    with world.reading(world.theirs) as session:
        assert relation(session, world.companies["gnosjo"]).trashed_at is None
        assert list(session.scalars(select(Contact.name)))


def test_what_a_corrected_entry_said_before_goes_with_the_company(world: World):
    entry = world.log("akeri", text="det som sades först")
    with world.writing() as session:
        known = log_queries.entry(session, entry)
        new = NewEntry(EntryKind.CALL, known.happened_at, text="rättat")
        log_commands.correct(session, entry, new, version=None, by=world.users["karin"].id, now=clock.now())
    put_away(world, world.client())
    purge(world, 31)
    with world.app.app_context(), every_tenant("test"):
        assert db.session.scalar(select(func.count()).where(AuditValue.before == "det som sades först")) == 0


def test_a_follow_up_of_another_company_survives_the_entry_it_was_done_in(world: World):
    entry, plan = world.log("akeri"), world.plan("lonn")
    with world.writing() as session:
        done_in = session.scalar(select(LogEntry.id).where(LogEntry.public_id == entry))
        session.scalar(select(FollowUp).where(FollowUp.public_id == plan)).done_in_id = done_in
        session.flush()
    put_away(world, world.client())
    assert purge(world, 31)["companies"] == 1
    with world.reading() as session:
        assert session.scalar(select(FollowUp.done_in_id).where(FollowUp.public_id == plan)) is None
