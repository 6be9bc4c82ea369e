"""Regular work of cases and notices: warnings before a due day, old cases reduced, and who reads unusually much."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import force_locale
from sqlalchemy.orm import Session

from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.jobs.registry import scheduled
from infosoc.kernel import clock
from infosoc.outbox import commands as outbox
from infosoc.privacy import rules
from infosoc.privacy.commands import cases, readings
from infosoc.privacy.queries import cases as case_queries
from infosoc.privacy.queries.readings import officers
from infosoc.tenancy.queries import all_tenants, scope_of
from infosoc.tenancy.rules import TenantFacts
from infosoc.web.words import gettext


@scheduled("privacy.cases", daily_at="06:30")
def look_after_cases(now: datetime) -> None:
    """Warn 10, 3 and 0 days before a due day (P-21), and reduce cases that are two years old (P-20)."""
    for tenant, session in _each():
        warn(session, tenant, now=now)
        cases.reduce_old(session, today=clock.local(now).date(), now=now)


@scheduled("privacy.much_read", every=timedelta(minutes=10))
def look_for_much_reading(now: datetime) -> None:
    """Tell the privacy officers when somebody has read or taken out unusually much in a day (P-71)."""
    day = clock.local(now).date()
    for tenant, session in _each():
        readings.count_exports(session, day)
        for row in readings.notice(session, day, now=now):
            for address, language in officers(session, today=day):
                with force_locale(language):
                    outbox.queue(
                        session, recipient=address,
                        subject=gettext("Somebody has read an unusual amount of the register"),
                        text=gettext(
                            "In a day, one of your colleagues at %(tenant)s has opened %(pages)d persons' pages and "
                            "taken out %(exported)d persons. Who, and when, is on the page of cases:\n\n%(link)s",
                            tenant=tenant.name, pages=row.pages, exported=row.exported, link=_cases(tenant),
                        ),
                        unique_key=f"much-read:{row.id}:{address}", now=now,
                    )  # fmt: skip


def warn(session: Session, tenant: TenantFacts, *, now: datetime) -> None:
    """One letter for each case and limit, however often this runs."""
    today = clock.local(now).date()
    for case in case_queries.to_warn_about(session, today=today):
        limit = rules.warning(case.due_on, today)
        for address, language in officers(session, today=today):
            with force_locale(language):
                outbox.queue(
                    session, recipient=address,
                    subject=gettext("Case %(number)d is to be answered by %(day)s", number=case.number,
                                    day=case.due_on.isoformat()),
                    text=gettext(
                        "Case %(number)d at %(tenant)s is still open. The last day to answer is %(day)s.\n\n%(link)s",
                        number=case.number, tenant=tenant.name, day=case.due_on.isoformat(), link=_cases(tenant),
                    ),
                    unique_key=f"case-warning:{case.id}:{limit}:{case.due_on}:{address}", now=now,
                )  # fmt: skip


def _cases(tenant: TenantFacts) -> str:
    return f"{current_app.extensions['settings'].base_url}/{tenant.slug}/privacy/cases"


def _each():
    """Each tenant in its own scope, in a transaction of its own."""
    with transaction() as session:
        tenants = all_tenants(session)
    for tenant in tenants:
        with tenant_scope(scope_of(tenants, tenant.id)), transaction() as session:
            yield tenant, session
