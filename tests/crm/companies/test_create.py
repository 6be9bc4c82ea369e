"""Writing a company down: the short form, its checks, and the warning for one that is here already."""

from __future__ import annotations

from sqlalchemy import func, select

from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.tenancy.rules import Flag
from tests.crm.companies.pages import company, hidden, relation, token, told
from tests.crm.world import HTMX, World

NEW = "/infosoc/companies/new"


def form(client) -> dict[str, str]:
    return hidden(client.get(NEW).get_data(as_text=True))


def filled(client, **values: str) -> dict[str, str]:
    return {**form(client), "status": "prospect", "line": "", "owner": "", **values}


def test_a_company_with_its_first_person_is_written_down(world: World):
    client = world.client()
    answer = client.post(NEW, data=filled(
        client, name="  Gnosjö   Plast AB ", org_number="556677-8899", municipality="gnosjo", phone="0370-33 10 00",
        email="Info@Gnosjoplast.example", source="Mässan", contact_name="Åsa Lönn", contact_title="VD",
        contact_phone="070-174 06 10", owner=world.users["per"].public_id,
    ))  # fmt: skip
    assert answer.status_code == 303
    public_id = answer.location.rpartition("/")[2]
    with world.reading() as session:
        made, ours = company(session, public_id), relation(session, public_id)
        assert (made.name, made.org_number, made.municipality) == ("Gnosjö Plast AB", "5566778899", "Gnosjö")
        assert made.legal_form == "limited_company"
        assert (ours.owner_id, ours.municipality, ours.contacts) == (world.users["per"].id, "Gnosjö", 1)
        assert (ours.source, ours.source_on is not None, ours.legal_ground) == ("Mässan", True, "legitimate_interest")
        points = session.scalars(select(ContactPoint.normalised).where(ContactPoint.company_id == made.id))
        assert sorted(points) == ["+46370331000", "info@gnosjoplast.example"]
        person = session.scalars(select(ContactRelation).join(Contact).where(Contact.name == "Åsa Lönn")).one()
        assert (person.source, person.company_sort) == ("Mässan", "gnosj} plast ab")
    assert client.get(answer.location).status_code == 200
    assert told(world, "company", made.id)[0][0] == "company created"


def test_sending_the_form_twice_makes_one_company(world: World):
    client = world.client()
    data = filled(client, name="Dubbel AB")
    first, second = client.post(NEW, data=data), client.post(NEW, data=data)
    assert first.location == second.location
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(Company).where(Company.name == "Dubbel AB")) == 1


def test_what_is_wrong_is_told_and_what_was_typed_stays(world: World):
    client = world.client()
    answer = client.post(NEW, data=filled(
        client, name="Fel AB", org_number="556677-8890", municipality="Atlantis", phone="12", contact_title="VD"
    ))  # fmt: skip
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Fel AB"' in html
    assert 'value="556677-8890"' in html
    assert html.count("field-error") >= 4


def test_a_personal_identity_number_in_free_text_is_refused(world: World):
    client = world.client()
    answer = client.post(NEW, data=filled(client, name="Kalle 19811218-9876 AB"))
    assert answer.status_code == 422
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(Company).where(Company.name.like("Kalle%"))) == 0


def test_p06_a_sole_traders_number_decides_the_form_and_is_masked(world: World):
    client = world.client()
    answer = client.post(NEW, data=filled(client, name="Lönns Redovisning", org_number="811218-9876"))
    page = client.get(answer.location).get_data(as_text=True)
    assert "811218" not in page
    assert "••••••-9876" in page
    public_id = answer.location.rpartition("/")[2]
    with world.reading() as session:
        made = company(session, public_id)
        assert made.legal_form == "sole_trader"
    assert "811218" not in str(told(world, "company", made.id))
    assert client.post(f"{answer.location}/org-number", data=token(client, answer.location)).status_code == 403


def test_the_full_number_is_shown_to_who_may_see_it_and_the_reading_is_told(world: World):
    client = world.client("anna")
    answer = client.post(NEW, data=filled(client, name="Lönns Redovisning", org_number="811218-9876"))
    assert "811218" not in client.get(answer.location).get_data(as_text=True)
    shown = client.post(f"{answer.location}/org-number", data=token(client, answer.location))
    assert "811218-9876" in shown.get_data(as_text=True)
    with world.reading() as session:
        made = company(session, answer.location.rpartition("/")[2])
    assert told(world, "company", made.id)[-1][0] == "org number read"


def test_a_reader_may_not_write_a_company_down(world: World):
    client = world.client("rut")
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, data=token(client, "/infosoc/companies")).status_code == 403


def similar(client, **typed: str) -> str:
    data = {**token(client, NEW), **typed}
    answer = client.post("/infosoc/companies/similar", data=data, headers=HTMX)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_company_that_is_here_already_is_pointed_out_while_typing(world: World):
    client = world.client()
    here = f"/infosoc/companies/{world.companies['akeri']}"
    assert here in similar(client, name="åkeri")
    assert here in similar(client, name="ÅKERI aktiebolag")
    assert here in similar(client, phone="070 174 06 10")
    assert here not in similar(client, name="Åk")
    assert here not in similar(client, name="Annat", phone="070", org_number="55")


def test_what_another_tenant_knows_is_not_hinted_at_without_sharing(world: World):
    client = world.client()
    nothing = similar(client, name="Finns inte alls")
    assert similar(client, name="Gnosjö kommun") == nothing
    world.share(world.theirs, Flag.SHARE_REGISTER)
    shown = similar(client, name="Gnosjö kommun")
    assert f"/infosoc/companies/{world.companies['gnosjo']}/take-in" in shown


def test_what_lies_in_anothers_trash_is_not_hinted_at(world: World):
    world.share(world.theirs, Flag.SHARE_REGISTER)
    with world.writing(world.theirs) as session:
        from infosoc.crm.commands.trash import trash_company
        from infosoc.kernel import clock

        trash_company(session, world.companies["gnosjo"], by=world.users["sven"].id, now=clock.now())
    client = world.client()
    assert similar(client, name="Gnosjö kommun") == similar(client, name="Finns inte alls")
    assert client.get(f"/infosoc/companies/{world.companies['gnosjo']}").status_code == 404


def test_a_company_like_one_that_is_here_is_asked_about_before_it_is_made(world: World):
    """Also without JavaScript, which never saw the warning while typing."""
    client = world.client()
    client.post(NEW, data=filled(client, name="Tvilling AB", org_number="556677-8899"))
    asked = client.post(NEW, data=filled(client, name="Tvillingen AB", org_number="556677-8899"))
    assert asked.status_code == 422
    page = asked.get_data(as_text=True)
    assert "Tvilling AB" in page
    assert 'value="Tvillingen AB"' in page
    again = client.post(NEW, data={**hidden(page), **filled(client, name="Tvillingen AB", org_number="556677-8899")})
    assert again.status_code == 303
    with world.reading() as session:
        assert session.scalar(select(func.count()).where(Company.org_number == "5566778899")) == 2


def test_a_name_of_which_nothing_is_seen_is_refused_and_no_name_turns_its_direction(world: World):
    client = world.client()
    for name in ("\u200b", "\u202e\u200b", "\u2800"):
        answer = client.post(NEW, data=filled(client, name=name, source="Mässan"))
        assert answer.status_code == 422, ascii(name)
    answer = client.post(NEW, data=filled(client, name="Lönn\u202e BA\u202c", source="Mässan"))
    with world.reading() as session:
        assert company(session, answer.location.rpartition("/")[2]).name == "Lönn BA"
