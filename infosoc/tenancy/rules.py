"""Tenant flags: what a tenant shows the others and which modules it uses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    MODULE_FINANCE = "module_finance"


FLAG_LABELS = {
    Flag.SHARE_REGISTER: N_("Show our register (companies, contact persons and contact details)"),
    Flag.SHARE_CONTACT_LOG: N_("Show our contact log"),
    Flag.SHARE_PRODUCT_STATUS: N_("Show whether a company is our customer"),
    Flag.JOINT_UNSUBSCRIBE: N_("Offer one unsubscription for both companies"),
    Flag.MODULE_CRM: N_("Use the customer register"),
    Flag.MODULE_FINANCE: N_("Use subscriptions, invoicing and bookkeeping"),
}

# In plain words for the settings page: what the others see while it is on, and what they never see by it.
FLAG_EXPLANATIONS = {
    Flag.SHARE_REGISTER: N_(
        "The other companies here find our companies and contact persons, with addresses, phone numbers and e-mail, in "
        "lists, search and duplicate warnings. Our owners, tags and notes are not shown. Off: what only we have does "
        "not exist for them."
    ),
    Flag.SHARE_CONTACT_LOG: N_(
        "The other companies here see our calls, meetings and notes, with text and who wrote them, on companies that "
        "they can see. Off: they see nothing of our contacts, not even that there have been any."
    ),
    Flag.SHARE_PRODUCT_STATUS: N_(
        "The other companies here see whether a company is our customer, former customer or prospect. Prices are never "
        "shown. Off: they cannot tell whether it is our customer."
    ),
    Flag.JOINT_UNSUBSCRIBE: N_(
        "A person who unsubscribes from another company here can leave our mailings with the same click. We then learn "
        "not to write to the person, and nothing more. Off: unsubscribing from the others applies only to them."
    ),
    Flag.MODULE_CRM: N_(
        "Companies, contact persons, contact log and My day appear in the menu. Off: they are hidden, nothing is "
        "deleted."
    ),
    Flag.MODULE_FINANCE: N_(
        "Subscriptions, invoices and bookkeeping appear in the menu; a chart of accounts is created the first time. "
        "Off: they are hidden, nothing is deleted."
    ),
}

BRANDS = {"green": N_("Green"), "blue": N_("Blue")}

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


class BadValue(Invalid):
    message = N_("A flag is on or off, not %(value)s.")


class UnknownBrand(Invalid):
    message = N_("There is no colour called %(name)s.")


class TenantNameMissing(Invalid):
    message = N_("Enter the company name.")


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
    settings: Mapping[str, Any] = field(default_factory=dict)

    def is_on(self, flag: Flag) -> bool:
        return bool(self.flags.get(flag.value, DEFAULTS[flag]))


def flag_named(name: str) -> Flag:
    try:
        return Flag(name)
    except ValueError:
        raise UnknownFlag(name=name) from None


def flag_value(text: str) -> bool:
    """`on` or `off` as a value."""
    values = {"on": True, "off": False}
    if text not in values:
        raise BadValue(value=text)
    return values[text]


def check_brand(brand: str) -> str:
    if brand not in BRANDS:
        raise UnknownBrand(field="brand", name=brand)
    return brand


def check_tenant_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise TenantNameMissing(field="name")
    return name[:200]


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
