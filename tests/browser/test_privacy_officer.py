"""The privacy officer answers a request before its due day: found, known, looked through, given out, closed."""

from __future__ import annotations

import re
from datetime import timedelta

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from infosoc.accounts.roles import Role
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy.commands import cases
from infosoc.privacy.commands.cases import NewCase
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.rules import CaseChannel, CaseKind
from tests.browser.people import sign_in_by_form
from tests.builders import make_company, make_contact, make_member, make_tenant

ANNA = "anna.lonn@akeri.example"


def test_p21_the_privacy_officer_answers_a_request_before_its_due_day(server, visitor):
    tenant_id, first, second = _world(server)
    page = visitor.page()
    sign_in_by_form(page, first)
    page.goto("/infosoc/privacy/cases")
    expect(page.get_by_role("row", name=re.compile(ANNA))).to_contain_text("dagar kvar")
    page.get_by_role("row", name=re.compile(ANNA)).get_by_role("link").first.click()
    expect(page.get_by_text(re.compile(r"dagar kvar att svara"))).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    identity = page.locator("form[action$='/identity']")
    identity.locator("select").select_option("reply")
    identity.get_by_role("button", name="Spara").click()
    page.get_by_role("link", name="Visa utdraget").click()
    expect(page.get_by_text(ANNA).first).to_be_visible()
    page.locator("form[action$='/extract/review'] button").click()
    other = visitor.page()
    sign_in_by_form(other, second)
    _give_out(other, page.url.partition("/extract")[0])
    page.goto(page.url.partition("/extract")[0])
    closing = page.locator("form[action$='/close']")
    closing.locator("[name=outcome][value=done]").check()
    closing.get_by_role("button", name="Avsluta ärendet").click()
    expect(page.get_by_text("Avslutat").first).to_be_visible()
    with server.app.app_context(), tenant_scope(Scope.alone(tenant_id)):
        case = db.session().scalars(select(PrivacyCase)).one()
        assert clock.local(case.answered_at).date() <= case.due_on
        assert case.closed_at is not None
        assert db.session().scalar(select(OutboxMessage.recipient)) == ANNA


def _give_out(page: Page, case: str) -> None:
    """A colleague reads it once more, and sends the link; the code to open it is told another way."""
    page.goto(f"{case}/extract")
    page.get_by_role("link", name="Lämna ut").click()
    page.get_by_role("button", name=re.compile("^Skicka")).click()
    expect(page.locator(".release-code")).to_have_text(re.compile(r"\d{3} \d{3}"))


def _world(server) -> tuple[int, str, str]:
    """Somebody who is registered here has asked almost a month ago; two officers."""
    with server.app.app_context(), transaction() as session:
        tenant = make_tenant(session)
        officers = [make_member(session, tenant, None, Role.PRIVACY_OFFICER) for _ in range(2)]
        with tenant_scope(Scope.alone(tenant.id)):
            make_contact(session, make_company(session, "Åkeri AB"), "Anna Lönn", email=ANNA)
            asked = NewCase(CaseKind.ACCESS, CaseChannel.MAIL, clock.today() - timedelta(days=25), ANNA)
            cases.open_case(session, asked, by=None, now=clock.now())
        return tenant.id, officers[0].email, officers[1].email
