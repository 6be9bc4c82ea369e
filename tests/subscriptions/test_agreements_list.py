"""The list of agreements: its pages begin at a number, and each agreement stands on one of them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from infosoc.db.session import db
from infosoc.subscriptions.commands import deeds
from infosoc.subscriptions.models import Agreement
from infosoc.subscriptions.queries import agreements as queries
from tests.subscriptions.world import FIRST, NOW, World
from tests.support.agreements import copy_agreements
from tests.support.statements import MOST_ON_A_PAGE, statements

MANY = 3 * queries.PAGE_SIZE + 7
HTMX = {"HX-Request": "true"}
ROW = re.compile(r'id="agreement-([a-z0-9]+)"')
MORE = re.compile(r'class="older".*?href="([^"]+)" hx-get="([^"]+)"', re.S)


@pytest.fixture
def many(world: World) -> World:
    world.sign(world.line(), world.line("avvik"))
    with world.writing() as session:
        copy_agreements(session, MANY - 1)
    return world


def walked(world: World, address: str, *, fragments: bool) -> list[str]:
    """The agreements of all pages, one after the other."""
    client, found, seen = world.client(), [], 0
    piece = client.get(address).text
    while True:
        found += ROW.findall(piece)
        more = MORE.search(piece)
        if more is None:
            return found
        seen += 1
        assert seen < 10
        url = more[2 if fragments else 1].replace("&amp;", "&")
        piece = client.get(url, headers=HTMX if fragments else {}).text
        assert ("<html" in piece) is not fragments


@pytest.mark.parametrize("fragments", [False, True])
def test_all_agreements_are_found_once_page_by_page(many: World, fragments):
    found = walked(many, "/infosoc/agreements", fragments=fragments)
    with many.reading() as session:
        assert found == list(session.scalars(select(Agreement.public_id).order_by(Agreement.number.desc())))
    assert len(found) == MANY
    product = many.products["avvik"]
    assert len(walked(many, f"/infosoc/agreements?q=åkeri&show=active&product={product}", fragments=fragments)) in (
        0,
        1,
    )


@pytest.mark.sqlite_only
def test_an_agreement_that_is_signed_meanwhile_moves_nothing_to_the_next_page(many: World):
    client = many.client()
    first = client.get("/infosoc/agreements").text
    many.sign(company="bygg")
    second = client.get(MORE.search(first)[1].replace("&amp;", "&")).text
    assert set(ROW.findall(first)) & set(ROW.findall(second)) == set()
    with many.reading() as session:
        numbers = dict(session.execute(select(Agreement.public_id, Agreement.number)).all())
    assert numbers[ROW.findall(second)[0]] == numbers[ROW.findall(first)[-1]] - 1


@pytest.mark.sqlite_only
@pytest.mark.parametrize("after", ["x", "-1", "0", "99999999999999999999", "1001.5", "%00"])
def test_a_page_after_nothing_that_is_a_number_is_a_page(many: World, after):
    assert many.client().get(f"/infosoc/agreements?after={after}").status_code == 200
    assert many.client().get(f"/infosoc/agreements/rows?after={after}", headers=HTMX).status_code == 200


@pytest.mark.sqlite_only
def test_the_deepest_page_asks_no_more_and_reads_along_an_index(many: World):
    with many.writing() as session:
        ended = session.scalars(select(Agreement.public_id).order_by(Agreement.number).limit(1)).one()
        deeds.cancel(session, ended, last_day=FIRST, reason="", lets_go=True, by=None, now=NOW)
    client = many.client()
    for show in ("current", "ended"):
        with statements(many.app) as sent:
            assert client.get(f"/infosoc/agreements?show={show}&after=1060").status_code == 200
        assert len(sent) <= MOST_ON_A_PAGE
        rows = [sql for sql in sent if "FROM agreement " in sql.replace("\n", " ") and "LIMIT" in sql]
        assert rows
        with many.app.app_context(), db.engine.connect() as connection:
            for sql in rows:
                plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sql, (1,) * sql.count("?")).all()
                told = " / ".join(row[3] for row in plan)
                assert "number<?" in told
                assert "TEMP B-TREE" not in told
