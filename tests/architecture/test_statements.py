"""Every page that one can fetch asks the database at most eight questions, however much it shows."""

from __future__ import annotations

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import select, update

from infosoc.accounts.models import Membership
from infosoc.accounts.roles import Role
from infosoc.audit import commands as audit
from infosoc.crm.models.companies import LineOfBusiness, Tag
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from tests.builders import make_company, make_contact, make_entry, make_follow_up, sign_in
from tests.support.mirror import Mirror, alone, fill
from tests.support.routes import addresses
from tests.support.statements import MOST_ON_A_PAGE, statements

MANY = 12  # of everything that a page shows rows of: more than a page may ask questions
# Pages that ask more, with what they ask and why.
MORE: dict[str, int] = {
    "privacy_cases.extract": 90,  # reads every table that may hold something of a person
    "billing_runs.new": 24,  # counts what a run would make of a chunk of agreements, as the run itself does
    "billing_runs.sums": 24,
    "privacy_people.ask_removal": 12,  # who it is to us, as the removal itself will find out
}
# What these pages do is more than reading: a file is made, and that it was is written down.
NO_PAGES = {"exports.download"}


@pytest.fixture
def full(app) -> Mirror:
    """A tenant with a row in every table, a dozen in those that lists show, and deeds on all of them."""
    with app.app_context(), transaction() as session:
        mirror = fill(session, "infosoc", marked=False)
        with tenant_scope(alone(mirror)):
            session.execute(update(Membership).values(roles=[role.value for role in Role]))
            first = make_company(session, "Första AB", phone="+46812345")
            for number in range(MANY):
                company = make_company(session, f"Nr {number} AB", phone=f"+468123{number:02d}", municipality="Åre")
                person = make_contact(
                    session, first if number % 2 else company, f"Bo {number}", email=f"b{number}@x.se"
                )
                entry = make_entry(session, first, mirror.user, happened_at=clock.now(), contact=person, text="Hej")
                due = make_follow_up(session, company, mirror.user, due_on=clock.today())
                session.add_all([Tag(name=f"tagg {number}"), LineOfBusiness(name=f"bransch {number}")])
                session.flush()
                for kind, one in (("company", company), ("contact", person), ("entry", entry), ("follow_up", due)):
                    audit.record(session, f"{kind} changed", kind, one.id, by=mirror.user.id, changes={"x": (1, 2)})
            mirror.rows["first"] = {"id": first.id, "public_id": first.public_id}
        session.expunge_all()
    return mirror


def counts(app: Flask, mirror: Mirror) -> dict[str, tuple[int, str]]:
    """The most questions that each endpoint asked for a page it answered, and for which address."""
    found: dict[str, tuple[int, str]] = {}
    client = app.test_client()
    sign_in(client, mirror.user)
    seen: set[str] = set()
    for row in mirror.rows.values():
        values = {"tenant": "infosoc", "public_id": row.get("public_id"), "number": row["id"]}
        for endpoint, path in addresses(app, "GET", values):
            if path not in seen and endpoint not in NO_PAGES:
                seen.add(path)
                note(found, endpoint, path, client)
    return found


def note(found: dict[str, tuple[int, str]], endpoint: str, path: str, client: FlaskClient) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        with statements(client.application) as sent:
            status = client.get(path, headers=headers).status_code
        if status == 200:
            found[endpoint] = max(found.get(endpoint, (0, "")), (len(sent), path))


def too_many(app: Flask, mirror: Mirror) -> dict[str, tuple[int, str]]:
    return {name: one for name, one in counts(app, mirror).items() if one[0] > MORE.get(name, MOST_ON_A_PAGE)}


def test_no_page_asks_more_than_the_budget(app, full):
    found = counts(app, full)
    assert {name: one for name, one in found.items() if one[0] > MORE.get(name, MOST_ON_A_PAGE)} == {}
    assert len(found) > 60


def test_a_question_for_each_row_of_any_page_is_noticed(app, full):
    """The planted fault: the log asks once more for every entry it shows."""

    @app.after_request
    def careless(response):
        if request.endpoint == "contact_log.index":
            for _ in range(MANY):
                db.session.scalar(select(Tag.id).limit(1))
        return response

    assert set(too_many(app, full)) == {"contact_log.index"}
