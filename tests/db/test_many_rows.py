"""Very many rows, some hundreds a statement: under the same guard as one at a time, and in the order given."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.crm.models.companies import Tag
from infosoc.db import bulk
from infosoc.db.session import transaction
from infosoc.db.tenancy import CrossTenantWrite, Scope, tenant_scope
from tests.builders import make_tenant

COLUMNS = ("public_id", "name")


@pytest.fixture
def tenant_id(session) -> int:
    with transaction() as writing:
        return make_tenant(writing).id


def test_every_row_is_written_with_the_tenant_stamped_on_it(tenant_id):
    with transaction() as session, tenant_scope(Scope.alone(tenant_id)):
        rows = [(f"tag{at:05}", f"Etikett {at}") for at in range(1500)]
        bulk.add(session, Tag, COLUMNS, rows)
        found = session.execute(select(Tag.name, Tag.tenant_id).order_by(Tag.public_id)).all()
    assert [tuple(row) for row in found] == [(name, tenant_id) for _, name in rows]


def test_a_row_of_another_tenant_is_refused(tenant_id):
    with transaction() as session, tenant_scope(Scope.alone(tenant_id)), pytest.raises(CrossTenantWrite):
        bulk.add(session, Tag, COLUMNS, [("t", "n")], tenant_id=tenant_id + 1)


def test_rows_are_written_in_the_order_given_whatever_statements_they_are_spread_over(tenant_id):
    count = 2 * bulk.ROWS_A_STATEMENT + 1
    with transaction() as session, tenant_scope(Scope.alone(tenant_id)):
        bulk.add(session, Tag, COLUMNS, [(f"tag{at:05}", f"Etikett {at}") for at in range(count)])
        found = session.scalars(select(Tag.public_id).order_by(Tag.id)).all()
    assert list(found) == [f"tag{at:05}" for at in range(count)]
