"""Adding tenants and changing what they show; every change is in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.db import provision
from infosoc.db.tenancy import every_tenant
from infosoc.kernel.errors import Invalid, NotFound, Stale
from infosoc.kernel.words import N_
from infosoc.tenancy import rules
from infosoc.tenancy.models import Tenant

_after_flag: list[Callable[[Session, int, rules.Flag, bool], None]] = []


class SlugTaken(Invalid):
    message = N_("There is already a company at that address.")


def add_tenant(session: Session, slug: str, name: str, *, now: datetime, brand: str = "green") -> Tenant:
    """Add a company to the installation, with everything shut."""
    rules.check_slug(slug)
    name, brand = rules.check_tenant_name(name), rules.check_brand(brand)
    with every_tenant("a tenant is added"):
        if session.scalar(select(Tenant.id).where(Tenant.slug == slug)):
            raise SlugTaken(field="slug")
        tenant = Tenant(slug=slug, name=name, brand=brand, created_at=now, flags={}, settings={})
        session.add(tenant)
        session.flush()
    provision.for_new_tenant(session, tenant.id)
    return tenant


def change_tenant(
    session: Session, tenant_id: int, *, name: str, brand: str, version: int | None = None
) -> dict[str, tuple[str, str]]:
    """Change a tenant's name and colour. Returns what changed, from and to; the caller writes the audit log."""
    with every_tenant("a tenant is renamed"):
        tenant = session.get(Tenant, tenant_id, with_for_update=True)
        if tenant is None:
            raise NotFound
        if version is not None and version != tenant.version:
            raise Stale
        wanted = {"name": rules.check_tenant_name(name), "brand": rules.check_brand(brand)}
        changes = {key: (getattr(tenant, key), value) for key, value in wanted.items() if getattr(tenant, key) != value}
        for key, (_, after) in changes.items():
            setattr(tenant, key, after)
        session.flush()
    return changes


def set_setting(session: Session, tenant_id: int, name: str, value: Any, *, version: int | None = None) -> Any:
    """Keep a setting whose meaning and bounds another domain knows. Returns what it was; the caller writes the log."""
    with every_tenant("a tenant's setting is changed"):
        tenant = session.get(Tenant, tenant_id, with_for_update=True)
        if tenant is None:
            raise NotFound
        if version is not None and version != tenant.version:
            raise Stale
        before = tenant.settings.get(name)
        tenant.settings = {**tenant.settings, name: value}
        session.flush()
    return before


def after_flag(step: Callable[[Session, int, rules.Flag, bool], None]) -> None:
    """Let another domain act in the same transaction when a flag changes."""
    _after_flag.append(step)


def set_flag(session: Session, tenant_id: int, flag: rules.Flag, value: bool) -> tuple[bool, bool]:
    """Turn a flag on or off. Returns what it was and what it is; the caller writes the audit log."""
    with every_tenant("a tenant flag is set"):
        tenant = session.get(Tenant, tenant_id, with_for_update=True)
        if tenant is None:
            raise NotFound
        before = bool(tenant.flags.get(flag.value, rules.DEFAULTS[flag]))
        tenant.flags = {**tenant.flags, flag.value: value}
        session.flush()
    for step in _after_flag:
        step(session, tenant_id, flag, value)
    return before, value
