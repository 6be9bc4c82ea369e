"""Merging companies and taking it back, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from infosoc.crm.commands import merge, unmerge
from infosoc.crm.commands.take_in import InTheTrash
from infosoc.crm.models.companies import Company, CompanyRelation, CompanyTag, ContactPoint, Tag
from infosoc.crm.models.contacts import Post
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import Status
from infosoc.db import search
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_entry, make_member, make_tenant
from tests.crm.world import two_records

NOW = clock.now()


def snapshot(session):
    """What of the register a merge and its undo touch."""
    models = (Company, CompanyRelation, CompanyTag, ContactPoint, Post, LogEntry, FollowUp)
    skipped = {"id", "version", "changed_at"}
    return {
        model.__tablename__: sorted(
            str([(c.key, getattr(row, c.key)) for c in model.__mapper__.column_attrs if c.key not in skipped])
            for row in session.scalars(select(model).execution_options(populate_existing=True))
        )
        for model in models
    }


def test_a_merge_moves_everything_and_its_undo_moves_it_back(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        first, second = two_records(s, user)
    with tenant_scope(scope):
        before = snapshot(session)
    with transaction() as s, tenant_scope(scope):
        undo = merge.merge(s, second.id, first.id, taken={"municipality": True}, by=user.id, now=NOW)
    with tenant_scope(scope):
        assert [company.name for company in session.scalars(select(Company))] == ["Åkeri AB"]
        relation = session.scalar(select(CompanyRelation))
        assert (relation.contacts, relation.notes, relation.municipality) == (1, "Bra kaffe", "Umeå")
        assert relation.next_follow_up_on == date(2027, 1, 1)
        assert set(session.scalars(select(LogEntry.company_id))) == {first.id}
        assert set(session.scalars(select(Post.company_id))) == {first.id}
        assert session.scalar(select(func.count()).select_from(ContactPoint)) == 2
        assert session.scalar(select(func.count()).select_from(CompanyTag)) == 1
        assert search.find(session, "umeå")[0].title == "Åkeri AB"
        assert session.scalar(select(func.sum(RegisterCount.rows)).where(RegisterCount.kind == "company")) == 1
    with transaction() as s, tenant_scope(scope):
        unmerge.unmerge(s, undo.public_id, by=user.id, now=NOW)
    with tenant_scope(scope):
        assert snapshot(session) == before
        assert "Åkeriet i Umeå AB" in [hit.title for hit in search.find(session, "åkeriet")]
    with pytest.raises(unmerge.CannotUnmerge), transaction() as s, tenant_scope(scope):
        unmerge.unmerge(s, undo.public_id, by=user.id, now=NOW)


def test_t08_a_merge_of_a_record_that_another_tenant_holds_leaves_it_to_them(session, ours):
    scope, user = ours
    with transaction() as s:
        theirs = make_tenant(s, "rattsdata")
        make_member(s, theirs)
        with tenant_scope(Scope.alone(theirs.id)):
            shared = make_company(s, "Delade AB")
        set_flag(s, theirs.id, Flag.SHARE_REGISTER, True)
        with tenant_scope(scope_numbered(s, scope.tenant_id)):
            twin = make_company(s, "Delade Aktiebolag", status=Status.CUSTOMER)
            make_entry(s, twin, user, text="hos oss")
    with transaction() as s, tenant_scope(scope_numbered(s, scope.tenant_id)):
        undo = merge.merge(s, twin.id, shared.id, taken={}, by=user.id, now=NOW)
    with tenant_scope(scope_numbered(session, scope.tenant_id)):
        relation = session.scalar(select(CompanyRelation))
        assert (relation.company_id, relation.status) == (shared.id, Status.CUSTOMER)
        assert session.scalar(select(LogEntry.company_id)) == shared.id
    with tenant_scope(Scope.alone(theirs.id)):
        assert [company.id for company in session.scalars(select(Company))] == [shared.id]
    with transaction() as s, tenant_scope(scope_numbered(s, scope.tenant_id)):
        unmerge.unmerge(s, undo.public_id, by=user.id, now=NOW)
    with tenant_scope(Scope.alone(scope.tenant_id)):
        assert [company.name for company in session.scalars(select(Company))] == ["Delade Aktiebolag"]
        assert session.scalar(select(LogEntry.company_id)) == twin.id


def test_a_company_is_not_merged_with_itself_nor_with_one_that_is_not_seen(session, ours):
    scope, user = ours
    with transaction() as s:
        theirs = make_tenant(s, "rattsdata")
        with tenant_scope(Scope.alone(theirs.id)):
            hidden = make_company(s, "Dolda AB")
        with tenant_scope(scope):
            own = make_company(s, "Egna AB")
    for gone, kept, error in (
        (own.id, own.id, merge.SameCompany),
        (own.id, hidden.id, merge.NotFound),
        (hidden.id, own.id, merge.NotFound),
    ):
        with pytest.raises(error), transaction() as s, tenant_scope(scope):
            merge.merge(s, gone, kept, taken={}, by=user.id, now=NOW)
    with every_tenant("test"):
        assert session.scalar(select(func.count()).select_from(CompanyRelation)) == 2


def test_merging_into_a_joint_record_that_is_no_longer_shared_leaves_theirs_as_it_was(session, ours, held_by_both):
    scope, user = ours
    shared_id, theirs = held_by_both
    with transaction() as s, tenant_scope(scope):
        twin = make_company(s, "Hemliga Namnet AB", phone="+4681234567")
    with tenant_scope(theirs):
        before = snapshot(session)
    with transaction() as s, tenant_scope(scope):
        undo = merge.merge(s, twin.id, shared_id, taken={"name": True}, by=user.id, now=NOW)
    with tenant_scope(theirs):
        assert snapshot(session) == before
    with tenant_scope(scope):
        assert [one.name for one in session.scalars(select(Company))] == ["Hemliga Namnet AB"]
    with transaction() as s, tenant_scope(scope):
        unmerge.unmerge(s, undo.public_id, by=user.id, now=NOW)
    with tenant_scope(theirs):
        assert snapshot(session) == before


def test_merging_a_joint_record_away_leaves_its_people_where_they_are_for_others(session, ours, held_by_both):
    scope, user = ours
    shared_id, theirs = held_by_both
    with transaction() as s, tenant_scope(scope):
        kept = make_company(s, "Egna AB")
    with tenant_scope(theirs):
        before = snapshot(session)
    with transaction() as s, tenant_scope(scope):
        merge.merge(s, shared_id, kept.id, taken={}, by=user.id, now=NOW)
    with tenant_scope(theirs):
        assert snapshot(session) == before
    with tenant_scope(scope):
        assert set(session.scalars(select(Post.company_id))) == {kept.id}


def test_daughters_follow_a_merge_and_its_undo(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        gone, kept = make_company(s, "Moder AB"), make_company(s, "Moderbolaget AB")
        daughter = make_company(s, "Dotter AB", parent_id=gone.id)
    with transaction() as s, tenant_scope(scope):
        undo = merge.merge(s, gone.id, kept.id, taken={}, by=user.id, now=NOW)
    parent_of = select(Company.parent_id).where(Company.id == daughter.id)
    with tenant_scope(scope):
        assert session.scalar(parent_of) == kept.id
    with transaction() as s, tenant_scope(scope):
        unmerge.unmerge(s, undo.public_id, by=user.id, now=NOW)
    with tenant_scope(scope):
        assert session.scalar(parent_of) == gone.id


def test_the_undo_of_a_merge_keeps_what_was_written_since(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        gone, kept = make_company(s, "Ett AB", municipality="Umeå"), make_company(s, "Ettan AB")
    with transaction() as s, tenant_scope(scope):
        undo = merge.merge(s, gone.id, kept.id, taken={"municipality": True}, by=user.id, now=NOW)
    with transaction() as s, tenant_scope(scope):
        relation = s.scalar(select(CompanyRelation))
        relation.notes, relation.status = "skrivet efteråt", Status.CUSTOMER
        s.flush()
    with transaction() as s, tenant_scope(scope):
        unmerge.unmerge(s, undo.public_id, by=user.id, now=NOW)
    with tenant_scope(scope):
        relation = session.scalar(select(CompanyRelation).where(CompanyRelation.company_id == kept.id))
        assert (relation.notes, relation.status) == ("skrivet efteråt", Status.CUSTOMER)
        assert session.scalar(select(Company.municipality).where(Company.id == kept.id)) is None


def test_what_came_to_a_record_taken_in_by_a_merge_goes_along_when_it_is_undone(session, ours):
    scope, user = ours
    with transaction() as s:
        theirs = make_tenant(s, "rattsdata")
        with tenant_scope(Scope.alone(theirs.id)):
            shared = make_company(s, "Delade AB")
        set_flag(s, theirs.id, Flag.SHARE_REGISTER, True)
        with tenant_scope(scope_numbered(s, scope.tenant_id)):
            twin = make_company(s, "Delade Aktiebolag")
            tag = Tag(name="senare")
            s.add(tag)
            s.flush()
    with transaction() as s, tenant_scope(scope_numbered(s, scope.tenant_id)):
        undo = merge.merge(s, twin.id, shared.id, taken={}, by=user.id, now=NOW)
    with transaction() as s, tenant_scope(scope_numbered(s, scope.tenant_id)):
        make_entry(s, shared, user, text="efter sammanslagningen")
        s.add(CompanyTag(relation_id=s.scalar(select(CompanyRelation.id)), tag_id=tag.id))
        s.flush()
    with transaction() as s, tenant_scope(scope_numbered(s, scope.tenant_id)):
        unmerge.unmerge(s, undo.public_id, by=user.id, now=NOW)
    with tenant_scope(scope):
        assert session.scalar(select(LogEntry.company_id)) == twin.id
        assert session.scalar(select(func.count()).select_from(CompanyTag)) == 1
        assert list(session.scalars(select(CompanyRelation.company_id))) == [twin.id]


def test_nothing_is_merged_into_the_trash(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        one, other = make_company(s, "Ett AB"), make_company(s, "Två AB")
        s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == other.id)).trashed_at = NOW
        s.flush()
    for gone, kept in ((one, other), (other, one)):
        with pytest.raises(InTheTrash), transaction() as s, tenant_scope(scope):
            merge.merge(s, gone.id, kept.id, taken={}, by=user.id, now=NOW)


def test_an_old_address_leads_to_the_record_that_was_kept_until_the_merge_is_undone(world):
    by, browser = world.users["karin"].id, world.client()
    with world.writing() as s:
        made = [make_company(s, name) for name in ("Ett AB", "Två AB", "Tre AB")]
        gone, kept, last = ((one.id, f"/infosoc/companies/{one.public_id}") for one in made)
    with world.writing() as s:
        public_id = merge.merge(s, gone[0], kept[0], taken={}, by=by, now=NOW).public_id
    answer = browser.get(gone[1])
    assert (answer.status_code, answer.headers["Location"]) == (303, kept[1])
    with world.writing() as s:
        again_id = merge.merge(s, kept[0], last[0], taken={}, by=by, now=NOW).public_id
    assert browser.get(gone[1]).headers["Location"] == last[1]
    assert world.client("sven").get(gone[1].replace("infosoc", "rattsdata")).status_code == 404
    for one in (again_id, public_id):
        with world.writing() as s:
            unmerge.unmerge(s, one, by=by, now=NOW)
    assert [browser.get(address).status_code for _, address in (gone, kept)] == [200, 200]
