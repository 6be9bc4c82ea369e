"""Fixtures of the register's tests."""

from __future__ import annotations

import pytest

from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.rules import Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from tests.builders import make_company, make_contact, make_member, make_tenant
from tests.crm.world import World, make_world

NOW = clock.now()


@pytest.fixture
def world(app) -> World:
    return make_world(app)


@pytest.fixture
def ours(session):
    with transaction() as s:
        tenant = make_tenant(s)
        user = make_member(s, tenant)
    return Scope.alone(tenant.id), user


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
