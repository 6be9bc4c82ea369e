"""What happens by itself: agreements that begin, go on or end on a day."""

from __future__ import annotations

from datetime import datetime

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.jobs.registry import scheduled
from infosoc.kernel import clock
from infosoc.subscriptions.commands import copies
from infosoc.tenancy.queries import all_tenants, scope_of


@scheduled("subscriptions.days", daily_at="00:20")
def follow_the_days(now: datetime) -> None:
    """Bring the copies of agreements up to date with the day, tenant by tenant."""
    with every_tenant("agreements of every tenant follow the days"):
        tenants = all_tenants(db.session())
    for tenant in tenants:
        with tenant_scope(scope_of(tenants, tenant.id)), transaction() as session:
            copies.refresh_due(session, on=clock.local(now).date())
