"""Edits of many companies at once and their undo, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.commands import bulk, joint
from infosoc.crm.models.changes import BulkResult, Undo, UndoPart
from infosoc.crm.models.companies import CompanyRelation, CompanyTag
from infosoc.crm.rules import Status
from infosoc.db import search
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from tests.builders import make_company
from tests.crm.world import begin_edit, counted

NOW = clock.now()


def test_a_bulk_edit_tells_of_every_row_and_is_undone_as_one(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        ids = [
            make_company(s, f"Nr {n} AB", status=status).id
            for n, status in enumerate((Status.PROSPECT, Status.CUSTOMER, Status.PROSPECT))
        ]
        s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == ids[2])).trashed_at = NOW
        s.flush()
    with transaction() as s, tenant_scope(scope):
        undo = begin_edit(s, bulk.Edit(bulk.Deed.STATUS, "customer"), ids, user)
    with tenant_scope(scope):
        results = session.scalars(select(BulkResult.result).order_by(BulkResult.company_id))
        assert list(results) == ["changed", "same", "trashed"]
        assert list(session.scalars(select(CompanyRelation.status).order_by(CompanyRelation.company_id))) == [
            "customer", "customer", "prospect",
        ]  # fmt: skip
        told = session.scalars(select(AuditEvent.subject_id).where(AuditEvent.deed == "company changed"))
        assert list(told) == [ids[0]]
        assert bulk.waiting(session, session.get(Undo, undo.id)) == []
    with transaction() as s, tenant_scope(scope):
        assert bulk.undo(s, undo.public_id, by=user.id, now=NOW) == (1, 0)
    with tenant_scope(scope):
        assert session.scalar(select(CompanyRelation.status).where(CompanyRelation.company_id == ids[0])) == "prospect"
    with pytest.raises(bulk.AlreadyUndone), transaction() as s, tenant_scope(scope):
        bulk.undo(s, undo.public_id, by=user.id, now=NOW)


def test_undo_leaves_alone_what_has_moved_on(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        ids = [make_company(s, name).id for name in ("Ett AB", "Två AB")]
        undo = begin_edit(s, bulk.Edit(bulk.Deed.OWNER, user.public_id), ids, user, owner_id=user.id)
    with transaction() as s, tenant_scope(scope):
        s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == ids[0])).owner_id = None
        s.flush()
        assert bulk.undo(s, undo.public_id, by=user.id, now=NOW) == (1, 1)


def values_of(session, field):
    query = select(AuditValue.before, AuditValue.after).where(AuditValue.field == field).order_by(AuditValue.id)
    return [tuple(row) for row in session.execute(query)]


def test_the_history_of_a_bulk_edit_names_the_owner_as_that_of_one_company_does(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        company = make_company(s)
        undo = begin_edit(s, bulk.Edit(bulk.Deed.OWNER, user.public_id), [company.id], user, owner_id=user.id)
    with transaction() as s, tenant_scope(scope):
        bulk.undo(s, undo.public_id, by=user.id, now=NOW)
    with tenant_scope(scope):
        assert values_of(session, "owner") == [(None, "Karin Ek"), (None, "Karin Ek"), ("Karin Ek", None)]
        assert values_of(session, "owner_id") == []


def test_a_bulk_edit_writes_each_chunk_once_however_many_there_are(session, app, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        ids = [make_company(s, f"Nr {n} AB").id for n in range(6)]
        undo = bulk.begin(s, bulk.Edit(bulk.Deed.STATUS, "customer"), ids, owner_id=None, by=user.id, now=NOW)
        undo_id, public_id = undo.id, undo.public_id
    with counted(app) as statements:
        for at in range(0, 6, 2):
            with transaction() as s, tenant_scope(scope):
                bulk.apply(s, undo_id, ids[at : at + 2])
    assert [one for one in statements if one.startswith("UPDATE undo ")] == []
    with tenant_scope(scope):
        assert [len(one) for one in session.scalars(select(UndoPart.before))] == [2, 2, 2]
    with transaction() as s, tenant_scope(scope):
        assert bulk.undo(s, public_id, by=user.id, now=NOW) == (6, 0)


def test_a_bulk_edit_of_a_record_that_is_parted_is_undone_on_ours(session, ours, held_by_both):
    scope, user = ours
    shared_id, _theirs = held_by_both
    with transaction() as s, tenant_scope(scope):
        undo = begin_edit(s, bulk.Edit(bulk.Deed.STATUS, "customer"), [shared_id], user)
        own_id = joint.own_company(s, shared_id, by=user.id)
        assert own_id != shared_id
    with transaction() as s, tenant_scope(scope):
        assert bulk.undo(s, undo.public_id, by=user.id, now=NOW) == (1, 0)
    with tenant_scope(scope):
        assert session.scalar(select(CompanyRelation.status)) == Status.PROSPECT


@pytest.mark.parametrize("deed", [bulk.Deed.TAG, bulk.Deed.UNTAG])
def test_tags_are_put_on_and_taken_off_in_bulk(session, ours, deed):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        ids = [make_company(s, name).id for name in ("Ett AB", "Två AB")]
        begin_edit(s, bulk.Edit(bulk.Deed.TAG, "Mässan"), ids[:1], user)
    with transaction() as s, tenant_scope(scope):
        undo = begin_edit(s, bulk.Edit(deed, "mässan"), ids, user)
    expected = {bulk.Deed.TAG: 2, bulk.Deed.UNTAG: 0}[deed]
    with tenant_scope(scope):
        assert session.scalar(select(func.count()).select_from(CompanyTag)) == expected
        assert len(search.find(session, "mässan")) == expected
    with transaction() as s, tenant_scope(scope):
        bulk.undo(s, undo.public_id, by=user.id, now=NOW)
    with tenant_scope(scope):
        assert session.scalar(select(func.count()).select_from(CompanyTag)) == 1


@pytest.mark.parametrize(
    ("deed", "value", "error"),
    [("status", "x", bulk.UnknownStatus), ("owner", "zzz", bulk.NotAColleague), ("tag", " ", bulk.NoTag)],
)
def test_wrong_values_are_refused(session, ours, deed, value, error):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        company = make_company(s)
    with pytest.raises(error), transaction() as s, tenant_scope(scope):
        begin_edit(s, bulk.Edit(bulk.Deed(deed), value), [company.id], user)
    with pytest.raises(bulk.NothingChosen), transaction() as s, tenant_scope(scope):
        begin_edit(s, bulk.Edit(bulk.Deed.STATUS, "customer"), [], user)
