"""A list narrowed by a search holds every record that matches, once, whatever other tenants have of the same words."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.queries import exports, lists_matching, lists_walk
from infosoc.crm.rules import Status
from infosoc.db.session import transaction
from infosoc.kernel.text import sort_key
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.builders import NOW, make_company
from tests.crm.lists.conftest import Register, make_register


@pytest.fixture
def theirs(ours) -> Register:
    """Eight companies of theirs answer to "omsorg"; four of them are ours too, and both show their register."""
    register = make_register(ours.app, "rattsdata")
    with ours.app.app_context(), transaction() as s:
        for one in (ours, register):
            set_flag(s, one.tenant_id, Flag.SHARE_REGISTER, True)
    with register.writing() as s:
        for number in range(8):
            make_company(s, f"Omsorg {number}")
    with ours.writing() as s:
        joint = s.scalars(
            select(Company).where(Company.name.in_([f"Omsorg {number}" for number in (1, 3, 5, 7)]))
        ).all()
        for company in joint:
            s.add(
                CompanyRelation(
                    company_id=company.id, status=Status.PROSPECT, name_sort=sort_key(company.name), source="test",
                    source_on=NOW.date(), created_at=NOW,
                )
            )  # fmt: skip
        s.flush()
    return register


OURS = ["Omsorg 1", "Omsorg 3", "Omsorg 5", "Omsorg 7"]


@pytest.mark.parametrize("most", [4, 5, 100])
def test_what_others_hold_crowds_nothing_out_and_nothing_counts_twice(ours, theirs, monkeypatch, most):
    monkeypatch.setattr(lists_walk, "MOST_FOUND", most)
    with ours.scope():
        page = ours.page("companies", "q=omsorg")
        assert [row[3] for row in page.rows] == OURS
        assert (page.matching, page.is_more) == (4, False)


def test_the_page_its_count_the_bulk_edit_and_the_export_are_one_set(ours, theirs, monkeypatch):
    monkeypatch.setattr(lists_walk, "MOST_FOUND", 4)
    with ours.scope() as s:
        page = ours.page("companies", "q=omsorg")
        query, known = ours.query("companies", "q=omsorg")
        ids, left_out = lists_matching.matching_companies(s, query)
        taken = exports.Taken(lists_walk.walk(s, query, most=lists_walk.EVERY))
        exported = list(exports.companies(s, taken, known, ["name"], str))
        assert [row[1] for row in page.rows] == ids
        assert (page.matching, left_out) == (len(ids), 0)
        assert exported == [[name] for name in OURS]


def test_more_than_a_page_looks_at_is_told_as_more(ours, theirs, monkeypatch):
    monkeypatch.setattr(lists_walk, "MOST_FOUND", 3)
    with ours.scope():
        page = ours.page("companies", "q=omsorg")
        assert (page.matching, page.is_more) == (3, True)


def test_a_filter_narrows_all_that_the_search_finds(ours, theirs, monkeypatch):
    """Not only as much of it as a page without a filter looks at."""
    monkeypatch.setattr(lists_walk, "MOST_FOUND", 1)
    with ours.writing() as s:
        make_company(s, "Omsorg 9", status=Status.CUSTOMER)
    with ours.scope():
        page = ours.page("companies", "q=omsorg&status=customer")
        assert [row[3] for row in page.rows] == ["Omsorg 9"]
        assert (page.matching, page.is_more) == (1, False)


def test_in_the_tab_of_what_they_show_those_we_hold_crowd_nothing_out(ours, theirs, monkeypatch):
    monkeypatch.setattr(lists_walk, "MOST_FOUND", 2)
    with ours.scope():
        page = ours.page("companies", "q=omsorg&shown=rattsdata", other_id=theirs.tenant_id)
        assert [row[3] for row in page.rows] == ["Omsorg 0", "Omsorg 2", "Omsorg 4", "Omsorg 6"]
        assert (page.matching, page.is_more) == (4, False)
