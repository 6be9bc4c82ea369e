"""The chain is whole however one transaction has written it: the end of it is asked for once, and then remembered."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from infosoc.audit import commands as audit
from infosoc.audit.models import AuditEvent, AuditHead
from infosoc.audit.queries import first_break
from infosoc.db.session import NotInTransaction, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from tests.builders import make_tenant

PLAIN = ("voucher posted", "voucher", 7, [])
VALUED = ("company imported", "company", 3, [("name", None, "Ett"), ("city", "Lund", None)])


@pytest.fixture
def tenants(session) -> list[Scope]:
    with transaction() as writing:
        return [Scope.alone(make_tenant(writing, slug).id) for slug in ("infosoc", "andra")]


def events(session, scope: Scope) -> int:
    session.rollback()
    with tenant_scope(scope):
        return session.scalar(select(func.count()).select_from(AuditEvent))


def whole(session, scope: Scope) -> bool:
    session.rollback()
    with tenant_scope(scope):
        return first_break(session) is None


def test_objects_and_rows_by_turns_in_one_transaction_and_two_tenants(session, tenants):
    own, other = tenants
    with transaction() as writing:
        for scope in (own, other, own):
            with tenant_scope(scope):
                audit.take_turn(writing)
                audit.record_bulk(writing, [PLAIN, PLAIN], by=None)
                audit.record(writing, "tag removed", "tag", 1, by=None, changes={"name": ("alfa", None)})
                audit.record_bulk(writing, [VALUED, PLAIN], by=None)
                audit.record_bulk(writing, [PLAIN], by=None)
    assert [events(session, scope) for scope in tenants] == [12, 6]
    assert [whole(session, scope) for scope in tenants] == [True, True]


def test_what_was_rolled_back_is_not_remembered(session, tenants):
    own = tenants[0]
    with tenant_scope(own):
        for fails in (False, True, False):
            try:
                with transaction() as writing:
                    audit.record_bulk(writing, [PLAIN, VALUED], by=None)
                    if fails:
                        raise ValueError
            except ValueError:
                assert fails
    assert (events(session, own), whole(session, own)) == (4, True)


def test_a_chain_that_somebody_has_moved_on_shows_it(session, tenants):
    own = tenants[0]
    with tenant_scope(own), transaction() as writing:
        audit.record_bulk(writing, [PLAIN], by=None)
        writing.execute(update(AuditHead).values(digest=b"\1" * 32))
    with tenant_scope(own), transaction() as writing:
        audit.record_bulk(writing, [PLAIN], by=None)
    assert not whole(session, own)


def test_nobody_takes_a_turn_outside_a_transaction(session, tenants):
    with tenant_scope(tenants[0]), pytest.raises(NotInTransaction):
        audit.take_turn(session)
