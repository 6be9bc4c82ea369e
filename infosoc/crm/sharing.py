"""What the register does when two tenants begin to share: twins become proposals to merge, for both."""

from __future__ import annotations

from sqlalchemy.orm import Session

from infosoc.crm.commands.duplicates import key_of_look
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.jobs.commands import enqueue
from infosoc.kernel import clock
from infosoc.kernel.words import N_
from infosoc.tenancy import commands as tenancy
from infosoc.tenancy.queries import all_tenants, scope_of
from infosoc.tenancy.rules import Flag


def propose_twins(session: Session, tenant_id: int, flag: Flag, value: bool) -> None:
    """When the registers are shown both ways, have both gone through for companies that are one."""
    if flag is not Flag.SHARE_REGISTER or not value:
        return
    with every_tenant("which tenants share their registers both ways"):
        tenants = all_tenants(session)
    showing = [tenant.id for tenant in tenants if tenant.is_on(Flag.SHARE_REGISTER)]
    if len(showing) < 2 or tenant_id not in showing:
        return
    now = clock.now()
    for one in showing:
        with tenant_scope(scope_of(tenants, one)):
            enqueue(
                session, "look for duplicates", args={}, unique_key=key_of_look(now), now=now,
                title=N_("Find duplicates"),
            )  # fmt: skip


tenancy.after_flag(propose_twins)
