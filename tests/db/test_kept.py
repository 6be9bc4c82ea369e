"""What the database keeps by itself: counts of activity, lines and tags, and what contact persons are listed by."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from infosoc.crm.models.companies import Company, CompanyRelation, CompanyTag, LineOfBusiness, Tag
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import ActivityCount, LogEntry
from infosoc.crm.rules import EntryKind, Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from tests.builders import NOW, make_company, make_contact, make_entry, make_member, make_tenant


@pytest.fixture
def ours(session):
    """A tenant with one seller and one company; the test runs in its scope."""
    with transaction() as s:
        tenant = make_tenant(s, "infosoc")
        user = make_member(s, tenant)
        s.expunge(user)
        with tenant_scope(Scope.alone(tenant.id)):
            company_id = make_company(s, "Åkeri AB", municipality="Lund", owner_id=user.id).id
    with tenant_scope(Scope.alone(tenant.id)):
        yield tenant.id, user, company_id


def company(session, number: int) -> Company:
    return session.scalars(select(Company).where(Company.id == number)).one()


def activity(session) -> dict:
    session.expire_all()
    rows = session.scalars(select(ActivityCount).where(ActivityCount.rows != 0))
    return {(row.monday.isoformat(), row.by_id, str(row.kind)): row.rows for row in rows}


@pytest.mark.parametrize(
    ("instant", "monday"),
    [
        (datetime(2026, 11, 15, 22, 59, tzinfo=UTC), "2026-11-09"),
        (datetime(2026, 11, 15, 23, 0, tzinfo=UTC), "2026-11-16"),
        (datetime(2026, 6, 28, 21, 59, tzinfo=UTC), "2026-06-22"),
        (datetime(2026, 6, 28, 22, 0, tzinfo=UTC), "2026-06-29"),
        # The night when summer time begins is a Sunday's, and so is that when it ends.
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "2026-03-23"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "2026-03-30"),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "2026-10-19"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "2026-10-26"),
    ],
)
def test_a_week_of_activity_begins_at_swedish_midnight(session, ours, instant, monday):
    _, user, company_id = ours
    with transaction() as s:
        make_entry(s, company(s, company_id), user, happened_at=instant)
    assert activity(session) == {(monday, user.id, "call"): 1}


def test_weeks_are_those_of_the_swedish_calendar_at_any_instant(session, ours):
    _, user, company_id = ours
    rng = random.Random(4)
    instants = [
        datetime(year, month, 25, tzinfo=UTC) + timedelta(minutes=rng.randrange(8 * 1440))
        for year in range(1997, 2040)
        for month in (3, 10)
    ]
    expected: dict = {}
    for instant in instants:
        day = clock.local(instant).date()
        key = ((day - timedelta(days=day.weekday())).isoformat(), user.id, "call")
        expected[key] = expected.get(key, 0) + 1
    with transaction() as s:
        at = company(s, company_id)
        for instant in instants:
            make_entry(s, at, user, happened_at=instant)
    assert activity(session) == expected


def test_activity_follows_an_entry_that_is_changed_moved_to_the_trash_and_removed(session, ours):
    _, user, company_id = ours
    with transaction() as s:
        entry_id = make_entry(s, company(s, company_id), user, happened_at=NOW).id
    this = select(LogEntry).where(LogEntry.id == entry_id)
    with transaction() as s:
        entry = s.scalars(this).one()
        entry.kind, entry.happened_at, entry.by_id = EntryKind.ATTEMPT, NOW - timedelta(days=14), None
    assert activity(session) == {("2026-11-02", 0, "attempt"): 1}
    with transaction() as s:
        s.scalars(this).one().trashed_at = NOW
    assert activity(session) == {}
    with transaction() as s:
        s.scalars(this).one().trashed_at = None
    assert activity(session) == {("2026-11-02", 0, "attempt"): 1}
    with transaction() as s:
        s.execute(delete(LogEntry).where(LogEntry.id == entry_id))
    assert activity(session) == {}


def used(session, kind: str) -> dict[str, int]:
    session.expire_all()
    query = select(RegisterCount.status, RegisterCount.rows).where(RegisterCount.kind == kind, RegisterCount.rows != 0)
    return dict(tuple(row) for row in session.execute(query))


def test_companies_of_a_line_and_a_tag_are_counted_as_they_come_and_go(session, ours):
    _, _, company_id = ours
    with transaction() as s:
        lines = [LineOfBusiness(name=name) for name in ("Vård", "Åkeri")]
        tag = Tag(name="mässa")
        s.add_all([*lines, tag])
        s.flush()
        one, two = (line.id for line in lines)
        tag_id = tag.id
    relation = update(CompanyRelation).where(CompanyRelation.company_id == company_id)
    with transaction() as s:
        s.execute(relation.values(line_id=one))
        relation_id = s.scalar(select(CompanyRelation.id))
        s.add(CompanyTag(relation_id=relation_id, tag_id=tag_id))
        make_company(s, "Till")
        s.execute(update(CompanyRelation).where(CompanyRelation.company_id != company_id).values(line_id=one))
    assert (used(session, "line"), used(session, "tag")) == ({str(one): 2}, {str(tag_id): 1})
    with transaction() as s:
        s.execute(relation.values(line_id=two))
        s.execute(delete(CompanyTag))
    assert (used(session, "line"), used(session, "tag")) == ({str(one): 1, str(two): 1}, {})
    with transaction() as s:
        s.execute(update(CompanyRelation).values(line_id=None))
    assert used(session, "line") == {}


def listed_by(session) -> tuple:
    session.expire_all()
    row = session.scalars(select(ContactRelation)).one()
    return row.company_status, row.company_owner_id, row.municipality


def test_a_contact_person_is_listed_by_the_company_of_the_main_post(session, ours):
    _, user, company_id = ours
    with transaction() as s:
        person_id = make_contact(s, company(s, company_id), "Bo Lönn").id
    assert listed_by(session) == ("prospect", user.id, "Lund")
    with transaction() as s:
        values = {"status": Status.CUSTOMER, "owner_id": None, "municipality": "Åre"}
        s.execute(update(CompanyRelation).where(CompanyRelation.company_id == company_id).values(values))
    assert listed_by(session) == ("customer", None, "Åre")
    with transaction() as s:
        other = make_company(s, "Ny AB", municipality="Umeå").id
        s.execute(update(Post).where(Post.contact_id == person_id).values(company_id=other))
    assert listed_by(session) == ("prospect", None, "Umeå")
    with transaction() as s:
        s.execute(delete(Post).where(Post.contact_id == person_id))
    assert listed_by(session) == (None, None, None)


def test_a_post_is_copied_for_every_tenant_that_holds_the_person_each_by_its_own_facts(session, ours):
    _, _, company_id = ours
    with transaction() as s:
        at = company(s, company_id)
        person = make_contact(s, at, "Bo Lönn")
        facts = {"name_sort": "bo", "source": "x", "source_on": NOW.date(), "created_at": NOW}
        person_id, theirs = person.id, make_tenant(s, "rattsdata").id
    with transaction() as s, tenant_scope(Scope.alone(theirs)):
        s.add(ContactRelation(tenant_id=theirs, contact_id=person_id, **facts))
        s.add(CompanyRelation(tenant_id=theirs, company_id=company_id, status=Status.FORMER, name_sort="x",
                              municipality="Kiruna", created_at=NOW))  # fmt: skip
        s.flush()
    with tenant_scope(Scope.alone(theirs)):
        assert listed_by(session) == ("former", None, "Kiruna")
    with transaction() as s:
        s.execute(update(Post).where(Post.contact_id == person_id).values(is_main=False))
    with tenant_scope(Scope.alone(theirs)):
        assert listed_by(session) == (None, None, None)
    with transaction() as s:
        s.execute(update(Post).where(Post.contact_id == person_id).values(is_main=True))
    assert listed_by(session)[0] == "prospect"
    with tenant_scope(Scope.alone(theirs)):
        assert listed_by(session)[0] == "former"
    assert s.scalar(select(Contact.name)) == "Bo Lönn"
