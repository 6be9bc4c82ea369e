"""Lists are read in the order of their indexes, and rare rows are found by theirs."""

from __future__ import annotations

import pytest

from infosoc.crm.lists.companies import COMPANIES
from infosoc.crm.lists.contacts import CONTACTS
from infosoc.db.session import db
from tests.builders import sign_in
from tests.crm.lists.conftest import user_of
from tests.support.statements import statements

SORTS = [(spec.name, sign + sort) for spec in (COMPANIES, CONTACTS) for sort in spec.sorts for sign in ("", "-")]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("name", "sort"), SORTS)
def test_no_page_of_a_list_sorts_its_rows(crowd, client, name, sort):
    """A page is read in the order of an index: what is sorted would be all there is."""
    sign_in(client, user_of(crowd))
    for page in ("1", "2", "last"):
        with statements(client.application) as sent:
            assert client.get(f"/infosoc/{name}?sort={sort}&page={page}").status_code == 200
        assert plans_that_sort(client.application, sent) == [], page


def plans_that_sort(app, sent: list[str]) -> list[str]:
    found = []
    with app.app_context(), db.engine.connect() as connection:
        for sql in sent:
            if "ORDER BY" in sql and "_relation" in sql:
                marks = tuple([1] * sql.count("?"))
                plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sql, marks)
                found += [f"{row[3]}: {sql[:80]}" for row in plan if "TEMP B-TREE" in row[3]]
    return found


@pytest.mark.sqlite_only
def test_a_statement_that_sorts_is_found(app):
    sorting = "SELECT id FROM company_relation WHERE tenant_id = ? ORDER BY notes"
    assert plans_that_sort(app, [sorting]) == [f"USE TEMP B-TREE FOR ORDER BY: {sorting}"]


RARE = [
    ("contacts?calls=blocked", "contact_relation_blocked"),
    ("contacts?status=customer", "contact_relation_status"),
    ("contacts?owner=me", "contact_relation_owner"),
    ("contacts?municipality=Lund", "contact_relation_municipality"),
    ("contacts?marketing=opted_out", "contact_relation_marketing"),
    ("contacts?contacted=90", "contact_relation_contacted"),
    ("companies?people=none", "company_relation_contacts"),
    ("companies?owner=none", "company_relation_owner"),
]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("address", "index"), RARE)
def test_a_filter_is_counted_by_its_own_index(crowd, client, address, index):
    sign_in(client, user_of(crowd))
    with statements(client.application) as sent:
        assert client.get(f"/infosoc/{address}").status_code == 200
    (counting,) = [sql for sql in sent if sql.startswith("SELECT count(*)")]
    with client.application.app_context(), db.engine.connect() as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + counting, tuple([1] * counting.count("?"))).all()
    assert any(f"ix_{index} " in row[3] for row in plan), plan
