"""Pages together are the whole list, in the same order, whichever way one walks through them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.crm.lists.registry import LISTS
from infosoc.crm.lists.spec import PAGE_SIZE
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.queries import lists
from tests.builders import make_company

RELATIONS = {"companies": CompanyRelation, "contacts": ContactRelation}


def in_order(register, list_name: str, address: str) -> list[int]:
    """The ids of every row that the query holds, sorted in Python from the rows themselves."""
    query, _ = register.query(list_name, address)
    relation = RELATIONS[list_name]
    rows = list(register.session.scalars(select(relation).where(relation.trashed_at.is_(None))))

    def key(row):
        return [getattr(row, column.key) for column in query.sort.keys]

    filled = sorted((row for row in rows if key(row)[0] is not None), key=key, reverse=query.is_descending)
    empty = sorted(
        (row for row in rows if key(row)[0] is None), key=lambda row: key(row)[1:], reverse=query.is_descending
    )
    return [row.id for row in filled + empty]


def ids(page) -> list[int]:
    return [row[0] for row in page.rows]


@pytest.mark.parametrize("list_name", LISTS)
def test_pages_forward_backward_and_from_the_end_are_the_sorted_whole(crowd, list_name):
    """Every sort that is offered, both ways, on one register: building it is what takes the time."""
    with crowd.scope():
        for sort in [sign + sort for sort in LISTS[list_name].sorts for sign in ("", "-")]:
            walk_through(crowd, list_name, f"sort={sort}")


def walk_through(register, list_name: str, address: str) -> None:
    whole = in_order(register, list_name, address)
    pages = [whole[at : at + PAGE_SIZE] for at in range(0, len(whole), PAGE_SIZE)]
    page = register.page(list_name, address)
    assert (ids(page), page.pages) == (pages[0], len(pages)), address
    for number in range(2, len(pages) + 1):
        page = register.page(list_name, page.address(number))
        assert (page.number, ids(page)) == (number, pages[number - 1]), address
    assert not page.has_next
    page = register.page(list_name, f"{address}&page=last")
    assert (page.number, ids(page)) == (len(pages), pages[-1]), address
    for number in range(len(pages) - 1, 0, -1):
        page = register.page(list_name, page.address(number))
        assert (page.number, ids(page)) == (number, pages[number - 1]), address


def test_a_page_is_reached_from_two_pages_away_and_by_its_number_alone(crowd, monkeypatch):
    monkeypatch.setattr(lists, "PAGE_SIZE", 20)
    with crowd.scope():
        for sort in ("name", "contacted", "-follow_up"):
            whole = in_order(crowd, "companies", f"sort={sort}")
            fourth = whole[60:80]
            assert ids(crowd.page("companies", f"sort={sort}&page=4")) == fourth
            second = crowd.page("companies", f"sort={sort}&page=2")
            assert ids(crowd.page("companies", second.address(4))) == fourth
            sixth = crowd.page("companies", f"sort={sort}&page=6")
            assert ids(crowd.page("companies", sixth.address(4))) == fourth
            assert ids(crowd.page("companies", sixth.address(1))) == whole[:20]


def test_addresses_of_pages_hold_no_names(crowd):
    with crowd.scope():
        page = crowd.page("companies", crowd.page("companies").address(2))
        assert "after=" in crowd.page("companies").address(2)
        for name in ("Åkeri", "%C3%85", "Gnosj"):
            assert name not in page.address(3) + page.address(1)


def test_an_anchor_that_is_gone_still_gives_the_page_of_that_number(crowd):
    with crowd.scope():
        expected = ids(crowd.page("companies", "page=2"))
        assert ids(crowd.page("companies", "page=2&after=22222222222")) == expected


def test_a_page_beyond_the_end_is_the_last_one(crowd):
    with crowd.scope():
        page = crowd.page("companies", "page=4000")
        assert page.number == page.pages == 3
        assert ids(page) == in_order(crowd, "companies", "")[100:]


def test_swedish_letters_come_last_and_in_their_order(ours):
    with ours.writing() as s:
        for name in ("Öl", "Ål", "Zeta", "Äpple", "adam", "Éva", "[Bo]"):
            make_company(s, name)
    with ours.scope():
        assert ours.names("companies") == ["adam", "[Bo]", "Éva", "Zeta", "Ål", "Äpple", "Öl"]
        assert ours.names("companies", "sort=-name") == ["Öl", "Äpple", "Ål", "Zeta", "Éva", "[Bo]", "adam"]
