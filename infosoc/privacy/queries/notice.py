"""What the privacy page is made of: the public lines of the register of processing, and how the companies share."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel.words import N_
from infosoc.privacy.processing import FACT_LABELS, PUBLIC_FACTS
from infosoc.privacy.queries import processing
from infosoc.tenancy.queries import all_tenants
from infosoc.tenancy.rules import Flag, TenantFacts, shown_by

SHARED_WORDS = {
    Flag.SHARE_REGISTER: N_("the register: companies, contact persons and how they are reached"),
    Flag.SHARE_CONTACT_LOG: N_("the contact log: what has been said, when and by whom"),
    Flag.SHARE_PRODUCT_STATUS: N_("whether a company is a customer"),
    Flag.JOINT_UNSUBSCRIBE: N_("objections to mailings that concern both"),
}


@dataclass(frozen=True)
class Shared:
    """Another company that decides together with this one, and what each shows the other."""

    tenant: TenantFacts
    ours: tuple[Flag, ...]
    theirs: tuple[Flag, ...]


@dataclass(frozen=True)
class Purpose:
    """What data are kept for: its name, and headings with texts, all message ids or the company's own words."""

    name: str
    facts: list[tuple[str, str]]


def purposes(session: Session, tenant_id: int) -> list[Purpose]:
    """The public lines of the register of processing, with what concerns the public of each."""
    with tenant_scope(Scope.alone(tenant_id)):
        lines = processing.public_lines(session)
    return [
        Purpose(one.name, [(FACT_LABELS[key], one.facts[key]) for key in PUBLIC_FACTS if one.facts.get(key)])
        for one in lines
    ]


def shared_with(session: Session, tenant: TenantFacts) -> list[Shared]:
    """The companies with which this one has a joint arrangement (GDPR article 26): who shows whom anything."""
    tenants = all_tenants(session)
    found = []
    for other in tenants:
        if other.id == tenant.id:
            continue
        ours = tuple(flag for flag in SHARED_WORDS if tenant.id in shown_by(tenants, other.id, flag))
        theirs = tuple(flag for flag in SHARED_WORDS if other.id in shown_by(tenants, tenant.id, flag))
        if ours or theirs:
            found.append(Shared(other, ours, theirs))
    return found
