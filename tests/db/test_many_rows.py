"""Thousands of rows in one statement: under the same guard as one at a time, and no more than fit."""

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
        bulk.add_together(session, Tag, COLUMNS, rows)
        found = session.execute(select(Tag.name, Tag.tenant_id).order_by(Tag.public_id)).all()
    assert [tuple(row) for row in found] == [(name, tenant_id) for _, name in rows]


def test_a_row_of_another_tenant_is_refused(tenant_id):
    with transaction() as session, tenant_scope(Scope.alone(tenant_id)), pytest.raises(CrossTenantWrite):
        bulk.add_together(session, Tag, COLUMNS, [("t", "n")], tenant_id=tenant_id + 1)


@pytest.mark.sqlite_only
def test_more_rows_than_fit_are_refused(tenant_id):
    with transaction() as session, tenant_scope(Scope.alone(tenant_id)), pytest.raises(ValueError, match="do not fit"):
        bulk.add_together(session, Tag, COLUMNS, [("t", "n")] * 17_000)
