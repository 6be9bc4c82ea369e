"""Contact persons: written down, changed, blocked from calls, protected, working at several companies."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from infosoc.accounts.roles import Role
from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.db.session import transaction
from infosoc.tenancy.models import Tenant
from tests.builders import make_member, make_user, sign_in
from tests.crm.companies.pages import change, editor, hidden, relation, token, told
from tests.crm.world import HTMX, World, counted


def url(world: World, name: str = "bo") -> str:
    return f"/infosoc/contacts/{world.contacts[name]}"


def company(world: World, name: str = "akeri") -> str:
    return f"/infosoc/companies/{world.companies[name]}"


def new_form(client, page: str) -> dict[str, str]:
    """The form of a new person with what it suggests for source, date and legal ground."""
    html = client.get(page, headers=HTMX if "/people" in page else {}).get_data(as_text=True)
    return {**hidden(html), "source": "Mässan", "source_on": "2026-03-02", "legal_ground": "legitimate_interest"}


def test_a_person_is_added_on_the_companys_page(world: World):
    client = world.client()
    page = f"{company(world)}/people/new"
    data = {
        **new_form(client, page),
        "name": "Åsa Lönn",
        "title": "VD",
        "phone": "0370-331000",
        "mobile": "070-174 06 11",
    }
    answer = client.post(f"{company(world)}/people", data=data, headers=HTMX)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'id="people"' in html
    assert "Åsa Lönn" in html
    with world.reading() as session:
        made = session.scalars(select(Contact).where(Contact.name == "Åsa Lönn")).one()
        ours = session.scalars(select(ContactRelation).where(ContactRelation.contact_id == made.id)).one()
        assert (ours.source, ours.source_on.isoformat(), ours.company_sort) == ("Mässan", "2026-03-02", "{keri ab")
        points = session.scalars(select(ContactPoint.kind).where(ContactPoint.contact_id == made.id))
        assert sorted(points) == ["mobile", "phone"]
        assert relation(session, world.companies["akeri"]).contacts == 2


def test_without_htmx_adding_leads_back_to_the_company(world: World):
    client = world.client()
    data = {**new_form(client, f"{company(world)}/people/new"), "name": "Åsa Lönn"}
    answer = client.post(f"{company(world)}/people", data=data)
    assert (answer.status_code, answer.location) == (303, f"{company(world)}#people")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "A", "source": ""},
        {"name": "A", "email": "x"},
        {"name": "Bo 811218-9876"},
        {"name": "A", "phone": "1"},
    ],
)
def test_a_person_with_something_wrong_is_not_written_down(world: World, wrong: dict):
    client = world.client()
    data = {**new_form(client, f"{company(world)}/people/new"), **wrong}
    answer = client.post(f"{company(world)}/people", data=data, headers=HTMX)
    assert answer.status_code == 422
    assert "field-error" in answer.get_data(as_text=True)
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 1


def test_a_person_is_written_down_from_anywhere_with_the_company_picked_or_typed(world: World):
    client = world.client()
    for number, picked in enumerate((world.companies["lonn"], "")):
        data = {**new_form(client, "/infosoc/contacts/new"), "name": f"Person {number}", "company": "Lönns Bygg",
                "company_id": picked}  # fmt: skip
        assert client.post("/infosoc/contacts/new", data=data).status_code == 303
    data = {**new_form(client, "/infosoc/contacts/new"), "name": "Ingen", "company": "Finns inte", "company_id": ""}
    assert client.post("/infosoc/contacts/new", data=data).status_code == 422
    with world.reading() as session:
        assert relation(session, world.companies["lonn"]).contacts == 2


def test_another_tenants_company_cannot_be_picked(world: World):
    client = world.client()
    data = {**new_form(client, "/infosoc/contacts/new"), "name": "Ingen", "company": "Gnosjö kommun",
            "company_id": world.companies["gnosjo"]}  # fmt: skip
    answer = client.post("/infosoc/contacts/new", data=data)
    assert answer.status_code == 422
    with world.reading(world.theirs) as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 1


@pytest.mark.parametrize(
    ("key", "values", "shown"),
    [
        ("name", {"value": "Bo Berg"}, "Bo Berg"),
        ("language", {"value": "en"}, ""),
        ("marketing", {"value": "opted_out"}, ""),
        ("notes", {"value": "Ring efter lunch"}, "Ring efter lunch"),
        ("emails", {"rows-0-value": "bo@akeri.example", "main": "0"}, "bo@akeri.example"),
        ("origin", {"source": "Mässan", "on": "2026-03-02", "ground": "consent"}, "Mässan"),
    ],
)
def test_a_fact_is_saved_where_it_stands(world: World, key: str, values: dict, shown: str):
    client = world.client()
    answer = change(client, f"{url(world)}/edit/{key}", **values)
    assert answer.status_code == 200
    assert shown in answer.get_data(as_text=True)
    assert shown in client.get(url(world)).get_data(as_text=True)
    assert told(world, "contact", bo(world))[-1][2].keys() == {key}


def bo(world: World) -> int:
    with world.reading() as session:
        return session.scalars(select(Contact.id).where(Contact.public_id == world.contacts["bo"])).one()


def test_p10_a_source_cannot_be_taken_away(world: World):
    assert change(world.client(), f"{url(world)}/edit/origin", source="", on="", ground="").status_code == 422


def test_a_conflict_shows_both(world: World):
    karin = world.client()
    opened = editor(karin, f"{url(world)}/edit/name")
    change(world.client("per"), f"{url(world)}/edit/name", value="Bo Alm")
    answer = karin.post(f"{url(world)}/edit/name", data={**opened, "value": "Bo Berg"}, headers=HTMX)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Bo Alm" in html
    assert 'value="Bo Berg"' in html


def test_p14_who_must_not_be_called_has_a_number_that_is_no_link(world: World):
    client = world.client()
    change(client, f"{url(world)}/edit/phones", **{"rows-0-value": "070-999 00 11", "main": "0"})
    assert 'href="tel:' in client.get(url(world)).get_data(as_text=True)
    change(client, f"{url(world)}/edit/call_block", value="y")
    html = client.get(url(world)).get_data(as_text=True)
    assert 'href="tel:' not in html
    assert "<s " in html
    aside = client.get(company(world)).get_data(as_text=True).partition('id="people"')[2].partition("</section>")[0]
    assert 'href="tel:' not in aside


def officer(world: World):
    with world.app.app_context(), transaction() as session:
        tenant = session.get_one(Tenant, world.ours)
        user = make_member(session, tenant, make_user(session, "Pia Ombud"), Role.PRIVACY_OFFICER)
        session.expunge(user)
    client = world.app.test_client()
    sign_in(client, user)
    return client


def test_a_protected_person_is_not_there_but_for_the_privacy_officer(world: World):
    client = world.client()
    change(client, f"{url(world)}/edit/phones", **{"rows-0-value": "070-999 00 11", "main": "0"})
    asked = client.get(f"{url(world)}/protect").get_data(as_text=True)
    assert "Bo Lönn" in asked
    answer = client.post(f"{url(world)}/protect", data=token(client, url(world)))
    assert (answer.status_code, answer.location) == (303, "/infosoc/contacts")
    pages = (company(world), "/infosoc/contacts", "/infosoc/companies", f"{company(world)}/history", "/infosoc/trash")
    for page in pages:
        html = client.get(page).get_data(as_text=True)
        assert "Bo Lönn" not in html, page
        assert "999 00 11" not in html, page
    for path in ("", "/edit", "/history", "/edit/name", "/facts/name"):
        assert client.get(url(world) + path, headers=HTMX).status_code == 404, path
    with world.reading() as session:
        assert relation(session, world.companies["akeri"]).contacts == 0
    pia = officer(world)
    assert "Bo Lönn" in pia.get(url(world)).get_data(as_text=True)
    assert "Bo Lönn" in pia.get(company(world)).get_data(as_text=True)
    answer = pia.post(f"{url(world)}/edit/protected", data=editor(pia, f"{url(world)}/edit/protected"), headers=HTMX)
    assert answer.status_code == 200
    assert "Bo Lönn" in client.get(url(world)).get_data(as_text=True)


def test_a_person_works_at_several_companies_one_of_them_the_main(world: World):
    client = world.client()
    form = hidden(client.get(f"{url(world)}/posts/new", headers=HTMX).get_data(as_text=True))
    added = {**form, "company": "Lönns Bygg", "company_id": world.companies["lonn"], "title": "Styrelseledamot"}
    answer = client.post(f"{url(world)}/posts", data=added, headers=HTMX)
    assert answer.status_code == 200
    assert "Styrelseledamot" in answer.get_data(as_text=True)
    again = {**added, "submission": "another"}
    assert client.post(f"{url(world)}/posts", data=again, headers=HTMX).status_code == 422
    edit = f"{url(world)}/posts/{world.companies['lonn']}"
    form = hidden(client.get(edit, headers=HTMX).get_data(as_text=True))
    assert client.post(edit, data={**form, "title": "Ordförande", "main": "y"}, headers=HTMX).status_code == 200
    with world.reading() as session:
        assert session.scalars(select(ContactRelation.company_sort)).one() == "l}nns bygg"
        assert relation(session, world.companies["lonn"]).contacts == 1
        assert session.scalar(select(func.count()).select_from(Post).where(Post.is_main.is_(True))) == 1
    gone = client.post(f"{edit}/remove", data=token(client, url(world)))
    assert gone.status_code == 303
    with world.reading() as session:
        assert session.scalars(select(ContactRelation.company_sort)).one() == "{keri ab"
    last = client.post(f"{url(world)}/posts/{world.companies['akeri']}/remove", data=token(client, url(world)))
    assert last.status_code == 409


def test_the_history_tells_of_the_person_on_both_pages(world: World):
    client = world.client()
    change(client, f"{url(world)}/edit/name", value="Bo Berg")
    for page in (url(world), company(world)):
        html = client.get(f"{page}/history").get_data(as_text=True)
        assert "Bo Berg" in html
        assert "Karin Ek" in html


def test_another_tenants_person_is_not_there(world: World):
    client = world.client()
    body = token(client, url(world))
    for path in ("", "/edit", "/edit/name", "/facts/name", "/history", "/posts/new", "/protect"):
        assert client.get(url(world, "maj") + path, headers=HTMX).status_code == 404, path
    for path in ("/edit", "/edit/name", "/trash", "/restore", "/protect"):
        assert client.post(url(world, "maj") + path, data=body).status_code in {404, 422}, path


def test_a_reader_sees_the_person_but_edits_nothing(world: World):
    client = world.client("rut")
    html = client.get(url(world)).get_data(as_text=True)
    assert "Bo Lönn" in html
    assert "fact-edit" not in html
    assert client.get("/infosoc/contacts/new").status_code == 403
    assert client.get(f"{url(world)}/edit/name").status_code == 403


@pytest.mark.sqlite_only
def test_a_page_takes_at_most_eight_statements(world: World):
    client = world.client()
    client.get(url(world))
    for path in ("", "/edit", "/history", "/posts/new"):
        with counted(world.app) as seen:
            assert client.get(url(world) + path).status_code == 200
        assert len(seen) <= 8, (path, seen)
