"""Reading tenants and the scopes they give."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.db.tenancy import Scope
from infosoc.kernel.errors import NotFound
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.rules import Flag, TenantFacts, shown_by


def facts(tenant: Tenant) -> TenantFacts:
    return TenantFacts(tenant.id, tenant.slug, tenant.name, tenant.brand, dict(tenant.flags))


def all_tenants(session: Session) -> list[TenantFacts]:
    """Every tenant, in the order they were added."""
    return [facts(tenant) for tenant in session.scalars(select(Tenant).order_by(Tenant.id))]


def scope_of(tenants: list[TenantFacts], tenant_id: int) -> Scope:
    """What the tenant sees, by its own rows and the flags of the others."""
    return Scope(
        tenant_id,
        register=shown_by(tenants, tenant_id, Flag.SHARE_REGISTER),
        log=shown_by(tenants, tenant_id, Flag.SHARE_CONTACT_LOG),
        product_status=shown_by(tenants, tenant_id, Flag.SHARE_PRODUCT_STATUS),
    )


def scope_named(session: Session, slug: str) -> Scope:
    """The scope of the tenant with this slug."""
    tenants = all_tenants(session)
    for tenant in tenants:
        if tenant.slug == slug:
            return scope_of(tenants, tenant.id)
    raise NotFound


def scope_numbered(session: Session, tenant_id: int) -> Scope:
    """The scope of the tenant with this internal id, for background work."""
    return scope_of(all_tenants(session), tenant_id)
