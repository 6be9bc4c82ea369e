"""Finding records that may be one company, on both databases."""

from __future__ import annotations

from sqlalchemy import func, select

from infosoc.crm.commands import duplicates
from infosoc.crm.models.changes import DuplicatePair
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.queries.duplicates import open_pairs
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.jobs.worker import run_waiting
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_member, make_tenant

NOW = clock.now()


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


def test_t06_when_sharing_begins_twins_become_proposals_for_both(session, ours):
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
