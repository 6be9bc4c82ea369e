"""What another tenant knows is in our lists only where its flag shows it, and then its identity alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.queries.neighbours import neighbours
from infosoc.crm.rules import Status
from infosoc.db import prepared
from infosoc.db.session import transaction
from infosoc.db.tenancy import NoTenantScope, UnscopedSql
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.builders import NOW, make_company, make_contact
from tests.crm.lists.conftest import Register, company_named, make_register


@pytest.fixture
def theirs(ours) -> Register:
    """The sister company, with what only it knows."""
    register = make_register(ours.app, "rattsdata")
    with ours.writing() as s:
        make_company(s, "Vår AB")
    with register.writing() as s:
        only = make_company(s, "Deras AB", status=Status.CUSTOMER, municipality="Hemköping", phone="+4687777")
        make_company(s, "Öl AB")
        make_contact(s, only, "Deras Person")
    return register


def test_without_the_flag_there_is_nothing_of_theirs(ours, theirs, seller):
    for address in ("companies", "companies?q=deras", "companies?shown=rattsdata", "contacts", "contacts?q=deras"):
        html = seller.get(f"/infosoc/{address}").get_data(as_text=True)
        assert "Deras" not in html.replace('value="deras"', ""), address
        assert "Rattsdata" not in html, address
    assert "Hemköping" not in seller.get("/infosoc/companies/choices/municipality").get_data(as_text=True)
    with theirs.scope():
        assert theirs.names("companies") == ["Deras AB", "Öl AB"]


def test_with_the_flag_their_tab_shows_identity_and_no_more(ours, theirs, seller):
    with ours.app.app_context(), transaction() as s:
        set_flag(s, theirs.tenant_id, Flag.SHARE_REGISTER, True)
    html = seller.get("/infosoc/companies").get_data(as_text=True)
    assert "shown=rattsdata" in html
    assert "Deras" not in html
    tab = seller.get("/infosoc/companies?shown=rattsdata&status=customer").get_data(as_text=True)
    rows = tab[tab.index("<tbody") : tab.index("</tbody")]
    assert "Deras AB" in rows
    assert "Öl AB" in rows
    assert "+4687777" in rows
    assert "Vår AB" not in rows
    assert "data-status" not in rows
    assert "/log/new" not in rows


def test_a_company_that_both_know_is_ours_and_not_in_their_tab(ours, theirs):
    with ours.app.app_context(), transaction() as s:
        set_flag(s, theirs.tenant_id, Flag.SHARE_REGISTER, True)
    with ours.writing() as s:
        company = company_named(s, "Deras AB")
        s.add(
            CompanyRelation(
                company_id=company.id, status=Status.PROSPECT, name_sort="deras ab", source="x", source_on=NOW.date(),
                created_at=NOW,
            )
        )  # fmt: skip
        s.flush()
    with ours.scope():
        assert ours.names("companies") == ["Deras AB", "Vår AB"]
        shown = ours.page("companies", "shown=rattsdata", other_id=theirs.tenant_id)
        assert [row[3] for row in shown.rows] == ["Öl AB"]
        assert shown.matching == 1


def test_a_flag_turned_off_is_felt_at_once(ours, theirs, seller):
    for on in (True, False, True):
        with ours.app.app_context(), transaction() as s:
            set_flag(s, theirs.tenant_id, Flag.SHARE_REGISTER, on)
        html = seller.get("/infosoc/companies?shown=rattsdata").get_data(as_text=True)
        assert ("Deras AB" in html) is on


def test_neighbours_are_those_of_the_list_one_came_from(crowd):
    with crowd.scope():
        for address in ("", "sort=-contacted", "status=customer&owner=me", "sort=follow_up", "q=berg", "q=ak"):
            ids = [row[2] for row in crowd.page("companies", address).rows]
            for at in (0, 1, len(ids) - 2) if len(ids) > 3 else range(len(ids)):
                before, after, _ = neighbours(crowd.session, "companies", address, ids[at], reader=crowd.reader())
                assert before == (ids[at - 1] if at else None), address
                assert after == (ids[at + 1] if at + 1 < len(ids) else None), address
        assert neighbours(crowd.session, "companies", "", "22222222222", reader=crowd.reader()) == (None, None, None)


def test_prepared_reads_fail_closed(ours):
    with ours.app.app_context(), pytest.raises(NoTenantScope):
        prepared.rows(ours.session, "test-a", lambda: select(CompanyRelation.id))
    with ours.app.app_context(), pytest.raises(NoTenantScope):
        prepared.rows(ours.session, "test-b", lambda: select(Company.name))
    with ours.scope(), pytest.raises(UnscopedSql):
        prepared.rows(ours.session, "test-c", lambda: select(Company.__table__.c.name))


def test_a_prepared_read_is_of_the_scope_it_runs_in(ours, theirs):
    def read():
        return [row[0] for row in prepared.rows(ours.session, "test-d", lambda: select(Company.name))]

    for _ in range(2):
        with ours.scope():
            assert read() == ["Vår AB"]
        with theirs.scope():
            assert sorted(read()) == ["Deras AB", "Öl AB"]
