"""Which role has which right: one table to read. A membership may have several roles; rights add up."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from infosoc.kernel.permission import Permission as P
from infosoc.kernel.words import N_


class Role(StrEnum):
    SELLER = "seller"
    SUPPORT = "support"
    FINANCE = "finance"
    PAYROLL = "payroll"
    ACCOUNTANT = "accountant"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"
    READER = "reader"
    EMPLOYEE = "employee"


ROLE_LABELS = {
    Role.SELLER: N_("Seller"),
    Role.SUPPORT: N_("Support"),
    Role.FINANCE: N_("Finance"),
    Role.PAYROLL: N_("Payroll"),
    Role.ACCOUNTANT: N_("External accountant"),
    Role.PRIVACY_OFFICER: N_("Privacy officer"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.READER: N_("Reader"),
    Role.EMPLOYEE: N_("Employee"),
}

_READING = frozenset({P.MEMBER, P.CRM_READ, P.SUBSCRIPTIONS_READ, P.INVOICES_READ})
_WRITING = _READING | {P.CRM_WRITE, P.CRM_TRASH, P.PRIVACY_REGISTER, P.MAILINGS_READ}
_SELLING = _WRITING | {
    P.CRM_BULK, P.CRM_IMPORT, P.CRM_EXPORT, P.CRM_MERGE, P.CRM_SHARE_VIEWS, P.JOBS_READ, P.MAILINGS_WRITE,
    P.SUBSCRIPTIONS_WRITE,
}  # fmt: skip
_PRIVACY = frozenset({P.PRIVACY_REGISTER, P.PRIVACY_READ, P.PRIVACY_WRITE, P.MAILINGS_SEND})

_BOOKS = frozenset({P.LEDGER_READ, P.LEDGER_POST, P.INVOICES_WRITE, P.PAYMENTS_WRITE, P.REMINDERS_WRITE})

PERMISSIONS: dict[Role, frozenset[P]] = {
    Role.SELLER: _SELLING,
    Role.SUPPORT: _WRITING,
    Role.FINANCE: _READING
    | _BOOKS
    | {P.SENSITIVE_READ, P.CRM_EXPORT, P.SUBSCRIPTIONS_WRITE, P.SUBSCRIPTIONS_SET_UP, P.INVOICES_SET_UP},
    Role.PAYROLL: frozenset({P.MEMBER}),
    Role.ACCOUNTANT: _READING | _BOOKS | {P.SENSITIVE_READ, P.LEDGER_SET_UP, P.INVOICES_SET_UP},
    Role.PRIVACY_OFFICER: _SELLING
    | _PRIVACY
    | {P.SENSITIVE_READ, P.PROTECTED_READ, P.AUDIT_READ, P.MAIL_READ, P.SETTINGS_READ},
    Role.ADMINISTRATOR: frozenset(P) - {P.PROTECTED_READ},
    Role.READER: _READING,
    Role.EMPLOYEE: frozenset({P.MEMBER}),
}


def permissions_of(roles: Iterable[str]) -> frozenset[P]:
    """The rights of these roles together; an unknown role gives none."""
    return _together(tuple(roles))


@lru_cache(maxsize=500)
def _together(roles: tuple[str, ...]) -> frozenset[P]:
    known = {role.value: rights for role, rights in PERMISSIONS.items()}
    return frozenset().union(*(known.get(role, frozenset()) for role in roles))
