"""Views of lists: kept, shared, changed, deleted and brought back."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from infosoc.accounts.roles import Role
from infosoc.crm.models.lists import ListColumns, SavedView
from tests.builders import csrf_token, make_company, sign_in
from tests.crm.lists.conftest import add_member, make_register, user_of

LIST = "/infosoc/companies"


@pytest.fixture
def someone(ours):
    """A colleague: reader, so without the right to share views."""
    return add_member(ours, Role.READER)


def post(client, address: str, **fields):
    return client.post(address, data={"csrf_token": csrf_token(client, LIST), **fields})


def views(register) -> list[SavedView]:
    with register.scope():
        return list(register.session.scalars(select(SavedView).order_by(SavedView.id)))


def saved(client, register, **fields) -> SavedView:
    answer = post(client, "/infosoc/views/companies", **{"name": "Mina kunder", "query": "status=customer", **fields})
    assert answer.status_code == 303
    return views(register)[-1]


def tabs(client) -> str:
    html = client.get(LIST).get_data(as_text=True)
    return html[html.index('class="tabs"') : html.index("</nav>", html.index('class="tabs"'))]


def test_a_list_is_saved_under_a_name_and_becomes_a_tab(ours, seller):
    view = saved(seller, ours, query="status=customer&sort=contacted&nonsense=1&page=4&q=")
    assert view.query == "status=customer&sort=contacted"
    assert "Mina kunder" in tabs(seller)
    href = re.search(r'href="([^"]*view=[^"]*)"', tabs(seller)).group(1).replace("&amp;", "&")
    html = seller.get(href).get_data(as_text=True)
    assert re.search(r'aria-current="page"[^>]*>Mina kunder', html)
    assert "Mina kunder" in seller.get(f"/infosoc/views/companies?view={view.public_id}").get_data(as_text=True)


def test_an_own_view_is_nobody_elses_and_a_shared_one_everybodys(ours, seller, someone):
    own, shared = saved(seller, ours), saved(seller, ours, name="Allas", is_shared="y")
    assert (own.is_shared, shared.is_shared) == (False, True)
    sign_in(seller, someone)
    assert "Allas" in tabs(seller)
    assert "Mina kunder" not in tabs(seller)
    assert post(seller, f"/infosoc/views/{own.public_id}/delete").status_code == 404
    assert post(seller, f"/infosoc/views/{shared.public_id}/delete").status_code == 409
    assert post(seller, f"/infosoc/views/{shared.public_id}/rename", name="x").status_code == 409


def test_who_may_not_share_saves_for_themselves(ours, client, someone):
    sign_in(client, someone)
    assert saved(client, ours, is_shared="y").is_shared is False


def test_a_view_is_updated_renamed_and_saved_as_new_without_touching_the_first(ours, seller):
    view = saved(seller, ours)
    assert post(seller, f"/infosoc/views/{view.public_id}/update", query="status=former").status_code == 303
    assert post(seller, f"/infosoc/views/{view.public_id}/rename", name="  Gamla  ").status_code == 303
    saved(seller, ours, name="Nya", query=f"status=prospect&view={view.public_id}")
    assert [(one.name, one.query) for one in views(ours)] == [("Gamla", "status=former"), ("Nya", "status=prospect")]


def test_a_deleted_view_can_be_brought_back(ours, seller):
    view = saved(seller, ours)
    assert post(seller, f"/infosoc/views/{view.public_id}/delete").status_code == 303
    assert views(ours) == []
    html = seller.get(LIST).get_data(as_text=True)
    undo = re.search(r'action="(/infosoc/views/restore/[^"]+)"', html).group(1)
    assert post(seller, undo).status_code == 303
    assert post(seller, undo).status_code == 303
    assert [(one.name, one.public_id) for one in views(ours)] == [("Mina kunder", view.public_id)]


def test_a_nameless_view_is_refused_with_what_was_typed(ours, seller):
    answer = post(seller, "/infosoc/views/companies", name=" ", query="status=former")
    assert answer.status_code == 422
    assert 'value="status=former"' in answer.get_data(as_text=True)
    assert views(ours) == []


def test_chosen_columns_are_remembered_for_the_person_alone(ours, seller, someone):
    with ours.writing() as s:
        make_company(s, "Ada", municipality="Gnosjö")
    answer = post(seller, "/infosoc/views/companies/columns", columns="name.line.nonsense", query="status=prospect")
    assert answer.headers["Location"] == "/infosoc/companies?status=prospect"
    with ours.scope():
        assert ours.session.scalar(select(ListColumns.columns)) == ["name", "line"]
    assert "Gnosjö" not in seller.get(LIST).get_data(as_text=True)
    sign_in(seller, someone)
    assert "Gnosjö" in seller.get(LIST).get_data(as_text=True)
    assert user_of(ours).id != someone.id


def test_views_of_another_company_do_not_exist(ours, seller):
    view = saved(seller, ours)
    sign_in(seller, user_of(make_register(ours.app, "andra")))
    token = csrf_token(seller, "/andra/companies")
    answer = seller.post(f"/andra/views/{view.public_id}/delete", data={"csrf_token": token})
    assert answer.status_code == 404
    assert "Mina kunder" not in seller.get("/andra/companies").get_data(as_text=True)


@pytest.mark.parametrize("query", ["q=19121212-1212", "q=19121212%2B1212"])
def test_a_search_for_a_personal_number_is_not_kept(ours, seller, query):
    answer = post(seller, "/infosoc/views/companies", name="Han", query=query)
    assert answer.status_code == 422
    assert views(ours) == []


def test_a_name_that_a_person_has_used_is_refused_beside_the_field(ours, seller, someone):
    saved(seller, ours)
    other = saved(seller, ours, name="Andra")
    again = post(seller, "/infosoc/views/companies", name=" mina  KUNDER ", query="status=former")
    renamed = post(seller, f"/infosoc/views/{other.public_id}/rename", name="Mina kunder")
    for answer in (again, renamed):
        assert answer.status_code == 422
        assert "Du har redan en vy med det namnet" in answer.text
    assert [view.name for view in views(ours)] == ["Mina kunder", "Andra"]
    assert post(seller, f"/infosoc/views/{other.public_id}/rename", name="ANDRA").status_code == 303
    assert post(seller, "/infosoc/views/contacts", name="Mina kunder", query="").status_code == 303
    theirs = seller.application.test_client()
    sign_in(theirs, someone)
    assert post(theirs, "/infosoc/views/companies", name="Mina kunder", query="").status_code == 303
