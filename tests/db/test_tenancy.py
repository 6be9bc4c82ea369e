"""Isolation in one place: the filter, the write guard and row-level security, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from infosoc.audit import commands as audit
from infosoc.audit.queries import first_break
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import Contact
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import LogEntry
from infosoc.crm.rules import Status
from infosoc.db.session import NotInTransaction, transaction
from infosoc.db.tenancy import CrossTenantWrite, NoTenantScope, Scope, UnscopedSql, every_tenant, tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_contact, make_entry, make_member, make_tenant


@pytest.fixture
def two(session):
    """Two tenants that share nothing, each with a company of its own."""
    with transaction() as s:
        ours, theirs = make_tenant(s, "infosoc"), make_tenant(s, "rattsdata")
        for tenant, name in ((ours, "Vår AB"), (theirs, "Deras AB")):
            member = make_member(s, tenant)
            with tenant_scope(Scope.alone(tenant.id)):
                company = make_company(s, name, phone="+46812345")
                contact = make_contact(s, company, "Person på " + name)
                make_entry(s, company, member, text="sagt av " + name, contact=contact)
    return ours.id, theirs.id


def names(session) -> list[str]:
    return list(session.scalars(select(Company.name)))


def test_t02_a_tenant_sees_its_own_rows_only(session, two):
    with tenant_scope(scope_numbered(session, two[0])):
        assert names(session) == ["Vår AB"]
        assert [contact.name for contact in session.scalars(select(Contact))] == ["Person på Vår AB"]
        assert session.scalar(select(func.count()).select_from(ContactPoint)) == 1
        assert [entry.text for entry in session.scalars(select(LogEntry))] == ["sagt av Vår AB"]
        assert session.scalar(select(func.count()).select_from(CompanyRelation)) == 1


def test_joins_and_subqueries_are_filtered_too(session, two):
    with tenant_scope(scope_numbered(session, two[0])):
        joined = session.execute(select(Company.name, LogEntry.text).join(LogEntry, LogEntry.company_id == Company.id))
        assert [tuple(row) for row in joined] == [("Vår AB", "sagt av Vår AB")]
        inner = select(LogEntry.company_id).where(LogEntry.text.like("%Deras%"))
        assert list(session.scalars(select(Company.id).where(Company.id.in_(inner)))) == []


def test_a_flag_shows_the_register_at_once_and_in_one_direction(session, two):
    ours, theirs = two
    with transaction() as s:
        set_flag(s, theirs, Flag.SHARE_REGISTER, True)
    with tenant_scope(scope_numbered(session, ours)):
        assert sorted(names(session)) == ["Deras AB", "Vår AB"]
        assert list(session.scalars(select(LogEntry.text))) == ["sagt av Vår AB"]
    with tenant_scope(scope_numbered(session, theirs)):
        assert names(session) == ["Deras AB"]
    with transaction() as s:
        set_flag(s, theirs, Flag.SHARE_REGISTER, False)
    with tenant_scope(scope_numbered(session, ours)):
        assert names(session) == ["Vår AB"]


def test_the_shared_log_is_read_only_where_a_statement_says_so(session, two):
    ours, theirs = two
    with transaction() as s:
        set_flag(s, theirs, Flag.SHARE_CONTACT_LOG, True)
    with tenant_scope(scope_numbered(session, ours)):
        assert session.scalar(select(func.count()).select_from(LogEntry)) == 1
        shown = session.scalars(select(LogEntry.text).execution_options(shown="log"))
        assert sorted(shown) == ["sagt av Deras AB", "sagt av Vår AB"]


def test_t03_no_scope_no_rows_and_an_error(session, two):
    for query in (select(Company), select(LogEntry), select(func.count(RegisterCount.id))):
        with pytest.raises(NoTenantScope):
            session.execute(query)


def test_t02_sql_that_the_filter_cannot_see_is_refused(session, two):
    with tenant_scope(scope_numbered(session, two[0])):
        with pytest.raises(UnscopedSql):
            session.execute(text("select name from company"))
        with pytest.raises(UnscopedSql):
            session.execute(select(Company.__table__.c.name))


def test_a_row_cannot_be_written_for_another_tenant(session, two):
    ours, theirs = two
    with pytest.raises(CrossTenantWrite), transaction() as s, tenant_scope(Scope.alone(ours)):
        s.add(RegisterCount(tenant_id=theirs, kind="x"))
        s.flush()
    with pytest.raises(CrossTenantWrite), transaction() as s, tenant_scope(Scope.alone(ours)):
        s.execute(insert(RegisterCount), [{"tenant_id": theirs, "kind": "x", "rows": 1}])
    with transaction() as s, tenant_scope(Scope.alone(ours)):
        s.execute(update(LogEntry).values(text="x"))
    with tenant_scope(Scope.alone(theirs)):
        assert list(session.scalars(select(LogEntry.text))) == ["sagt av Deras AB"]


def test_t01_the_database_refuses_a_link_across(session, two):
    ours, theirs = two
    with tenant_scope(Scope.alone(theirs)):
        foreign = session.scalar(select(Company.id))
        member = session.scalar(select(LogEntry.by_id))
    with pytest.raises(IntegrityError), transaction() as s, tenant_scope(Scope.alone(ours)):
        s.add(LogEntry(company_id=foreign, kind="note", by_id=member, happened_at=clock.now(), created_at=clock.now()))
        s.flush()


def test_nothing_is_written_outside_a_transaction(session, two):
    with tenant_scope(Scope.alone(two[0])):
        session.add(RegisterCount(tenant_id=two[0], kind="x"))
        with pytest.raises(NotInTransaction):
            session.flush()
    session.rollback()


def test_counts_are_kept_by_the_database(session, two):
    ours, _ = two
    with transaction() as s, tenant_scope(Scope.alone(ours)):
        make_company(s, "Två AB", status=Status.CUSTOMER)
        make_company(s, "Tre AB", status=Status.CUSTOMER)
        s.execute(update(CompanyRelation).where(CompanyRelation.name_sort.like("tre%")).values(status=Status.FORMER))
        s.execute(
            update(CompanyRelation).where(CompanyRelation.status == Status.PROSPECT).values(trashed_at=clock.now())
        )
    with tenant_scope(Scope.alone(ours)):
        rows = session.execute(
            select(RegisterCount.status, RegisterCount.rows).where(
                RegisterCount.kind == "company", RegisterCount.rows != 0
            )
        )
        assert dict(tuple(row) for row in rows) == {"customer": 1, "former": 1}


@pytest.mark.postgres_only
def test_t02_row_level_security_holds_where_the_filter_is_removed(session, two):
    ours, theirs = two
    with tenant_scope(Scope.alone(ours)):
        query = text("select name from company order by name").execution_options(own_sql=True)
        assert list(session.scalars(query)) == ["Vår AB"]
        query = text("select text from contact_log_entry").execution_options(own_sql=True)
        assert list(session.scalars(query)) == ["sagt av Vår AB"]
    with pytest.raises(DBAPIError), transaction() as s, tenant_scope(Scope.alone(ours)):
        s.execute(
            text("insert into tag (tenant_id, public_id, name) values (:t, 'x', 'x')").execution_options(own_sql=True),
            {"t": theirs},
        )
    session.rollback()
    assert session.connection().exec_driver_sql("select count(*) from company").scalar() == 0


def test_the_audit_log_is_final(session, two):
    with transaction() as s, tenant_scope(Scope.alone(two[0])):
        audit.record(s, "tried", "company", 1, by=None, changes={"name": ("a", "b")})
        audit.record(s, "tried", "company", 1, by=None)
    for statement in ("update audit_event set deed = 'x'", "delete from audit_event"):
        with pytest.raises(DBAPIError), transaction() as s, every_tenant("test"):
            s.execute(text(statement))
    session.rollback()
    with tenant_scope(Scope.alone(two[0])):
        assert first_break(session) is None
