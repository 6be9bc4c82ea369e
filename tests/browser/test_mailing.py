"""A salesperson writes a letter, and finds out why somebody gets none, before anything is fixed."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from tests.browser.people import sign_in_by_form
from tests.builders import make_company, make_member, make_tenant
from tests.mailings.builders import make_list, make_person


def test_m28_a_salesperson_finds_out_why_somebody_was_skipped(server, visitor):
    with server.app.app_context(), transaction() as session:
        tenant = make_tenant(session)
        user = make_member(session, tenant)
        email = user.email
        with tenant_scope(Scope.alone(tenant.id)):
            make_list(session, by=user.id)
            company = make_company(session, "Åkeri AB", org_number="5560160680")
            make_person(session, company, "Får Brev")
            make_person(session, company, "Har Avböjt", marketing="opted_out")
    page = visitor.page()
    sign_in_by_form(page, email)
    page.goto("/infosoc/mailings/new")
    page.get_by_label("Arbetsnamn").fill("Novemberbrevet")
    page.get_by_role("button", name="Skriv brevet").click()
    page.get_by_label("Ämne").fill("Nytt i november")
    page.get_by_label("Brev", exact=True).fill("Hej")
    page.get_by_role("button", name="[förnamn]", exact=True).click()
    expect(page.get_by_label("Brev", exact=True)).to_have_value(re.compile(r"Hej\s?\[förnamn\]"))
    page.get_by_role("button", name="Spara och välj mottagare").click()
    row = page.get_by_role("row", name=re.compile("Har Avböjt"))
    expect(row).to_contain_text("Har avböjt utskick")
    expect(page.get_by_role("row", name=re.compile("Får Brev"))).to_have_count(0)
    assert Axe().run(page).response["violations"] == []
