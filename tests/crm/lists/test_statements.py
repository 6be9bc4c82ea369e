"""A list page asks the database a handful of questions, however many rows it shows."""

from __future__ import annotations

import pytest

from infosoc.crm.queries import lists_rows
from infosoc.db.session import db
from tests.builders import make_company, sign_in
from tests.crm.lists.conftest import user_of
from tests.support.statements import MOST_ON_A_PAGE, statements

ADDRESSES = (
    "companies", "companies?page=2", "companies?page=last", "companies?sort=contacted&page=2",
    "companies?sort=follow_up&status=customer&owner=me&people=some&columns=tags.email.phone.line",
    "companies?q=ber&sort=contacted&status=customer", "companies?trash=1", "companies?municipality=%C3%85re",
    "companies/rows?q=ol", "contacts", "contacts?sort=company&page=last", "contacts?status=customer&q=berg",
    "views/companies?status=customer", "companies/choices/municipality",
)  # fmt: skip


def counted(client, address: str) -> int:
    with statements(client.application) as sent:
        assert client.get(f"/infosoc/{address}").status_code == 200
    return len(sent)


def test_no_list_page_asks_more_than_the_budget(crowd, client):
    sign_in(client, user_of(crowd))
    for address in ADDRESSES:
        assert counted(client, address) <= MOST_ON_A_PAGE, address
    assert counted(client, "companies") <= 5


def test_the_count_does_not_grow_with_the_rows(ours, seller):
    with ours.writing() as s:
        make_company(s, "En", phone="+468123")
    one = counted(seller, "companies")
    with ours.writing() as s:
        for number in range(30):
            make_company(s, f"Till {number}", phone=f"+46812{number}")
    assert counted(seller, "companies") == one


def test_a_question_for_each_row_is_noticed(crowd, client, monkeypatch):
    """The planted fault: whoever puts a look-up into the rows is found out."""
    honest = lists_rows.companies

    def careless(session, page, choices, columns):
        rows = honest(session, page, choices, columns)
        for row in rows:
            db.session.scalar(lists_rows.select(lists_rows.ContactPoint.id).limit(1))
            assert row
        return rows

    monkeypatch.setattr(lists_rows, "companies", careless)
    sign_in(client, user_of(crowd))
    with pytest.raises(AssertionError):
        test_no_list_page_asks_more_than_the_budget(crowd, client)
