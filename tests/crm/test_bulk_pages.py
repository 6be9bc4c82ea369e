"""The pages of bulk edits and duplicates: good, wrong input, wrong role, other tenant, without htmx."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from infosoc.accounts.roles import Role
from infosoc.crm.models.changes import DuplicatePair, Undo
from infosoc.crm.models.companies import CompanyRelation, CompanyTag
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.jobs.worker import run_waiting
from tests.builders import make_company, make_member, make_tenant, sign_in


@pytest.fixture
def register(app, client):
    """A seller who is signed in, with three companies."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), transaction() as session:
        tenant = make_tenant(session)
        user = make_member(session, tenant)
        with tenant_scope(Scope.alone(tenant.id)):
            companies = [make_company(session, f"Nr {n} AB", org_number="5560360793" if n else None) for n in range(3)]
        ids = [company.public_id for company in companies]
    sign_in(client, user)
    return tenant.id, ids


def statuses(app, tenant_id) -> list[str]:
    with app.app_context(), tenant_scope(Scope.alone(tenant_id)):
        return list(db.session.scalars(select(CompanyRelation.status).order_by(CompanyRelation.name_sort)))


def test_marked_rows_get_a_status_and_lose_it_again(app, client, register):
    tenant_id, ids = register
    chosen = client.post("/infosoc/bulk", data={"deed": "status", "ids": ids[:2], "query": "status=prospect"})
    assert chosen.status_code == 303
    page = client.get(chosen.location)
    assert "2 " in page.text
    assert page.status_code == 200
    done = client.post(chosen.location, data={"value": "customer", "ids": ".".join(ids[:2])})
    assert done.status_code == 303
    assert statuses(app, tenant_id) == [Status.CUSTOMER, Status.CUSTOMER, Status.PROSPECT]
    assert client.get(done.location).status_code == 200
    assert client.post(done.location + "/undo").status_code == 303
    assert statuses(app, tenant_id) == [Status.PROSPECT] * 3
    assert client.post(done.location + "/undo").status_code == 409


def test_the_result_names_every_row_and_what_became_of_it(client, register, monkeypatch):
    _tenant_id, ids = register
    client.post("/infosoc/bulk/status", data={"value": "customer", "ids": ids[0]})
    done = client.post("/infosoc/bulk/status", data={"value": "customer", "ids": ".".join(ids)})
    page = client.get(done.location).text
    unchanged, changed = page.split('id="bulk-changed"')
    assert f"/companies/{ids[0]}" in unchanged
    assert [one for one in ids if f"/companies/{one}" in changed] == ids[1:]
    monkeypatch.setattr("infosoc.crm.queries.bulk.MOST_CHANGED_SHOWN", 1)
    cut = client.get(done.location).text.split('id="bulk-changed"')[1]
    assert f"/companies/{ids[2]}" not in cut
    assert "Bara de första 1 visas" in cut or "Only the first 1 are shown" in cut


def test_the_form_that_the_list_leads_to_is_done_once_however_often_it_is_sent(app, client, register):
    _tenant_id, ids = register
    chosen = client.post("/infosoc/bulk", data={"deed": "status", "ids": ids[:2], "query": ""})
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', client.get(chosen.location).text))
    assert form["submission"]
    answers = [client.post(chosen.location, data={**form, "value": "customer"}) for _ in range(2)]
    assert answers[0].location == answers[1].location
    with app.app_context(), every_tenant("a count"):
        assert db.session.scalar(select(func.count(Undo.id))) == 1


@pytest.mark.parametrize(
    "query", ["garbage", "colour=red", "marketing=opted_out", "shown=rattsdata", "&&&", "q=" + "x" * 5000]
)
def test_a_choice_that_cannot_be_read_is_refused_rather_than_widened(app, client, register, query):
    tenant_id, _ = register
    data = {"value": "customer", "everything": "1", "query": query}
    assert client.post("/infosoc/bulk/status", data=data).status_code == 422
    assert client.post(
        "/infosoc/exports/companies", data={"kind": "csv", "columns": "name", "query": query}
    ).status_code in {403, 422}
    assert statuses(app, tenant_id) == [Status.PROSPECT] * 3


@pytest.mark.parametrize("query", ["status=zz", "contacted=abc", "people=zz", "follow_up=zz", "owner=zz", "q=***"])
def test_a_filter_that_means_nothing_chooses_nothing(app, client, register, query):
    tenant_id, _ = register
    assert "Nr 1 AB" not in client.get(f"/infosoc/companies?{query}").text
    client.post("/infosoc/bulk/status", data={"value": "customer", "everything": "1", "query": query})
    assert statuses(app, tenant_id) == [Status.PROSPECT] * 3


def test_a_deed_that_lists_of_contacts_do_not_have_is_refused(client, register):
    for deed in ("status", "owner", "tag"):
        data = {"deed": deed, "list": "contacts", "all_matching": "1", "query": ""}
        assert client.post("/infosoc/bulk", data=data).status_code == 404


def test_everything_that_matches_is_looked_up_again(app, client, register):
    tenant_id, _ = register
    chosen = client.post("/infosoc/bulk", data={"deed": "tag", "all_matching": "1", "query": "status=prospect"})
    assert (
        client.post(
            chosen.location, data={"value": "mässan", "how": "tag", "everything": "1", "query": "status=prospect"}
        ).status_code
        == 303
    )
    with app.app_context(), tenant_scope(Scope.alone(tenant_id)):
        assert db.session.scalar(select(func.count()).select_from(CompanyTag)) == 3


def test_all_that_a_search_finds_are_changed_however_many_a_page_looks_at(app, client, register, monkeypatch):
    tenant_id, _ = register
    monkeypatch.setattr("infosoc.crm.queries.lists_walk.MOST_FOUND", 1)
    chosen = client.post("/infosoc/bulk", data={"deed": "status", "all_matching": "1", "query": "q=nr"})
    assert "3 " in client.get(chosen.location).text
    client.post(chosen.location, data={"value": "customer", "everything": "1", "query": "q=nr"})
    assert statuses(app, tenant_id) == [Status.CUSTOMER] * 3


def test_how_many_are_left_out_is_said_before_it_is_done(client, register, monkeypatch):
    told = "1 företag till stämmer"
    address = "/infosoc/bulk/status?everything=1&query=q%3Dnr"
    assert told not in client.get(address).text
    monkeypatch.setattr("infosoc.crm.queries.lists_matching.MOST", 2)
    assert told in client.get(address).text


def test_a_large_choice_is_left_to_the_worker(app, client, register, monkeypatch):
    _tenant_id, ids = register
    monkeypatch.setattr("infosoc.crm.views.bulk.AT_ONCE", 1)
    import infosoc.crm.change_jobs  # noqa: F401 - registers the job

    done = client.post("/infosoc/bulk/owner", data={"value": "", "ids": ".".join(ids)})
    assert "hx-get" in client.get(done.location).text
    run_waiting(app)
    assert "hx-get" not in client.get(done.location + "/result", headers={"HX-Request": "true"}).text


@pytest.mark.parametrize(
    ("deed", "data"), [("status", {"value": "x"}), ("tag", {"value": "", "how": "tag"}), ("owner", {"value": "zzz"})]
)
def test_wrong_input_is_answered_beside_the_field(client, register, deed, data):
    _, ids = register
    answer = client.post(f"/infosoc/bulk/{deed}", data={**data, "ids": ids[0]})
    assert answer.status_code == 422
    assert "aria-describedby" in answer.text or "error" in answer.text


def test_a_reader_changes_nothing(app, client, register):
    tenant_id, ids = register
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(tenant_id)):
        from infosoc.accounts.models import Membership

        session.scalar(select(Membership)).roles = [Role.READER]
        session.flush()
    assert client.post("/infosoc/bulk/status", data={"value": "customer", "ids": ids[0]}).status_code == 403
    assert client.get("/infosoc/duplicates").status_code == 403


def test_duplicates_are_looked_for_compared_merged_and_unmerged(app, client, register):
    import infosoc.crm.change_jobs  # noqa: F401 - registers the job

    tenant_id, _ = register
    assert client.post("/infosoc/duplicates/look").status_code == 303
    run_waiting(app)
    page = client.get("/infosoc/duplicates").text
    compare = re.search(r'href="(/infosoc/duplicates/merge/[^"]+)"', page).group(1)
    assert client.get(compare).status_code == 200
    merged = client.post(compare, data={"take_name": "gone"})
    assert merged.status_code == 303
    assert len(statuses(app, tenant_id)) == 2
    undo = re.search(r'action="(/infosoc/duplicates/merged/[^"]+/undo)"', client.get(merged.location).text).group(1)
    assert client.post(undo).status_code == 303
    assert len(statuses(app, tenant_id)) == 3


def test_a_pair_is_kept_apart_and_proposed_again(app, client, register):
    import infosoc.crm.change_jobs  # noqa: F401 - registers the job

    tenant_id, _ = register
    client.post("/infosoc/duplicates/look")
    run_waiting(app)
    with app.app_context(), tenant_scope(Scope.alone(tenant_id)):
        pair = db.session.scalar(select(DuplicatePair.public_id))
    assert client.post(f"/infosoc/duplicates/{pair}/apart").status_code == 303
    assert "/infosoc/duplicates/merge/" not in client.get("/infosoc/duplicates").text
    client.post(f"/infosoc/duplicates/{pair}/again")
    assert "/infosoc/duplicates/merge/" in client.get("/infosoc/duplicates").text
