"""Crawls every route as every role in one tenant, and looks for a word that only the other tenant's rows hold.

With all flags off, and with each alone: what a flag shows may then be seen, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from infosoc.accounts.models import Membership
from infosoc.accounts.roles import Role
from infosoc.crm.models.companies import CompanyRelation
from infosoc.db import prepared, tenancy
from infosoc.db.session import transaction
from infosoc.db.tenancy import TenantScoped, every_tenant, tenant_scope
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.builders import sign_in
from tests.support.mirror import LOG, PRIVATE, REGISTER, STATUS, Mirror, alone, two_mirrors
from tests.support.routes import addresses

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# Beyond the routes themselves, so many links that their pages hold are followed.
MOST_LINKS = 120
LINK = re.compile(r'(?:href|action|hx-get|hx-post|src)="(/[^"#]*)')
# What a flag of theirs lets us see of theirs.
MAY_SHOW = {
    None: set(),
    Flag.SHARE_REGISTER: {REGISTER, f"{PRIVATE}name"},
    Flag.SHARE_CONTACT_LOG: {LOG, f"{PRIVATE}staff", f"{PRIVATE}name"},
    Flag.SHARE_PRODUCT_STATUS: {f"{PRIVATE}name", STATUS},
    Flag.JOINT_UNSUBSCRIBE: {f"{PRIVATE}name"},
}


@pytest.fixture
def mirrors(app) -> tuple[Mirror, Mirror]:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), transaction() as session:
        return two_mirrors(session)


def turn_on(app: Flask, tenant_id: int, flag: Flag) -> None:
    with app.app_context(), transaction() as session:
        set_flag(session, tenant_id, flag, True)


def become(app: Flask, ours: Mirror, role: Role) -> FlaskClient:
    with app.app_context(), transaction() as session, tenant_scope(alone(ours)):
        session.execute(update(Membership).values(roles=[role.value]))
    client = app.test_client()
    sign_in(client, ours.user)
    return client


def starting_points(app: Flask, ours: Mirror, theirs: Mirror, method: str) -> list[str]:
    """Every route of our tenant, with our ids and with theirs."""
    found: dict[str, None] = {}
    for mirror in (ours, theirs):
        for public_id, number in mirror.ids():
            values = {"tenant": "infosoc", "public_id": public_id, "number": number}
            found.update(dict.fromkeys(path for _, path in addresses(app, method, values)))
    return list(found)


QUERIES = ("?q=zqregister", "?q=zqlog", "?q=zqprivate", "?status=customer", "?sort=name&page=2")


def crawl(client: FlaskClient, first: list[str]) -> Iterator[tuple[str, str]]:
    """Every page that can be reached, whole and as a fragment: address and all that came back."""
    waiting, seen, links = list(dict.fromkeys(first)), set(), 0
    while waiting:
        path = waiting.pop(0)
        if path in seen or path.startswith(("/static", "/logout", "/login")):
            continue
        seen.add(path)
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(path, headers=headers)
            assert answer.status_code < 500, path
            is_text = answer.mimetype.startswith(("text/", "application/json"))
            body = answer.get_data(as_text=True) if is_text else str(answer.data)
            yield path, f"{answer.headers}\n{body}"
            if not headers and links < MOST_LINKS:
                found = [link.replace("&amp;", "&") for link in LINK.findall(body) if link.startswith("/infosoc/")]
                new = [link for link in found if link not in seen][: min(20, MOST_LINKS - links)]
                waiting, links = waiting + new, links + len(new)


def leaks(client: FlaskClient, first: list[str], allowed: set[str]) -> list[str]:
    """Addresses that showed a marker they may not show, with the word. What was asked for may be repeated."""
    found = []
    for path, text in crawl(client, first):
        asked = path.partition("?")[2]
        for word in set(re.findall(r"zq(?:register|log|status|private)\w*", text)):
            if word not in asked and not any(word.startswith(one) for one in allowed):
                found.append(f"{path}: {word}")
    return found


def with_queries(paths: list[str]) -> list[str]:
    return paths + [path + query for path in paths if path.count("/") == 2 for query in QUERIES]


def check_with(app: Flask, mirrors: tuple[Mirror, Mirror], flag: Flag | None) -> None:
    ours, theirs = mirrors
    if flag:
        turn_on(app, theirs.tenant_id, flag)
    client = become(app, ours, Role.ADMINISTRATOR)
    assert leaks(client, with_queries(starting_points(app, ours, theirs, "GET")), MAY_SHOW[flag]) == []


@pytest.mark.parametrize("flag", [None, Flag.SHARE_REGISTER], ids=str)
def test_an_administrator_sees_nothing_but_what_the_register_shows(app, mirrors, flag):
    check_with(app, mirrors, flag)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("flag", [Flag.SHARE_CONTACT_LOG, Flag.SHARE_PRODUCT_STATUS, Flag.JOINT_UNSUBSCRIBE], ids=str)
def test_an_administrator_sees_nothing_but_what_the_other_flags_show(app, mirrors, flag):
    check_with(app, mirrors, flag)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_t05_no_role_sees_anything_of_the_other_tenant(app, mirrors, role):
    ours, theirs = mirrors
    client = become(app, ours, role)
    assert leaks(client, with_queries(starting_points(app, ours, theirs, "GET")), set()) == []


@pytest.mark.sqlite_only
def test_posting_to_the_others_ids_shows_and_changes_nothing(app, mirrors):
    ours, theirs = mirrors
    client = become(app, ours, Role.ADMINISTRATOR)
    before = everything(app, theirs)
    for path in starting_points(app, theirs, theirs, "POST"):
        answer = client.post(path, data={"version": "1", "name": "Intrång", "text": "Intrång", "value": "Intrång"})
        assert answer.status_code < 500, path
        text = f"{answer.headers}\n{answer.get_data(as_text=True)}"
        assert not re.search(r"zq(register|log|status|private)", text), path
    assert everything(app, theirs) == before


def everything(app: Flask, mirror: Mirror) -> dict[str, list[tuple]]:
    """All rows of a tenant, as the database has them."""
    from infosoc.db.base import Base
    from infosoc.db.session import db

    with app.app_context(), every_tenant("a test compares a tenant before and after"):
        rows = {}
        for mapper in Base.registry.mappers:
            table = mapper.local_table
            name = "tenant_id" if "tenant_id" in table.c else "origin_tenant_id"
            if name in table.c and issubclass(mapper.class_, TenantScoped | tenancy.Joint):
                query = select(table).where(table.c[name] == mirror.tenant_id).order_by(*table.primary_key.columns)
                rows[table.name] = [tuple(row) for row in db.session.execute(query)]
        return rows


@pytest.mark.sqlite_only
def test_t05_the_crawl_finds_a_filter_that_was_taken_from_one_table(app, mirrors, monkeypatch):
    """Planted fault: relations are no longer filtered."""
    ours, _ = mirrors
    client = become(app, ours, Role.ADMINISTRATOR)
    real = tenancy.criteria

    def without_filter(*given):
        return tuple(option for option in real(*given) if option is not real(*given)[0])

    monkeypatch.setattr(tenancy, "criteria", without_filter)
    monkeypatch.setattr(prepared, "_kept", {})
    assert leaks(client, with_queries(["/infosoc/companies", "/infosoc/contacts", "/infosoc/log"]), set())


@pytest.mark.sqlite_only
def test_every_table_of_a_tenant_is_mirrored(app, mirrors):
    ours, theirs = mirrors
    assert set(ours.rows) == set(theirs.rows)
    with app.app_context(), tenant_scope(alone(theirs)):
        from infosoc.db.session import db

        assert db.session.scalar(select(CompanyRelation.notes)).startswith(PRIVATE)
