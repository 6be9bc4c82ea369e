"""A hit of the global search says what in it answers: the number or address, when the name does not."""

from __future__ import annotations

import pytest

from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.queries.found import found, near
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from tests.builders import make_company, make_contact, make_member, make_tenant


@pytest.fixture
def scope(session) -> Scope:
    with transaction() as s:
        tenant = make_tenant(s)
        make_member(s, tenant)
        scope = Scope.alone(tenant.id)
    with transaction() as s, tenant_scope(scope):
        company = make_company(s, "Åkeri AB", org_number="5597246270", municipality="Umeå", phone="+46701740610")
        s.add(ContactPoint(company_id=company.id, kind="email", value="info@rullar.example",
                           normalised="info@rullar.example", is_main=True))  # fmt: skip
        person = make_contact(s, company, "Bo Lönn", email="bosse@post.example")
        s.add(ContactPoint(contact_id=person.id, kind="mobile", value="070-1740611", normalised="+46701740611"))
        make_company(s, "Annas Städ", org_number="8001010018", legal_form="sole_trader", phone="+4684650401")
        s.flush()
    return scope


@pytest.mark.parametrize(
    ("query", "companies", "contacts"),
    [
        ("åkeri", ["Umeå"], ["Chef, Åkeri AB"]),
        ("0610", ["Umeå · 070-174 06 10"], []),
        ("070-174", ["Umeå · 070-174 06 10"], ["Chef, Åkeri AB · 070-174 06 11"]),
        ("+46 70 174 06 11", [], ["Chef, Åkeri AB · 070-174 06 11"]),
        ("559724-6270", ["Umeå · 559724-6270"], []),
        ("5597246", ["Umeå · 559724-6270"], []),
        ("info@rullar", ["Umeå · info@rullar.example"], []),
        ("rullar", ["Umeå · info@rullar.example"], []),
        ("bosse", [], ["Chef, Åkeri AB · bosse@post.example"]),
        ("08-465", ["08-465 04 01"], []),
        ("8001010018", [], []),
    ],
)
def test_a_hit_says_what_answers(session, scope, query, companies, contacts):
    with tenant_scope(scope):
        hits = found(session, query, each=5)
    assert [hit.subtitle for hit in hits.companies] == companies
    assert [hit.subtitle for hit in hits.contacts] == contacts


def test_what_is_spelt_nearly_so_is_said_to_be_that(session, scope):
    with tenant_scope(scope):
        assert found(session, "åkri", each=5).count == 0
        answer = near(session, "åkri", each=5)
        assert near(session, "zzqxv", each=5).count == 0
    assert [hit.title for hit in answer.companies] == ["Åkeri AB"]
    assert answer.is_near
