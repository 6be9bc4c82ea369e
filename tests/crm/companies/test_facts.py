"""Facts edited where they stand: saved, restored, wrong, in conflict; with htmx and without."""

from __future__ import annotations

import pytest

from infosoc.crm.commands import fields
from infosoc.crm.rules import FieldKind
from tests.crm.companies.pages import change, company, editor, hidden, relation, token, told
from tests.crm.world import HTMX, World, counted


def at(world: World, key: str, name: str = "akeri") -> str:
    return f"/infosoc/companies/{world.companies[name]}/edit/{key}"


def page(world: World, name: str = "akeri") -> str:
    return f"/infosoc/companies/{world.companies[name]}"


@pytest.mark.parametrize(
    ("key", "values", "shown"),
    [
        ("name", {"value": "Nya Åkeriet AB"}, "Nya Åkeriet AB"),
        ("org_number", {"value": "5566778899"}, "556677-8899"),
        ("legal_form", {"value": "foundation"}, ""),
        ("size", {"value": "10-49"}, "10–49"),
        ("municipality", {"value": "habo kommun"}, "Habo"),
        ("town", {"value": "Taberg"}, "Taberg"),
        ("status", {"value": "customer"}, 'data-status="customer"'),
        ("notes", {"value": "rad ett\nrad två"}, "rad ett<br>rad två"),
        ("visiting", {"street": "Storgatan 1", "postcode": "335 31", "town": "Gnosjö"}, "335 31 Gnosjö"),
        ("phones", {"rows-0-value": "0370-331000", "rows-0-label": "växel", "main": "0"}, "0370-33 10 00"),
        ("emails", {"rows-0-value": "A@B.example", "main": "0"}, "mailto:a@b.example"),
        ("web", {"rows-0-value": "www.akeri.example"}, "https://www.akeri.example"),
        ("tags", {"new": "Ramavtal, nyckelkund"}, "Ramavtal"),
        ("origin", {"source": "SCB", "on": "2026-03-02", "ground": "contract"}, "SCB"),
    ],
)
def test_a_fact_is_saved_where_it_stands(world: World, key: str, values: dict, shown: str):
    client = world.client()
    answer = change(client, at(world, key), **values)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'id="fact-{key}"' in html
    assert shown in html
    assert shown in client.get(page(world)).get_data(as_text=True)


def test_without_htmx_a_fact_is_a_page_and_saving_leads_back(world: World):
    client = world.client()
    assert "<html" in client.get(at(world, "town")).get_data(as_text=True)
    answer = change(client, at(world, "town"), htmx=False, value="Taberg")
    assert (answer.status_code, answer.location) == (303, page(world) + "#fact-town")


def test_esc_gets_the_fact_as_it_is(world: World):
    answer = world.client().get(f"{page(world)}/facts/name", headers=HTMX)
    assert "Åkeri AB" in answer.get_data(as_text=True)
    assert "<html" not in answer.get_data(as_text=True)
    assert world.client().get(f"{page(world)}/facts/name").status_code == 303


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("name", {"value": ""}),
        ("name", {"value": "Kalle 19811218-9876"}),
        ("notes", {"value": "pnr 811218-9876"}),
        ("org_number", {"value": "556677-8890"}),
        ("municipality", {"value": "Atlantis"}),
        ("phones", {"rows-0-value": "12"}),
        ("emails", {"rows-0-value": "ingen adress"}),
        ("web", {"rows-0-value": "javascript:alert(1)"}),
        ("status", {"value": "hittepå"}),
        ("origin", {"on": "en dag", "ground": ""}),
    ],
)
def test_wrong_input_answers_422_with_what_was_typed(world: World, key: str, values: dict):
    answer = change(world.client(), at(world, key), **values)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "data-editing" in html
    assert "field-error" in html
    typed = next(iter(values.values()))
    assert typed in html or key == "status"


def test_a_conflict_shows_both_and_lets_one_choose(world: World):
    karin, per = world.client("karin"), world.client("per")
    opened = editor(karin, at(world, "town"))
    change(per, at(world, "town"), value="Pers ort")
    answer = karin.post(at(world, "town"), data={**opened, "value": "Karins ort"}, headers=HTMX)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Pers ort" in html
    assert 'value="Karins ort"' in html
    assert "Per Alm" in html
    again = karin.post(at(world, "town"), data={**hidden(html), "value": "Karins ort"}, headers=HTMX)
    assert again.status_code == 200
    with world.reading() as session:
        assert company(session, world.companies["akeri"]).town == "Karins ort"


def test_two_who_edit_different_facts_do_not_disturb_each_other(world: World):
    karin, per = world.client("karin"), world.client("per")
    opened = editor(karin, at(world, "town"))
    change(per, at(world, "size"), value="10-49")
    assert karin.post(at(world, "town"), data={**opened, "value": "Taberg"}, headers=HTMX).status_code == 200


def test_the_page_with_every_fact_saves_what_is_new_and_tells_of_conflicts(world: World):
    karin, per = world.client("karin"), world.client("per")
    url = f"{page(world)}/edit"
    opened = hidden(karin.get(url).get_data(as_text=True))
    typed = {"name-value": "Åkeri AB", "town-value": "Taberg", "status-value": "customer", "owner-value": "",
             "phones-rows-0-value": "070-174 06 10", "phones-main": "0", "legal_form-value": "", "size-value": "",
             "line-value": "", "origin-ground": ""}  # fmt: skip
    change(per, at(world, "town"), value="Pers ort")
    answer = karin.post(url, data={**opened, **typed})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Pers ort" in html
    assert 'value="Taberg"' in html
    assert karin.post(url, data={**hidden(html), **typed}).status_code == 303
    with world.reading() as session:
        ours = relation(session, world.companies["akeri"])
        assert (company(session, world.companies["akeri"]).town, ours.status) == ("Taberg", "customer")


def test_who_when_from_and_to_are_in_the_history(world: World):
    client = world.client()
    change(client, at(world, "town"), value="Taberg")
    change(client, at(world, "status"), value="customer")
    html = client.get(f"{page(world)}/history").get_data(as_text=True)
    assert "Taberg" in html
    assert "Karin Ek" in html
    assert told(world, "company", world.ids["akeri"]) == [
        ("company changed", "", {"town": (None, "Taberg")}),
        ("company changed", "", {"status": ("prospect", "customer")}),
    ]
    assert "<html" not in client.get(f"{page(world)}/history", headers=HTMX).get_data(as_text=True)


def test_the_same_value_again_changes_nothing(world: World):
    change(world.client(), at(world, "name"), value="Åkeri AB")
    assert told(world, "company", world.ids["akeri"]) == []


def test_lists_sort_by_the_new_name(world: World):
    change(world.client(), at(world, "name"), value="Östra Åkeriet")
    with world.reading() as session:
        assert relation(session, world.companies["akeri"]).name_sort == "}stra {keriet"


def test_p06_a_sole_traders_form_cannot_be_changed_and_its_number_stays_hidden(world: World):
    client = world.client()
    change(client, at(world, "org_number"), value="811218-9876")
    assert change(client, at(world, "legal_form"), value="foundation").status_code == 422
    assert "811218" not in client.get(at(world, "org_number")).get_data(as_text=True)
    assert change(client, at(world, "org_number"), value="").status_code == 200
    with world.reading() as session:
        assert company(session, world.companies["akeri"]).org_number == "8112189876"


def test_a_sole_traders_number_is_shown_by_the_logged_deed_alone_whatever_the_role(world: World):
    change(world.client(), at(world, "org_number"), value="811218-9876")
    client = world.client("anna")
    for address in (at(world, "org_number"), page(world), f"{page(world)}/edit", f"{page(world)}/history"):
        assert "811218" not in client.get(address).get_data(as_text=True), address
    answer = client.post(f"{page(world)}/org-number", data=token(client, page(world)))
    assert "811218-9876" in answer.get_data(as_text=True)
    assert "läste" in client.get(f"{page(world)}/history").get_data(as_text=True)


def test_a_parent_company_is_found_by_typing_and_never_goes_in_a_circle(world: World):
    client = world.client()
    lonn = world.companies["lonn"]
    options = client.get("/infosoc/companies/find?text=lönns", headers=HTMX).get_data(as_text=True)
    assert f'data-value="{lonn}"' in options
    assert change(client, at(world, "parent"), text="Lönns Bygg", value=lonn).status_code == 200
    circle = change(client, at(world, "parent", "lonn"), text="Åkeri AB", value=world.companies["akeri"])
    assert circle.status_code == 422


def test_a_parent_is_known_by_its_name_alone_where_there_is_no_javascript(world: World):
    client = world.client()
    assert change(client, at(world, "parent"), htmx=False, text="Lönns Bygg", value="").status_code == 303
    with world.reading() as session:
        assert company(session, world.companies["akeri"]).parent_id == world.ids["lonn"]
    assert change(client, at(world, "parent"), text="Finns inte", value="").status_code == 422
    assert change(client, at(world, "parent"), text="", value="").status_code == 200
    with world.reading() as session:
        assert company(session, world.companies["akeri"]).parent_id is None


def test_own_fields_take_their_kind_of_value(world: World):
    with world.writing() as session:
        anna = world.users["anna"].id
        fields.add_field(session, "Licenser", FieldKind.NUMBER, [], by=anna)
        fields.add_field(session, "Avtal till", FieldKind.DATE, [], by=anna)
        fields.add_field(session, "System", FieldKind.CHOICE, ["Viva", "Combine"], by=anna)
    client = world.client()
    assert change(client, at(world, "custom-licenser"), value="1 234,50").status_code == 200
    assert change(client, at(world, "custom-licenser"), value="många").status_code == 422
    assert change(client, at(world, "custom-avtal-till"), value="3/12 2026").status_code == 200
    assert change(client, at(world, "custom-system"), value="Viva").status_code == 200
    assert change(client, at(world, "custom-system"), value="Annat").status_code == 422
    with world.reading() as session:
        ours = relation(session, world.companies["akeri"])
        assert ours.custom == {"licenser": "1234.50", "avtal-till": "2026-12-03", "system": "Viva"}
    assert "1 234,5" in client.get(page(world)).get_data(as_text=True).replace("\xa0", " ")


def test_a_reader_sees_the_facts_but_edits_none(world: World):
    client = world.client("rut")
    html = client.get(page(world)).get_data(as_text=True)
    assert "Åkeri AB" in html
    assert "fact-edit" not in html
    assert client.get(at(world, "name")).status_code == 403
    assert client.post(at(world, "name"), data=token(client, page(world))).status_code == 403
    assert client.get(page(world).replace("companies", "companies")).status_code == 200
    assert world.client("emil").get(page(world)).status_code == 403


def test_another_tenants_company_is_not_there(world: World):
    client = world.client()
    for path in ("", "/edit", "/edit/name", "/facts/name", "/history", "/people/new"):
        assert client.get(page(world, "gnosjo") + path, headers=HTMX).status_code == 404, path
    body = token(client, page(world))
    for path in ("/edit", "/edit/name", "/take-in", "/trash", "/restore", "/people"):
        assert client.post(page(world, "gnosjo") + path, data=body).status_code in {404, 422}, path


def test_an_unknown_fact_is_not_there(world: World):
    assert world.client().get(at(world, "shoe_size")).status_code == 404


@pytest.mark.sqlite_only
def test_a_page_takes_at_most_eight_statements(world: World):
    client = world.client()
    client.get(page(world))
    for path in ("", "?list=sort%3Dname", "/edit", "/history", "/edit/owner", "/people/new"):
        with counted(world.app) as seen:
            assert client.get(page(world) + path).status_code == 200
        assert len(seen) <= 8, (path, seen)
