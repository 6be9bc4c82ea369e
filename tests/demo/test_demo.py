"""The demo: quick, only into an empty database, and whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.db import search
from infosoc.db.tenancy import tenant_scope
from infosoc.invoicing import einvoice
from infosoc.invoicing.models import BillingRun, Invoice
from infosoc.invoicing.peppol.findings import OFFICIAL_PEPPOL
from infosoc.invoicing.queries import deferral
from infosoc.invoicing.rules import archive
from infosoc.kernel import clock
from infosoc.ledger.queries import checks
from infosoc.mailings import inbound
from infosoc.mailings.models import Mailing
from infosoc.mailings.queries.counts import wrong_counts
from infosoc.outbox.models import OutboxMessage
from infosoc.payments.queries import customer_ledger, work
from infosoc.privacy.models import BalancingTest, CaseLetter, IncidentEntry, PrivacyCase, RetentionNotice
from infosoc.privacy.rules import is_unfinished
from infosoc.tenancy.queries import scope_named, tenant_named
from tests.support.applications import lend
from tests.support.databases import let_go, settings

NO_RULES, LAYERS = Path("no-rules-added"), 5
BUYER_REFERENCE, BUYER_ADDRESS = "PEPPOL-EN16931-R003", "PEPPOL-EN16931-R010"


@pytest.fixture(scope="module")
def made(databases, tmp_path_factory):
    """The demo's settings and what the command said, by kind of database: made once, for all tests of this file."""
    kept = {}
    yield kept
    for options, _ in kept.values():
        databases.drop(options.database_url)


@pytest.fixture
def app(made, backend, databases, tmp_path_factory):
    """The application on the demo."""
    if backend not in made:
        folder = tmp_path_factory.mktemp("demo")
        options = settings(databases.fresh(backend, folder), folder)
        outcome = lend(options).test_cli_runner().invoke(args=["demo"])
        made[backend] = options, outcome
    application = lend(made[backend][0])
    application.testing = True
    yield application
    let_go(application)


@pytest.fixture
def demo(app, made, backend):
    outcome = made[backend][1]
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def count(session, model, *where) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where))


def test_the_demo_holds_what_everybody_meets(session, demo):
    assert "karin@infosoc.example" in demo
    look_as_a_salesperson(session)
    for slug in ("infosoc", "rattsdata"):
        look_as_an_editor_and_a_privacy_officer(session, slug)
        look_as_an_accountant(session, slug)
        look_at_the_e_invoices(session, slug)
    look_at_what_waits(session)


def look_as_a_salesperson(session):
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


def look_as_an_editor_and_a_privacy_officer(session, slug):
    today = clock.today()
    with tenant_scope(scope_named(session, slug)):
        tenant = tenant_named(session, slug)
        assert all(tenant.settings.get(key) for key in ("address", "phone", "privacy_email", "mail_from"))
        (sent,) = session.scalars(select(Mailing).where(Mailing.state == "done"))
        assert sent.sent > 50
        assert (sent.bounced, sent.failed, sent.uncertain, sent.unsubscribed) == (2, 1, 1, 3)
        assert wrong_counts(session) == []
        assert count(session, Mailing, Mailing.state == "draft") == 1
        assert count(session, PrivacyCase, PrivacyCase.closed_at.is_(None), PrivacyCase.due_on > today) >= 2
        assert count(session, PrivacyCase, PrivacyCase.closed_at.is_not(None)) >= 2
        assert count(session, IncidentEntry) >= 3
        assert not any(map(is_unfinished, session.scalars(select(CaseLetter.text))))
        assert count(session, BalancingTest, BalancingTest.review_on > today) >= 1
        assert count(session, RetentionNotice, RetentionNotice.remove_on > today) >= 1


def look_as_an_accountant(session, slug):
    today = clock.today()
    with tenant_scope(scope_named(session, slug)):
        runs = list(session.scalars(select(BillingRun).order_by(BillingRun.id)))
        assert [run.through_on.month for run in runs] == list(range(1, today.month + 1))
        assert all(run.state == "done" for run in runs)
        assert sum(run.made for run in runs) == count(session, Invoice, Invoice.run_id.is_not(None)) > today.month
        assert runs[-1].failed == 1, "one customer has no address"
        assert checks.check(session).faults == []
        for one in deferral.deferred_income(session, today):
            assert one.unearned_ore == one.left_ore == deferral.ledger_balance(session, one.account, today)
        assert all(one.difference_ore == 0 for one in customer_ledger.ledger(session, today).accounts)
        assert work.page(session, work.WAITING, "", None).waiting == 2


def look_at_what_waits(session):
    with tenant_scope(scope_named(session, "infosoc")):
        (waits,) = session.scalars(select(Mailing).where(Mailing.state == "approved"))
        assert waits.scheduled_at > clock.now() + timedelta(days=2), (
            "it does not go out while somebody tries things out"
        )
        assert [one.kind for one in inbound.waiting(session)] == ["unreadable"]
        assert count(session, OutboxMessage, OutboxMessage.state == "queued") == 0, "nothing is sent to anybody"


def test_the_demo_refuses_a_database_that_holds_something(app, demo):
    again = app.test_cli_runner().invoke(args=["demo"])
    assert again.exit_code == 1
    assert "Traceback" not in again.output


def look_at_the_e_invoices(session, slug):
    """Every file passes each layer that there is; those for the post lack an address for it, and nothing else."""
    with tenant_scope(scope_named(session, slug)):
        made = session.execute(select(Invoice.delivery, Invoice.record)).all()
    assert any(delivery == "peppol" for delivery, _ in made)
    for delivery, record in made:
        verdict = einvoice.made(archive.from_json(record), rule_folder=NO_RULES).verdict
        broken = {one.rule for one in verdict.findings}
        assert [one.name for one in verdict.layers if one.not_checked] == [OFFICIAL_PEPPOL]
        assert len(verdict.layers) == LAYERS
        assert broken <= (set() if delivery == "peppol" else {BUYER_REFERENCE, BUYER_ADDRESS}), broken
