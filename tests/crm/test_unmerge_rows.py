"""A merge and its undo leave every row of the register as it was, column by column, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from infosoc.crm.commands import copies, joint, merge, unmerge
from infosoc.crm.models.changes import BulkResult, Undo
from infosoc.crm.models.companies import (
    Address,
    Company,
    CompanyRelation,
    CompanyTag,
    ContactPoint,
    CustomField,
    LineOfBusiness,
    Tag,
)
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import ActivityCount, FollowUp, LogEntry
from infosoc.crm.rules import EntryKind, Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.kernel import clock
from tests.builders import make_company, make_contact, make_entry, make_follow_up, make_member, make_tenant

NOW = clock.now()
REGISTER = (
    Company, Address, ContactPoint, CompanyRelation, CompanyTag, Tag, CustomField, LineOfBusiness, Contact,
    ContactRelation, Post, LogEntry, FollowUp, ActivityCount, RegisterCount, ImportRow, BulkResult,
)  # fmt: skip
# A tag that a company carries is a bare link, made anew; versions only count, and a record that changed is newer.
NOT_COMPARED = {("company_tag", "id"), ("register_count", "id"), ("activity_count", "id")}
COUNTED = {"version", "changed_at"}


def rows(session) -> dict[str, list[dict[str, Any]]]:
    """Every column of every row of the register, but the few above."""
    session.rollback()
    with every_tenant("test"):
        return {
            model.__tablename__: sorted(
                (
                    {
                        c.key: getattr(row, c.key)
                        for c in model.__mapper__.column_attrs
                        if c.key not in COUNTED and (model.__tablename__, c.key) not in NOT_COMPARED
                    }
                    for row in session.scalars(select(model).execution_options(populate_existing=True))
                ),
                key=repr,
            )
            for model in REGISTER
        }


@pytest.fixture
def ours(session):
    with transaction() as s:
        tenant = make_tenant(s)
        user = make_member(s, tenant)
    return Scope.alone(tenant.id), user


def with_everything(s, user, name: str, number: int, **facts) -> Company:
    """A company with several of all that hangs on one."""
    company = make_company(s, name, phone=f"+468111111{number}", owner_id=user.id, **facts)
    for kind in ("visiting", "postal", "invoice"):
        s.add(Address(company_id=company.id, kind=kind, street=f"Storgatan {number}", postcode="90325", town="Umeå"))
    for kind, value in (("email", f"info{number}@akeri.example"), ("web", f"https://akeri{number}.example")):
        s.add(ContactPoint(company_id=company.id, kind=kind, value=value, normalised=value, is_main=True))
    people = [make_contact(s, company, f"Bo {number} {one}", email=f"bo{number}{one}@a.example") for one in "ab"]
    relation = s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == company.id))
    relation.notes, relation.custom = f"Kaffe {number}", {"avtal": f"A{number}"}
    for tag in s.scalars(select(Tag).where(Tag.name.in_(("båda", f"bara {number}")))):
        s.add(CompanyTag(relation_id=relation.id, tag_id=tag.id))
    for at, kind in enumerate((EntryKind.CALL, EntryKind.ATTEMPT, EntryKind.MEETING)):
        happened = NOW - timedelta(days=10 * number + at)
        make_entry(s, company, user, kind=kind, happened_at=happened, text=f"om {kind}", contact=people[0])
    make_follow_up(s, company, user, due_on=date(2027, 1, number), note="ring")
    make_follow_up(s, company, user, due_on=date(2026, 1, number), done_at=NOW)
    return company


def two_with_everything(s, user) -> tuple[int, int]:
    line = LineOfBusiness(name="Åkerier")
    s.add_all([Tag(name="båda"), Tag(name="bara 1"), Tag(name="bara 2"), line])
    s.add(CustomField(key="avtal", label="Avtal", kind="text"))
    s.flush()
    kept = with_everything(s, user, "Åkeri AB", 1, status=Status.CUSTOMER)
    gone = with_everything(
        s, user, "Åkeriet AB", 2, municipality="Umeå", town="Umeå", size="10-49", legal_form="ab",
        org_number="5560360793",
    )  # fmt: skip
    s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == gone.id)).line_id = line.id
    both = s.scalar(select(Contact).where(Contact.name == "Bo 1 a"))
    s.add(Post(contact_id=both.id, company_id=gone.id, title="Styrelseledamot", is_main=False))
    make_company(s, "Dotter AB", parent_id=gone.id)
    s.flush()
    for company in (kept, gone):
        copies.refresh_activity(s, company.id)
        copies.refresh_people(s, company.id)
        joint.refresh_company(s, s.scalar(select(Company).where(Company.id == company.id)))
    return kept.id, gone.id


@pytest.mark.parametrize("taken", [{}, {"name": True, "org_number": True, "line_id": True}], ids=["none", "some"])
def test_a_merge_and_its_undo_leave_every_row_as_it_was(session, ours, taken):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        kept, gone = two_with_everything(s, user)
    before = rows(session)
    with transaction() as s, tenant_scope(scope):
        undo = merge.merge(s, gone, kept, taken=taken, by=user.id, now=NOW).public_id
    merged = rows(session)
    assert len(merged["address"]) == 3
    assert len(merged["company"]) == 2
    with transaction() as s, tenant_scope(scope):
        unmerge.unmerge(s, undo, by=user.id, now=NOW)
    after = rows(session)
    for table, expected in before.items():
        assert after[table] == expected, table
    with tenant_scope(scope):
        assert session.scalar(select(Undo.undone_at)) is not None
