"""The demo: quick, only into an empty database, and whole."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.db import search
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.queries import scope_named


@pytest.fixture
def demo(app):
    outcome = app.test_cli_runner().invoke(args=["demo"])
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def count(session, model, *where) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where))


def test_the_demo_holds_what_a_salesperson_meets(session, demo):
    today = clock.today()
    with tenant_scope(scope_named(session, "infosoc")):
        assert count(session, CompanyRelation) == 2800
        assert count(session, Company) == 3000, "the sister company shows its own two hundred"
        assert session.scalar(select(func.sum(RegisterCount.rows)).where(RegisterCount.kind == "company")) == 2800
        assert count(session, LogEntry) > 5000
        assert count(session, FollowUp, FollowUp.due_on < today, FollowUp.done_at.is_(None)) > 20
        assert count(session, FollowUp, FollowUp.due_on == today, FollowUp.done_at.is_(None)) > 20
        assert count(session, Company, Company.legal_form == "municipality") < 12, (
            "a list of all of them shows something"
        )
        assert search.find(session, "gnosjo")[0].title == "Gnosjö kommun"
    with tenant_scope(scope_named(session, "rattsdata")):
        assert count(session, CompanyRelation) == 800
    assert "karin@infosoc.example" in demo


def test_the_demo_refuses_a_database_that_holds_something(app, demo):
    again = app.test_cli_runner().invoke(args=["demo"])
    assert again.exit_code == 1
    assert "Traceback" not in again.output
