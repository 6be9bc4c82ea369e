"""Merging companies and taking it back; bulk edits and their undo; finding duplicates; on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.change_jobs import empty_trash
from infosoc.crm.commands import bulk, copies, duplicates, joint, merge, unmerge
from infosoc.crm.commands.take_in import InTheTrash
from infosoc.crm.models.changes import BulkResult, DuplicatePair, Undo, UndoPart
from infosoc.crm.models.companies import Company, CompanyRelation, CompanyTag, ContactPoint, Tag
from infosoc.crm.models.contacts import ContactRelation, Post
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries.duplicates import open_pairs
from infosoc.crm.rules import Status
from infosoc.db import search
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.jobs.worker import run_waiting
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_contact, make_entry, make_follow_up, make_member, make_tenant
from tests.crm.world import counted

NOW = clock.now()


@pytest.fixture
def ours(session):
    with transaction() as s:
        tenant = make_tenant(s)
        user = make_member(s, tenant)
    return Scope.alone(tenant.id), user


def two_records(s, user):
    """Åkeri twice, each with its own things."""
    first = make_company(s, "Åkeri AB", phone="+4681111111", status=Status.CUSTOMER)
    second = make_company(s, "Åkeriet i Umeå AB", phone="+4682222222", municipality="Umeå")
    person = make_contact(s, second, "Bo Lönn")
    make_entry(s, second, user, text="ringde om offerten", contact=person)
    make_follow_up(s, second, user, due_on=date(2027, 1, 1))
    tag = Tag(name="julkort")
    s.add(tag)
    s.flush()
    relation = s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == second.id))
    s.add(CompanyTag(relation_id=relation.id, tag_id=tag.id))
    relation.notes = "Bra kaffe"
    s.flush()
    for company in (first, second):
        copies.refresh_activity(s, company.id)
        copies.refresh_people(s, company.id)
    return first, second


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


def test_a_merge_of_a_record_that_another_tenant_holds_leaves_it_to_them(session, ours):
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


def test_duplicates_are_found_by_number_name_phone_and_mail_but_not_again_once_kept_apart(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        make_company(s, "Ett AB", org_number="5560360793")
        make_company(s, "Annat namn AB", org_number="5560360793")
        make_company(s, "Samma Namn AB", municipality="Umeå")
        make_company(s, "Samma Namn AB", municipality="Umeå")
        make_company(s, "Samma Namn AB", municipality="Lund")
        make_company(s, "Växel Ett", phone="+4688888888")
        make_company(s, "Växel Två", phone="+4688888888")
    with transaction() as s, tenant_scope(scope):
        assert duplicates.look(s, now=NOW) == 3
    with transaction() as s, tenant_scope(scope):
        pairs = list(s.scalars(select(DuplicatePair).order_by(DuplicatePair.score.desc())))
        assert [pair.reason for pair in pairs] == ["org_number", "name", "phone"]
        duplicates.keep_apart(s, pairs[0].public_id, by=user.id, now=NOW)
        assert duplicates.look(s, now=NOW) == 0


def test_two_of_one_name_with_a_number_each_are_no_duplicates(session, ours):
    scope, _ = ours
    with transaction() as s, tenant_scope(scope):
        first = make_company(s, "Omsorg AB", org_number="5560360793", phone="+468123456").id
        second = make_company(s, "Omsorg AB", org_number="5597246270", phone="+468123456").id
        third = make_company(s, "Omsorg AB").id
        assert duplicates.look(s, now=NOW) == 2
    with tenant_scope(scope):
        pairs, _ = open_pairs(session)
        assert {(one.first.id, one.second.id) for one in pairs} == {(first, third), (second, third)}
    with transaction() as s, tenant_scope(scope):
        s.scalar(select(Company).where(Company.id == third)).org_number = "9690297321"
        s.flush()
    with tenant_scope(scope):
        assert open_pairs(session) == ([], 0)


def test_a_pair_with_one_side_in_the_trash_is_not_proposed_until_it_is_restored(session, ours):
    scope, _ = ours
    with transaction() as s, tenant_scope(scope):
        ids = [make_company(s, name, org_number="5560360793").id for name in ("Ett AB", "Två AB")]
        duplicates.look(s, now=NOW)
    for trashed in ids:
        for trashed_at, shown in ((NOW, 0), (None, 1)):
            with transaction() as s, tenant_scope(scope):
                relation = s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == trashed))
                relation.trashed_at = trashed_at
                s.flush()
                pairs, total = open_pairs(s)
                assert (len(pairs), total) == (shown, shown)


def test_when_sharing_begins_twins_become_proposals_for_both(session, ours):
    scope, _ = ours
    with transaction() as s:
        theirs = make_tenant(s, "rattsdata")
        with tenant_scope(Scope.alone(theirs.id)):
            make_company(s, "Tvilling AB", org_number="5560360793")
        with tenant_scope(scope):
            make_company(s, "Tvillingen AB", org_number="5560360793")
            assert duplicates.look(s, now=NOW) == 0
        for tenant_id in (scope.tenant_id, theirs.id):
            set_flag(s, tenant_id, Flag.SHARE_REGISTER, True)
        for tenant_id in (scope.tenant_id, theirs.id):
            with tenant_scope(scope_numbered(s, tenant_id)):
                assert duplicates.look(s, now=NOW) == 1


def begin(s, edit, ids, user, owner_id=None):
    undo = bulk.begin(s, edit, ids, owner_id=owner_id, by=user.id, now=NOW)
    bulk.apply(s, undo.id, ids)
    return undo


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
        undo = begin(s, bulk.Edit(bulk.Deed.STATUS, "customer"), ids, user)
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
        undo = begin(s, bulk.Edit(bulk.Deed.OWNER, user.public_id), ids, user, owner_id=user.id)
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
        undo = begin(s, bulk.Edit(bulk.Deed.OWNER, user.public_id), [company.id], user, owner_id=user.id)
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
        undo = begin(s, bulk.Edit(bulk.Deed.STATUS, "customer"), [shared_id], user)
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
        begin(s, bulk.Edit(bulk.Deed.TAG, "Mässan"), ids[:1], user)
    with transaction() as s, tenant_scope(scope):
        undo = begin(s, bulk.Edit(deed, "mässan"), ids, user)
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
        begin(s, bulk.Edit(bulk.Deed(deed), value), [company.id], user)
    with pytest.raises(bulk.NothingChosen), transaction() as s, tenant_scope(scope):
        begin(s, bulk.Edit(bulk.Deed.STATUS, "customer"), [], user)


def test_turning_sharing_on_both_ways_has_both_registers_gone_through(session, app, ours):
    import infosoc.crm.change_jobs  # noqa: F401 - registers the job

    scope, _ = ours
    with transaction() as s:
        theirs = make_tenant(s, "rattsdata")
        make_member(s, theirs)
        with tenant_scope(Scope.alone(theirs.id)):
            make_company(s, "Tvilling AB", org_number="5560360793")
        with tenant_scope(scope):
            make_company(s, "Tvillingen AB", org_number="5560360793")
        for tenant_id in (scope.tenant_id, theirs.id):
            set_flag(s, tenant_id, Flag.SHARE_REGISTER, True)
    session.remove()
    run_waiting(app)
    for tenant_id in (scope.tenant_id, theirs.id):
        with tenant_scope(Scope.alone(tenant_id)):
            assert session.scalar(select(func.count()).select_from(DuplicatePair)) == 1


def test_the_trash_is_emptied_after_its_time_and_old_undos_with_it(session, ours):
    scope, user = ours
    with transaction() as s, tenant_scope(scope):
        first, second = two_records(s, user)
        undo = begin(s, bulk.Edit(bulk.Deed.STATUS, "former"), [first.id], user)
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


@pytest.fixture
def held_by_both(session, ours):
    """A company that two tenants hold since they shared; now they share no more."""
    scope, _user = ours
    with transaction() as s:
        theirs = make_tenant(s, "rattsdata")
        with tenant_scope(Scope.alone(theirs.id)):
            shared = make_company(s, "Delade AB")
            person = make_contact(s, shared, "Maj Holm")
        with tenant_scope(scope):
            s.add(
                CompanyRelation(
                    company_id=shared.id, status=Status.PROSPECT, name_sort="delade ab", source="test", created_at=NOW
                )
            )
            s.add(ContactRelation(contact_id=person.id, name_sort="x", source="test", source_on=NOW, created_at=NOW))
            s.flush()
    return shared.id, Scope.alone(theirs.id)


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
