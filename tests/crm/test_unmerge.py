"""Undoing a merge after the world has moved on: records parted, shared no more, removed, ids given away; and what the
sister company is told of a merge."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.commands import duplicates, joint, merge, purge, take_in, unmerge
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import LogEntry
from infosoc.crm.queries.duplicates import open_pairs
from infosoc.crm.rules import Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_contact, make_entry, make_member, make_tenant, make_user

NOW = clock.now()


class Two:
    """Two tenants that share their registers, and Karin with us."""

    def __init__(self) -> None:
        with transaction() as s:
            ours, theirs = make_tenant(s), make_tenant(s, "rattsdata")
            self.user = make_member(s, ours, make_user(s, "Karin Ek"))
            self.other_user = make_member(s, theirs)
            self.ours, self.theirs = ours.id, theirs.id
            self.user_id, self.other_id = self.user.id, self.other_user.id
        self.share(True)

    def share(self, value: bool) -> None:
        with transaction() as s:
            for tenant_id in (self.ours, self.theirs):
                set_flag(s, tenant_id, Flag.SHARE_REGISTER, value)

    def scope(self, s, tenant_id: int):
        with every_tenant("test"):
            found = scope_numbered(s, tenant_id)
        return tenant_scope(found)

    def in_ours(self, s):
        return self.scope(s, self.ours)

    def in_theirs(self, s):
        return self.scope(s, self.theirs)

    def both_hold(self, s, name: str, **facts) -> int:
        """A company that they wrote down and we took in."""
        with self.in_theirs(s):
            made = make_company(s, name, **facts)
            public_id, company_id = made.public_id, made.id
        with self.in_ours(s):
            take_in.company(s, public_id, by=self.user_id, now=NOW, source="test")
        return company_id

    def merge(self, gone: int, kept: int, **taken) -> str:
        with transaction() as s, self.in_ours(s):
            return merge.merge(s, gone, kept, taken=taken, by=self.user_id, now=NOW).public_id

    def unmerge(self, undo: str) -> int:
        with transaction() as s, self.in_ours(s):
            return unmerge.unmerge(s, undo, by=self.user_id, now=NOW).id


@pytest.fixture
def two(session) -> Two:
    return Two()


def numbers(session, company_id: int) -> list[str]:
    query = select(ContactPoint.normalised).where(ContactPoint.company_id == company_id)
    return sorted(session.scalars(query))


@pytest.mark.parametrize("parted_first", [True, False], ids=["parted before the undo", "parted by the undo"])
def test_after_a_split_the_undo_takes_back_what_is_ours_and_leaves_theirs(session, two, parted_first):
    with transaction() as s:
        kept = two.both_hold(s, "Delade AB", phone="+4681111111")
        with two.in_ours(s):
            gone = make_company(s, "Delade Aktiebolag", phone="+4682222222").id
    undo = two.merge(gone, kept, name=True)
    two.share(False)
    if parted_first:
        with transaction() as s, two.in_ours(s):
            joint.own_company(s, kept, by=two.user_id)
    gone = two.unmerge(undo)
    with two.in_ours(session):
        own = session.scalar(select(CompanyRelation.company_id).where(CompanyRelation.company_id != gone))
        assert own != kept
        assert numbers(session, own) == ["+4681111111"]
        assert numbers(session, gone) == ["+4682222222"]
        names = session.execute(select(Company.id, Company.name)).all()
        assert dict(map(tuple, names)) == {own: "Delade AB", gone: "Delade Aktiebolag"}
    with two.in_theirs(session):
        assert session.scalar(select(Company.name)) == "Delade Aktiebolag"
        assert numbers(session, kept) == ["+4681111111", "+4682222222"]


def test_a_person_who_was_parted_moves_back_all_the_same(session, two):
    with transaction() as s, two.in_ours(s):
        gone, kept = make_company(s, "Ett AB"), make_company(s, "Ettan AB")
        person = make_contact(s, gone, "Bo Lönn")
        gone_id, kept_id, person_id = gone.id, kept.id, person.id
    undo = two.merge(gone_id, kept_id)
    with transaction() as s, two.in_theirs(s):
        relation = ContactRelation(
            contact_id=person_id, name_sort="bo", source="test", source_on=NOW.date(), created_at=NOW
        )
        s.add(relation)
        s.flush()
    two.share(False)
    with transaction() as s, two.in_ours(s):
        assert joint.own_contact(s, person_id, by=two.user_id) != person_id
    two.unmerge(undo)
    with two.in_ours(session):
        assert list(session.scalars(select(Post.company_id))) == [gone_id]
    with two.in_theirs(session):
        assert session.scalar(select(Contact.name)) == "Bo Lönn"


def test_what_they_made_of_a_record_we_let_go_is_not_taken_over_once_it_is_not_shared(session, two):
    with transaction() as s:
        gone = two.both_hold(s, "Delade AB", phone="+4681111111")
        with two.in_ours(s):
            kept = make_company(s, "Vårt AB")
            make_entry(s, s.scalar(select(Company).where(Company.id == gone)), two.user, text="vår notering")
            kept_id = kept.id
    undo = two.merge(gone, kept_id)
    two.share(False)
    with transaction() as s, two.in_theirs(s):
        company = s.scalar(select(Company))
        company.name = "Hemligt Namn AB"
        s.flush()
    back = two.unmerge(undo)
    assert back != gone
    with two.in_ours(session):
        assert sorted(session.scalars(select(Company.name))) == ["Delade AB", "Vårt AB"]
        assert session.scalar(select(LogEntry.company_id)) == back
        assert numbers(session, back) == ["+4681111111"]
    with two.in_theirs(session):
        assert list(session.scalars(select(Company.name))) == ["Hemligt Namn AB"]
        assert numbers(session, gone) == ["+4681111111"]


def test_a_record_that_they_have_removed_since_is_made_again(session, two):
    with transaction() as s:
        gone = two.both_hold(s, "Delade AB", phone="+4681111111")
        with two.in_ours(s):
            kept_id = make_company(s, "Vårt AB").id
    undo = two.merge(gone, kept_id)
    with transaction() as s, two.in_theirs(s):
        purge.company(s, s.scalar(select(CompanyRelation)))
    back = two.unmerge(undo)
    with two.in_ours(session):
        assert session.scalar(select(Company.name).where(Company.id == back)) == "Delade AB"
        assert numbers(session, back) == ["+4681111111"]


def test_ids_that_were_given_to_new_rows_are_left_to_them(session, two):
    with transaction() as s, two.in_ours(s):
        kept_id = make_company(s, "Ettan AB").id
        gone_id = make_company(s, "Ett AB", phone="+4681111111").id
    undo = two.merge(gone_id, kept_id)
    with transaction() as s, two.in_ours(s):
        new = make_company(s, "Nya AB", phone="+4683333333")
        new_id = new.id
    back = two.unmerge(undo)
    with two.in_ours(session):
        assert sorted(session.scalars(select(Company.name))) == ["Ett AB", "Ettan AB", "Nya AB"]
        assert [numbers(session, one) for one in (back, new_id)] == [["+4681111111"], ["+4683333333"]]


def test_a_record_that_came_back_by_itself_is_a_clear_no(session, two):
    with transaction() as s:
        gone = two.both_hold(s, "Delade AB")
        with two.in_ours(s):
            kept_id = make_company(s, "Vårt AB").id
            public_id = s.scalar(select(Company.public_id).where(Company.id == gone))
    undo = two.merge(gone, kept_id)
    with transaction() as s, two.in_ours(s):
        take_in.company(s, public_id, by=two.user_id, now=NOW, source="test")
    with pytest.raises(unmerge.HeldAgain):
        two.unmerge(undo)
    with two.in_ours(session):
        assert len(session.scalars(select(CompanyRelation)).all()) == 2


def test_a_record_that_another_tenant_wrote_first_goes_when_nobody_holds_it(session, two):
    with transaction() as s:
        gone = two.both_hold(s, "Deras AB", phone="+4681111111")
        with two.in_theirs(s):
            purge.company(s, s.scalar(select(CompanyRelation)))
        with two.in_ours(s):
            kept_id = make_company(s, "Vårt AB").id
    undo = two.merge(gone, kept_id)
    with every_tenant("test"):
        assert list(session.scalars(select(Company.id))) == [kept_id]
    session.rollback()
    back = two.unmerge(undo)
    with two.in_ours(session):
        assert numbers(session, back) == ["+4681111111"]


def test_what_they_are_proposed_as_a_duplicate_may_be_merged_away_by_us(session, two):
    with transaction() as s:
        with two.in_ours(s):
            gone_id, kept_id = (make_company(s, name, org_number="5560360793").id for name in ("Ett AB", "Ettan AB"))
        with two.in_theirs(s):
            make_company(s, "Deras Ettan AB", org_number="5560360793")
    with transaction() as s, two.in_theirs(s):
        assert duplicates.look(s, now=NOW) == 2
    two.merge(gone_id, kept_id)
    with two.in_theirs(session):
        assert len(open_pairs(session)[0]) == 1


# ---- what the sister company is told ---------------------------------------------------------------------------------


def told(session, tenant_id: int, company_id: int) -> list[tuple[str, int | None, str, dict]]:
    with tenant_scope(Scope.alone(tenant_id)):
        events = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.subject_kind == "company", AuditEvent.subject_id == company_id)
            .where(AuditEvent.deed.in_((merge.MERGED, unmerge.UNDONE)))
            .order_by(AuditEvent.number)
        )
        return [
            (one.deed, one.actor_id, one.actor_name, {
                value.field: (value.before, value.after)
                for value in session.scalars(select(AuditValue).where(AuditValue.event_id == one.id))
            })
            for one in list(events)
        ]  # fmt: skip


def test_a_merge_and_its_undo_are_in_the_history_of_who_shares_the_record(session, two):
    with transaction() as s:
        kept = two.both_hold(s, "Delade AB", phone="+4681111111")
        with two.in_ours(s):
            gone = make_company(s, "Delade Aktiebolag", phone="+4682222222", status=Status.CUSTOMER)
            relation = s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == gone.id))
            relation.notes, relation.owner_id = "bara vårt", two.user_id
            s.flush()
            gone_id = gone.id
    undo = two.merge(gone_id, kept, name=True, status=True, owner_id=True)
    shown = {
        "merged in": (None, "Delade Aktiebolag"),
        "name": ("Delade AB", "Delade Aktiebolag"),
        "phones": ("+4681111111", "+4681111111, +4682222222"),
    }
    assert told(session, two.theirs, kept) == [(merge.MERGED, None, "Infosoc", shown)]
    ours = told(session, two.ours, kept)
    assert ours[0][1] == two.user_id
    own = {"status": ("prospect", "customer"), "owner": (None, "Karin Ek"), "notes": (None, "bara vårt")}
    assert ours[0][3] == shown | own
    session.rollback()
    two.unmerge(undo)
    assert [(one[0], one[1], one[3]) for one in told(session, two.theirs, kept)][1:] == [
        (unmerge.UNDONE, None, {name: (after, before) for name, (before, after) in shown.items() if before}),
    ]


def test_who_does_not_share_is_told_nothing(session, two):
    with transaction() as s:
        kept = two.both_hold(s, "Delade AB")
        with two.in_ours(s):
            gone_id = make_company(s, "Delade Aktiebolag").id
    two.share(False)
    two.merge(gone_id, kept)
    assert told(session, two.theirs, kept) == []
    assert len(told(session, two.ours, kept)) == 1
