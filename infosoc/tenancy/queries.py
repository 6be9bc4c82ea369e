"""Reading tenants and the scopes they give."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.db.tenancy import Scope
from infosoc.kernel.errors import NotFound
from infosoc.kernel.words import N_
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.rules import Flag, TenantFacts, shown_by


class NoSuchTenant(NotFound):
    message = N_("There is no company at the address %(slug)s.")


def facts(tenant: Tenant) -> TenantFacts:
    return TenantFacts(tenant.id, tenant.slug, tenant.name, tenant.brand, dict(tenant.flags), dict(tenant.settings))


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


def tenant_named(session: Session, slug: str) -> TenantFacts:
    """The tenant with this slug."""
    for tenant in all_tenants(session):
        if tenant.slug == slug:
            return tenant
    raise NoSuchTenant(slug=slug)


def scope_named(session: Session, slug: str) -> Scope:
    """The scope of the tenant with this slug."""
    return scope_of(all_tenants(session), tenant_named(session, slug).id)


def scope_numbered(session: Session, tenant_id: int) -> Scope:
    """The scope of the tenant with this internal id, for background work."""
    return scope_of(all_tenants(session), tenant_id)
