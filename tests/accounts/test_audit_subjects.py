"""What the audit log says of the register, and what it keeps back."""

from __future__ import annotations

import pytest

from infosoc.accounts.roles import Role
from infosoc.audit import commands as audit
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from tests.builders import make_company, make_contact, make_member

PAGE = "/infosoc/audit"


@pytest.fixture
def register(app, office):
    """A company with an open and a protected contact person, each changed once."""
    from infosoc.tenancy.models import Tenant

    with app.app_context(), transaction() as session:
        officer = make_member(session, session.get_one(Tenant, office.tenant_id), None, Role.PRIVACY_OFFICER)
        with tenant_scope(Scope.alone(office.tenant_id)):
            company = make_company(session, "Åkeri AB")
            known, hidden = (
                make_contact(session, company, "Öppen Person"),
                make_contact(session, company, "Skyddad Person"),
            )
            hidden.is_protected = True
            audit.record(
                session, "company changed", "company", company.id, by=office.admin.id, changes={"size": (1, 2)}
            )
            for contact, before in ((known, "Förr Öppen"), (hidden, "Förr Skyddad")):
                changes = {"name": (before, contact.name)}
                audit.record(session, "contact changed", "contact", contact.id, by=office.admin.id, changes=changes)
            audit.record(session, "contact changed", "contact", 99_999, by=None, changes={"name": ("Borta", "Raderad")})
    return officer, company, hidden


def test_the_subject_is_named_and_leads_to_its_page(browser_of, office, register):
    _, company, _ = register
    html = browser_of(office.admin).get(PAGE).get_data(as_text=True)
    assert f'href="/infosoc/companies/{company.public_id}">Åkeri AB<' in html
    assert "Förr Öppen" in html


def test_a_protected_identity_and_what_cannot_be_judged_are_kept_back(browser_of, office, register):
    officer, _, hidden = register
    html = browser_of(office.admin).get(PAGE).get_data(as_text=True)
    for words in ("Skyddad Person", "Förr Skyddad", hidden.public_id, "Borta", "Raderad"):
        assert words not in html
    assert html.count('class="change"') == 4
    html = browser_of(officer).get(PAGE).get_data(as_text=True)
    assert "Förr Skyddad" in html
