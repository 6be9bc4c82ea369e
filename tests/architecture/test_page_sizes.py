"""No page over 60 kB of HTML, with lists at their fullest: fifty rows a page, every fact stated at length."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, Response, request
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.accounts.roles import Role
from infosoc.crm.commands import copies
from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.rules import EntryKind, Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from tests.builders import (
    make_company,
    make_contact,
    make_entry,
    make_follow_up,
    make_member,
    make_tenant,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.sqlite_only

LARGEST = 60_000
COUNT = 60
TEXT = "Ringde växeln och hamnade till sist rätt. Vill ha en offert på det stora paketet före jul; återkommer själv."
PAGES = (
    "/infosoc/companies", "/infosoc/companies?q=behandlingshem&status=customer&status=prospect&sort=-contacted",
    "/infosoc/contacts", "/infosoc/contacts?q=kristiansson", "/infosoc/log", "/infosoc/", "/infosoc/?all=1",
    "/infosoc/companies/{first}", "/infosoc/companies/{other}", "/infosoc/companies/{first}/edit",
    "/infosoc/companies/{first}/history", "/infosoc/companies/new", "/infosoc/search?q=behandlingshem",
    "/infosoc/audit", "/infosoc/trash?kind=companies", "/infosoc/duplicates", "/infosoc/settings/register",
    "/infosoc/team", "/infosoc/imports", "/infosoc/jobs", "/infosoc/mail", "/infosoc/members",
)  # fmt: skip


def test_no_page_is_larger_than_its_limit(app):
    assert too_large(app) == {}


def test_a_page_that_has_grown_is_found(app):
    """Planted fault: the log carries a kilobyte a row more."""

    @app.after_request
    def grow(response: Response) -> Response:
        if request.path == "/infosoc/log":
            response.data += b"<!-- menu -->" * 50 * 160
        return response

    assert set(too_large(app)) == {"/infosoc/log"}


def too_large(app: Flask) -> dict[str, int]:
    """The pages that are over the limit, with their size; as somebody who may do everything gets them."""
    user, ids = _full_register(app)
    client = app.test_client()
    sign_in(client, user)
    sizes = {}
    for page in PAGES:
        answer = client.get(page.format(**ids))
        assert answer.status_code == 200, page
        sizes[page] = len(answer.data)
    return {page: size for page, size in sizes.items() if size > LARGEST}


def _full_register(app: Flask) -> tuple[User, dict[str, str]]:
    with app.app_context(), transaction() as session:
        tenant = make_tenant(session, "infosoc", name="Infosoc")
        user = make_member(session, tenant, make_user(session, "Karin Ekström"), Role.ADMINISTRATOR, Role.SELLER)
        with tenant_scope(Scope.alone(tenant.id)):
            companies = [_company(session, number, user) for number in range(COUNT)]
            for number in range(COUNT):
                _contact(session, companies[0], number, user)
            for company in companies:
                copies.refresh_activity(session, company.id)
                copies.refresh_next_follow_up(session, company.id)
        session.expunge(user)
        return user, {"first": companies[0].public_id, "other": companies[1].public_id}


def _company(session: Session, number: int, user: User) -> Company:
    """A company of which the list shows every column, with a call that is due today or before."""
    company = make_company(
        session, f"Behandlingshemmet Södra Skärgården {number:02d} AB", status=list(Status)[number % 2],
        municipality="Upplands Väsby", phone=f"+4687174{number:04d}", owner_id=user.id, town="Upplands Väsby",
    )  # fmt: skip
    address = f"info@skargarden{number}.example"
    session.add(ContactPoint(company_id=company.id, kind="email", value=address, normalised=address, is_main=True))
    person = make_contact(session, company, f"Anna-Karin Kristiansson {number:02d}", email=f"akk@b{number}.example")
    make_entry(session, company, user, text=TEXT, contact=person, happened_at=clock.now() - timedelta(days=number))
    due_on = clock.today() - timedelta(days=number % 3)
    make_follow_up(session, company, user, due_on=due_on, note="Skicka offert och ring sedan").contact_id = person.id
    return company


def _contact(session: Session, company: Company, number: int, user: User) -> None:
    """One of many entries at the same company."""
    happened_at = clock.now() - timedelta(hours=number)
    kind = list(EntryKind)[number % 2 * 2]
    make_entry(session, company, user, kind=kind, happened_at=happened_at, text=TEXT)
