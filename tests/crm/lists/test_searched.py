"""A list narrowed by a search holds every record that matches, once, whatever other tenants have of the same words."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from sqlalchemy import select

from infosoc.crm.lists import state
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.queries import exports, lists_matching, lists_walk
from infosoc.crm.queries.neighbours import neighbours
from infosoc.crm.rules import Status
from infosoc.db import search_tokens
from infosoc.db.search import SearchDocument
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
@pytest.mark.parametrize(("name", "order"), [("PART", ""), ("MOST_FOUND", "&sort=-status")])
def test_what_others_hold_crowds_nothing_out_and_nothing_counts_twice(ours, theirs, monkeypatch, most, name, order):
    monkeypatch.setattr(lists_walk, name, most)
    with ours.scope():
        page = ours.page("companies", f"q=omsorg{order}")
        page.rows.sort(key=lambda row: row[3])
        assert [row[3] for row in page.rows] == OURS
        assert (page.matching, page.is_more) == (4, False)


def test_the_page_its_count_the_bulk_edit_and_the_export_are_one_set(ours, theirs, monkeypatch):
    monkeypatch.setattr(lists_walk, "PART", 4)
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
        page = ours.page("companies", "q=omsorg&sort=-name")
        assert (page.matching, page.is_more) == (3, True)


@pytest.mark.parametrize(("name", "order"), [("PART", ""), ("MOST_FOUND", "&sort=-name")])
def test_a_filter_narrows_all_that_the_search_finds(ours, theirs, monkeypatch, name, order):
    """Not only as much of it as a page without a filter looks at."""
    monkeypatch.setattr(lists_walk, name, 1)
    with ours.writing() as s:
        make_company(s, "Omsorg 9", status=Status.CUSTOMER)
    with ours.scope():
        page = ours.page("companies", f"q=omsorg&status=customer{order}")
        assert [row[3] for row in page.rows] == ["Omsorg 9"]
        assert (page.matching, page.is_more) == (1, False)


def test_in_the_tab_of_what_they_show_those_we_hold_crowd_nothing_out(ours, theirs, monkeypatch):
    monkeypatch.setattr(lists_walk, "MOST_FOUND", 2)
    with ours.scope():
        page = ours.page("companies", "q=omsorg&shown=rattsdata", other_id=theirs.tenant_id)
        assert [row[3] for row in page.rows] == ["Omsorg 0", "Omsorg 2", "Omsorg 4", "Omsorg 6"]
        assert (page.matching, page.is_more) == (4, False)


def test_more_than_one_list_holds_is_shown_in_parts_that_say_so(ours, theirs, seller, monkeypatch):
    monkeypatch.setattr(lists_walk, "PART", 3)
    monkeypatch.setattr(lists_walk, "MOST_TESTED", 2)
    first = seller.get("/infosoc/companies?q=omsorg&status=prospect").text
    for words in ("3 bland träff 1–3", "part=2", "Alla som matchar, i varje del"):
        assert words in first
    second = seller.get("/infosoc/companies?q=omsorg&part=2").text
    for words in ("1 bland träff 4–4", "Tidigare träffar"):
        assert words in second
    assert "part=3" not in second
    assert "3 bland träff 1–3" in seller.get("/infosoc/companies?q=omsorg&part=9").text


def test_few_rows_that_filters_leave_are_tested_each_and_need_no_parts(ours, theirs, seller, monkeypatch):
    monkeypatch.setattr(lists_walk, "PART", 3)
    page = seller.get("/infosoc/companies?q=omsorg&status=prospect&part=2").text
    assert [name for name in OURS if name in page] == OURS
    assert "bland träff" not in page


def test_a_part_without_a_row_leads_on(ours, theirs, seller, monkeypatch):
    monkeypatch.setattr(lists_walk, "PART", 3)
    monkeypatch.setattr(lists_walk, "MOST_TESTED", 0)
    with ours.writing() as s:
        make_company(s, "Omsorg 9", status=Status.CUSTOMER)
    page = seller.get("/infosoc/companies?q=omsorg&status=customer").text
    assert "Fler träffar" in page
    assert "Omsorg 9" not in page
    assert "Omsorg 9" in seller.get("/infosoc/companies?q=omsorg&status=customer&part=2").text


def test_in_a_part_the_neighbours_are_those_of_the_part_and_a_deed_takes_every_part(ours, theirs, monkeypatch):
    monkeypatch.setattr(lists_walk, "PART", 3)
    with ours.scope() as s:
        page = ours.page("companies", "q=omsorg&part=1")
        ids = [row[2] for row in page.rows]
        assert page.query.in_part(2).text() == "q=omsorg&part=2"
        assert neighbours(s, "companies", page.query.text(), ids[1], reader=ours.reader()) == (ids[0], ids[2], 2)
        query, known = ours.query("companies", "q=omsorg&part=2")
        found, left_out = lists_matching.matching_companies(s, query)
        assert (len(found), left_out) == (4, 0)
        deed = state.read_for_deed(query.spec, "q=omsorg&part=2", ours.reader(), known)
        assert len(lists_matching.matching_companies(s, deed)[0]) == 4


WORDS = ("an", "ang", "berg", "bo", "0", "7", "zeta bo", "anna@", "akeri 3", "gnosjo", "070", "1234", "kontakt@x")
FILTERS = ("", "&status=customer", "&status=customer&status=none", "&municipality=Gnosj%C3%B6", "&owner=me",
           "&owner=none", "&contacted=30", "&follow_up=overdue", "&people=some")  # fmt: skip
SORTS = ("", "&sort=-name", "&sort=contacted", "&sort=-contacted", "&sort=status", "&sort=follow_up", "&sort=newest")


def test_whatever_is_asked_every_part_and_page_together_hold_what_a_plain_look_at_each_record_finds(crowd, monkeypatch):
    """Each record's own words, looked at one by one, against what the index, the parts and the pages bring."""
    luck = random.Random(11)
    with crowd.scope() as s:
        for _ in range(60):
            q, narrowed, order = luck.choice(WORDS), luck.choice(FILTERS), luck.choice(SORTS)
            monkeypatch.setattr(lists_walk, "PART", luck.choice((1, 3, 10, 70, 300)))
            monkeypatch.setattr(lists_walk, "MOST_TESTED", luck.choice((0, 5, 40, 2000)))
            expected = [row[2] for row in every_row(crowd, f"{narrowed}{order}")]
            expected = [one for one in expected if one in answering(s, q)]
            found = searched(crowd, f"q={quote(q)}{narrowed}{order}")
            assert sorted(found) == sorted(expected), (q, narrowed, order)
            if order or lists_walk.PART == 300:
                assert found == expected, (q, narrowed, order)


def searched(register: Register, address: str) -> list[str]:
    """The public ids of every page of every part."""
    found: list[str] = []
    part = 1
    while True:
        page = register.page("companies", f"{address}&part={part}")
        rows = every_row(register, f"{address}&part={part}")
        assert (len(rows), page.is_more) == (page.matching, False)
        found += [row[2] for row in rows]
        if not page.walk.has_more:
            return found
        part += 1


def every_row(register: Register, address: str) -> list:
    first = register.page("companies", address)
    rows = list(first.rows)
    for number in range(2, (first.pages or 1) + 1):
        rows += register.page("companies", f"{address}&page={number}").rows
    return rows


def answering(session, query: str) -> set[str]:
    """The companies whose own words begin with all that is asked; before "@" whole words."""
    items = search_tokens.asked(query)
    if not items:
        begins = sort_key(query)
        names = session.execute(select(Company.public_id, CompanyRelation.name_sort).join(CompanyRelation)).all()
        return {public_id for public_id, name in names if name.startswith(begins)}
    found = set()
    for public_id, tokens in session.execute(select(SearchDocument.public_id, SearchDocument.tokens)):
        words = [token[4:] for token in tokens.split() if token[3] in "co"]
        if all(any(_begins(word, one) for word in words for one in item) for item in items):
            found.add(public_id)
    return found


def _begins(word: str, asked: str) -> bool:
    return word == asked if isinstance(asked, search_tokens.WholeWord) else word.startswith(asked)


def test_more_rows_are_looked_up_the_larger_the_register_unless_an_index_has_filter_and_order(ours):
    with ours.scope():
        for address, small, large in (
            ("municipality=Lund&sort=contacted", 1000, 8000),
            ("municipality=Lund", 1000, 1000),
            ("contacted=30&sort=contacted", 1000, 1000),
        ):
            walk = lists_walk.Walk(ours.query("companies", address)[0])
            assert (lists_walk.few(walk, 10_000), lists_walk.few(walk, 1_000_000)) == (small, large), address
