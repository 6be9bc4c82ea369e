"""Changing what is printed on public pages and letters; every change is in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.privacy.printed import checked
from infosoc.tenancy import commands as tenancy
from infosoc.tenancy.rules import TenantFacts


def change(session: Session, tenant: TenantFacts, values: Mapping[str, Any], *, by: int, version: int | None) -> None:
    """Keep the settings; nothing is written where nothing has changed."""
    wanted = checked(values)
    changed = {key: value for key, value in wanted.items() if (tenant.settings.get(key) or "") != value}
    told = {}
    for place, (key, value) in enumerate(changed.items()):
        before = tenancy.set_setting(session, tenant.id, key, value, version=version if place == 0 else None)
        told[key] = (str(before) if before else None, str(value) or None)
    if told:
        audit.record(session, "printed texts changed", "tenant", tenant.id, by=by, changes=told)
