"""What a tenant prints on public pages and letters, and the numbers that mailings and retention go by.

Kept among the tenant's settings; other domains read the same keys. What is not set has a default that works.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infosoc.kernel import email, identity
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.tenancy.rules import TenantFacts

LABELS = {
    "printed_name": N_("Name on letters and pages"),
    "org_number": N_("Organisation number"),
    "address": N_("Postal address"),
    "phone": N_("Phone"),
    "privacy_email": N_("E-mail for questions about personal data"),
    "mail_from": N_("Sender of mailings"),
    "bounce_domain": N_("Domain for bounces"),
    "list_domain": N_("Domain in list ids"),
    "letters_per_hour": N_("Maximum letters per hour"),
    "retention_months": N_("Months without contact before a person is suggested for removal"),
}
TEXTS = ("printed_name", "org_number", "address", "phone")
ADDRESSES = ("privacy_email", "mail_from")
DOMAINS = ("bounce_domain", "list_domain")
NUMBERS = {"letters_per_hour": (1, 100_000), "retention_months": (1, 120)}
DEFAULT_NUMBERS = {"letters_per_hour": 3600, "retention_months": 24}
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,61}")


class NoDomain(Invalid):
    message = N_("This is not a domain. It should look like post.example.se.")


class OutOfBounds(Invalid):
    message = N_("Enter a number from %(low)s to %(high)s.")


@dataclass(frozen=True)
class Printed:
    """The sender as it stands on letters and public pages."""

    name: str
    org_number: str
    address: str
    phone: str
    privacy_email: str


def printed(tenant: TenantFacts) -> Printed:
    """Who the tenant is to the outside; the register's own name where nothing else is set."""
    text = {key: str(tenant.settings.get(key) or "") for key in (*TEXTS, "privacy_email")}
    return Printed(
        text["printed_name"] or tenant.name, text["org_number"], text["address"], text["phone"], text["privacy_email"]
    )


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in the form in which they are kept; raises what is wrong with which."""
    made: dict[str, Any] = {key: _lines(values.get(key)) for key in TEXTS}
    if made["org_number"]:
        made["org_number"] = _org_number(made["org_number"])
    for key in ADDRESSES:
        made[key] = _address(key, _lines(values.get(key)))
    for key in DOMAINS:
        made[key] = _domain(key, _lines(values.get(key)))
    for key, (low, high) in NUMBERS.items():
        number = values.get(key)
        if number is None or not low <= int(number) <= high:
            raise OutOfBounds(field=key, low=low, high=high)
        made[key] = int(number)
    return made


def _lines(value: Any) -> str:
    """Text without stray spaces; line breaks of a postal address are kept, other signs of control are not."""
    rows = ("".join(sign for sign in row if sign.isprintable()) for row in str(value or "").splitlines())
    return "\n".join(" ".join(row.split()) for row in rows).strip()[:300]


def _org_number(text: str) -> str:
    try:
        return identity.format_org_number(identity.parse_org_number(text))
    except Invalid as error:
        error.field = "org_number"
        raise


def _address(key: str, text: str) -> str:
    try:
        return email.canonical(text) if text else ""
    except Invalid as error:
        error.field = key
        raise


def _domain(key: str, text: str) -> str:
    text = text.lower().strip(".")
    if text and (len(text) > 190 or not _DOMAIN.fullmatch(text)):
        raise NoDomain(field=key)
    return text
