"""Tenant flags: what a tenant shows the others and which modules it uses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_


class Flag(StrEnum):
    """A flag is directional: it says what this tenant shows the others, or which part of the product it uses."""

    SHARE_REGISTER = "share_register"
    SHARE_CONTACT_LOG = "share_contact_log"
    SHARE_PRODUCT_STATUS = "share_product_status"
    JOINT_UNSUBSCRIBE = "joint_unsubscribe"
    MODULE_CRM = "module_crm"


FLAG_LABELS = {
    Flag.SHARE_REGISTER: N_("Show our register (companies, contact persons and contact details)"),
    Flag.SHARE_CONTACT_LOG: N_("Show our contact log"),
    Flag.SHARE_PRODUCT_STATUS: N_("Show whether a company is our customer"),
    Flag.JOINT_UNSUBSCRIBE: N_("Offer one unsubscription for both companies"),
    Flag.MODULE_CRM: N_("Use the customer register"),
}

DEFAULTS = {flag: flag is Flag.MODULE_CRM for flag in Flag}

# The first part of an address that is not a tenant.
RESERVED_SLUGS = {
    "account",
    "api",
    "calendar",
    "healthz",
    "invitations",
    "login",
    "logout",
    "password",
    "static",
    "unsubscribe",
}


class UnknownFlag(Invalid):
    message = N_("There is no flag called %(name)s.")


class BadSlug(Invalid):
    message = N_(
        "A company's address is 2 to 30 lower-case letters, digits and hyphens, and not one of the system's own."
    )


@dataclass(frozen=True)
class TenantFacts:
    """What a request needs to know of a tenant, apart from its row."""

    id: int
    slug: str
    name: str
    brand: str
    flags: Mapping[str, Any]

    def is_on(self, flag: Flag) -> bool:
        return bool(self.flags.get(flag.value, DEFAULTS[flag]))


def flag_named(name: str) -> Flag:
    try:
        return Flag(name)
    except ValueError:
        raise UnknownFlag(name=name) from None


def check_slug(slug: str) -> str:
    """The slug itself when it can be the first part of an address."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    if not 2 <= len(slug) <= 30 or not set(slug) <= allowed or slug in RESERVED_SLUGS or slug.strip("-") != slug:
        raise BadSlug(field="slug")
    return slug


def shown_by(tenants: list[TenantFacts], own: int, flag: Flag) -> tuple[int, ...]:
    """The tenants whose part named by the flag is seen by `own`: itself first, then those that show it."""
    others = sorted(tenant.id for tenant in tenants if tenant.id != own and tenant.is_on(flag))
    return (own, *others)
