"""What lies in the trash goes after its time, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from infosoc.crm.change_jobs import empty_trash
from infosoc.crm.commands import bulk
from infosoc.crm.models.changes import BulkResult, Undo, UndoPart
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.db import search
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from tests.builders import make_company, make_entry, make_follow_up
from tests.crm.world import begin_edit, two_records

NOW = clock.now()


def test_the_trash_is_emptied_after_its_time_and_old_undos_with_it(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        first, second = two_records(s, user)
        undo = begin_edit(s, bulk.Edit(bulk.Deed.STATUS, "former"), [first.id], user)
        undo.made_at = NOW - timedelta(days=31)
        relation = s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == second.id))
        relation.trashed_at = NOW - timedelta(days=31)
        s.flush()
    empty_trash(NOW)
    with tenant_scope(scope):
        assert list(session.scalars(select(Company.id))) == [first.id]
        assert session.scalar(select(func.count()).select_from(LogEntry)) == 0
        for model in (Undo, UndoPart, BulkResult):
            assert session.scalar(select(func.count()).select_from(model)) == 0


def test_trashed_entries_and_follow_ups_go_after_their_time(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        company = make_company(s)
        old, kept = (make_entry(s, company, user, text=text) for text in ("gammal", "kvar"))
        follow_up = make_follow_up(s, company, user, due_on=date(2027, 1, 1))
        follow_up.made_in_id, old.trashed_at = old.id, NOW - timedelta(days=31)
        s.flush()
    empty_trash(NOW)
    with tenant_scope(scope):
        assert list(session.scalars(select(LogEntry.id))) == [kept.id]
        assert list(session.scalars(select(FollowUp.made_in_id).execution_options(populate_existing=True))) == [None]
        assert search.find(session, "gammal") == []
