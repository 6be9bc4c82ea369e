"""The register's settings: lines of business, tags and fields of one's own."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from infosoc.crm.models.companies import CompanyRelation, CompanyTag, CustomField, LineOfBusiness, Tag
from infosoc.crm.rules import Status
from infosoc.kernel import clock
from tests.crm.companies.pages import change, relation, token, told
from tests.crm.world import World

PAGE = "/infosoc/settings/register"


def post(client, path: str, **values: str):
    return client.post(PAGE + path, data={**token(client, PAGE), **values})


def line_names(world: World) -> list[str]:
    with world.reading() as session:
        return list(session.scalars(select(LineOfBusiness.name).order_by(LineOfBusiness.position)))


def test_lines_are_added_renamed_ordered_and_retired(world: World):
    client = world.client("anna")
    assert post(client, "/lines", name="Skola", sni_code="85.201").status_code == 303
    assert post(client, "/lines", name="Vård").status_code == 303
    assert post(client, "/lines", name="skola").status_code == 422
    assert post(client, "/lines", name="Fel", sni_code="x").status_code == 422
    with world.reading() as session:
        first, second = session.scalars(select(LineOfBusiness.public_id).order_by(LineOfBusiness.position))
    assert post(client, f"/lines/{second}/up").status_code == 303
    assert line_names(world) == ["Vård", "Skola"]
    assert post(client, f"/lines/{first}", name="Skolor", sni_code="").status_code == 303
    assert line_names(world) == ["Vård", "Skolor"]
    edit = f"/infosoc/companies/{world.companies['akeri']}/edit/line"
    assert change(client, edit, value=first).status_code == 200
    assert post(client, f"/lines/{first}/retire").status_code == 303
    assert first in client.get(edit).get_data(as_text=True)
    other = f"/infosoc/companies/{world.companies['lonn']}/edit/line"
    assert first not in client.get(other).get_data(as_text=True)
    assert change(client, other, value=first).status_code == 422


def tagged(world: World, client, company: str, names: str) -> None:
    answer = change(client, f"/infosoc/companies/{world.companies[company]}/edit/tags", new=names)
    assert answer.status_code == 200


def test_tags_are_renamed_merged_and_removed(world: World):
    client = world.client("anna")
    tagged(world, client, "akeri", "Ramavtal, Gammal")
    tagged(world, client, "lonn", "gammal")
    with world.reading() as session:
        ids = dict(session.execute(select(Tag.name, Tag.public_id)).all())
    assert ids.keys() == {"Ramavtal", "Gammal"}
    assert post(client, f"/tags/{ids['Gammal']}", name="ramavtal").status_code == 422
    assert post(client, f"/tags/{ids['Gammal']}", name="Äldre").status_code == 303
    assert post(client, f"/tags/{ids['Gammal']}/merge", into=ids["Ramavtal"]).status_code == 303
    with world.reading() as session:
        assert list(session.scalars(select(Tag.name))) == ["Ramavtal"]
        assert len(list(session.scalars(select(CompanyTag.id)))) == 2
    assert post(client, f"/tags/{ids['Ramavtal']}/remove").status_code == 303
    with world.reading() as session:
        assert list(session.scalars(select(CompanyTag.id))) == []


def test_fields_are_added_changed_and_retired(world: World):
    client = world.client("anna")
    assert post(client, "/fields", label="Antal licenser", kind="number").status_code == 303
    assert post(client, "/fields", label="System", kind="choice", choices="Viva").status_code == 422
    assert post(client, "/fields", label="System", kind="choice", choices="Viva\nCombine").status_code == 303
    with world.reading() as session:
        fields = {field.key: field for field in session.scalars(select(CustomField))}
        public_id = fields["system"].public_id
    assert fields.keys() == {"antal-licenser", "system"}
    page = f"/infosoc/companies/{world.companies['akeri']}"
    assert change(client, f"{page}/edit/custom-system", value="Viva").status_code == 200
    answer = post(client, f"/fields/{public_id}", label="Journalsystem", kind="choice", choices="Combine\nTreserva")
    assert answer.status_code == 303
    html = client.get(page).get_data(as_text=True)
    assert "Journalsystem" in html
    assert "Viva" in client.get(f"{page}/edit/custom-system").get_data(as_text=True)
    assert post(client, f"/fields/{public_id}/retire").status_code == 303
    assert "Journalsystem" not in client.get(page).get_data(as_text=True)
    with world.reading() as session:
        assert relation(session, world.companies["akeri"]).custom == {"system": "Viva"}


def test_only_those_with_the_right_change_the_settings(world: World):
    karin = world.client()
    assert karin.get(PAGE).status_code == 403
    assert karin.post(f"{PAGE}/lines", data={**token(karin, "/infosoc/companies"), "name": "X"}).status_code == 403


def test_another_tenants_settings_are_not_there(world: World):
    with world.writing(world.theirs) as session:
        session.add(LineOfBusiness(name="Deras verksamhet"))
        session.add(Tag(name="Deras etikett"))
        session.flush()
        line, tag = (
            session.scalars(select(LineOfBusiness.public_id)).one(),
            session.scalars(select(Tag.public_id)).one(),
        )
    client = world.client("anna")
    html = client.get(PAGE).get_data(as_text=True)
    assert "Deras" not in html
    assert post(client, f"/lines/{line}", name="X").status_code == 404
    assert post(client, f"/tags/{tag}/remove").status_code == 404
    edit = f"/infosoc/companies/{world.companies['akeri']}/edit/line"
    assert change(client, edit, value=line).status_code == 422


def test_how_long_a_customer_may_be_quiet_is_chosen_checked_and_logged(world: World):
    client = world.client("anna")
    assert 'value="90"' in client.get(PAGE).text
    for wrong in ("", "x", "6", "731", "-30"):
        answer = post(client, "/my-day", days=wrong)
        assert answer.status_code == 422, wrong
    assert post(client, "/my-day", days="30").status_code == 303
    assert post(client, "/my-day", days="30").status_code == 303
    assert 'value="30"' in client.get(PAGE).text
    changed = [one[2] for one in told(world, "tenant", world.ours) if one[0] == "tenant changed"]
    assert changed == [{"quiet_days": ("90", "30")}]
    assert post(world.client("karin"), "/my-day", days="30").status_code == 403


def test_the_choice_decides_whom_my_day_suggests(world: World):
    with world.writing() as session:
        row = session.scalar(select(CompanyRelation).where(CompanyRelation.company_id == world.ids["akeri"]))
        row.status, row.last_contact_at = Status.CUSTOMER, clock.now() - timedelta(days=40)
        session.flush()
    karin, anna = world.client("karin"), world.client("anna")
    assert "Åkeri AB" not in karin.get("/infosoc/").text
    post(anna, "/my-day", days="30")
    assert "Åkeri AB" in karin.get("/infosoc/").text
