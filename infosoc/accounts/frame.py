"""What the frame around every signed-in page shows: the tenant, the menu, the person."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user

from infosoc.kernel.permission import Permission
from infosoc.tenancy.rules import Flag, TenantFacts
from infosoc.web.forms import new_submission
from infosoc.web.navigation import Entry, Navigation

# The frame's own links: its name for them, and the page they lead to, for whoever may go there.
LINKS = {
    "search": ("search.page", Permission.CRM_READ),
    "search_results": ("search.hits", Permission.CRM_READ),
    "my_day": ("my_day.show", Permission.CRM_READ),
    "companies": ("companies.index", Permission.CRM_READ),
    "log": ("contact_log.pick", Permission.CRM_WRITE),
}
MOST_KEPT = 1000
# Which part of the product the first word of a right belongs to: where a tenant does not use it, it is not in the menu.
MODULES = {
    "crm": Flag.MODULE_CRM, "ledger": Flag.MODULE_FINANCE, "subscriptions": Flag.MODULE_FINANCE,
    "invoices": Flag.MODULE_FINANCE, "payments": Flag.MODULE_FINANCE, "reminders": Flag.MODULE_FINANCE,
}  # fmt: skip
PLACES = {"my_day": "my_day", "companies": "companies", "contacts": "companies", "search": "search"}


def init_app(app: Flask) -> None:
    app.jinja_env.globals["new_submission"] = new_submission
    app.extensions["frame"] = {}
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    values: dict[str, Any] = {"locale": str(get_locale() or "sv"), "user": None, "tenant": None, "tenants": []}
    standing = g.get("standing")
    if standing is None or not current_user.is_authenticated:
        return values
    values["user"] = current_user._get_current_object()  # the templates ask it forty times: no proxy between
    values["tenants"] = standing.own_tenants
    tenant: TenantFacts | None = g.get("tenant") or g.get("frame_tenant")
    if tenant is not None:
        rights = standing.rights[tenant.id]
        values["tenant"] = tenant
        values.update(_places(rights, tenant, values["locale"]))
        values["frame_key"] = key()
    return values


def key() -> tuple[Any, ...]:
    """Everything that the columns and bars around a page show; what has the same key looks the same."""
    user, standing = current_user._get_current_object(), g.standing
    tenant: TenantFacts = g.get("tenant") or g.frame_tenant
    others = tuple((one.slug, one.name, one.brand) for one in standing.own_tenants)
    return (
        tenant.slug, tenant.name, tenant.brand, _modules(tenant), others, standing.rights[tenant.id],
        str(get_locale() or "sv"), request.endpoint, user.public_id, user.name, user.email, user.theme, user.density,
        user.shortcuts, user.sidebar_folded,
    )  # fmt: skip


def _modules(tenant: TenantFacts) -> tuple[Flag, ...]:
    """The parts of the product that the tenant uses."""
    return tuple(flag for flag in (Flag.MODULE_CRM, Flag.MODULE_FINANCE) if tenant.is_on(flag))


def _places(rights: frozenset[Permission], tenant: TenantFacts, locale: str) -> dict[str, Any]:
    """The menus and links: the same for everybody with these rights on this page, so they are made once a process."""
    kept: dict[Any, dict[str, Any]] = current_app.extensions["frame"]
    key = (tenant.slug, rights, _modules(tenant), locale, request.endpoint)
    if key not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        menu: Navigation = current_app.extensions["navigation"]
        kept[key] = {
            "navigation": _groups(menu, rights, tenant),
            "quick_add": [_link(entry, tenant) for entry in menu.quick_add if is_shown(entry, rights, tenant)],
            "links": _links(rights, tenant),
        }
    return kept[key]


def _groups(menu: Navigation, rights: frozenset[Permission], tenant: TenantFacts) -> list[dict[str, Any]]:
    groups = []
    for group in sorted(menu.groups.values(), key=lambda one: one.order):
        entries = [_link(entry, tenant) for entry in group.entries if is_shown(entry, rights, tenant)]
        if entries:
            groups.append({"label": gettext(group.label), "entries": entries})
    return groups


def is_shown(entry: Entry, rights: frozenset[Permission], tenant: TenantFacts) -> bool:
    """Whether a place is in the menu: the person may go there, and the tenant uses that part of the product."""
    module = MODULES.get(entry.permission.partition(".")[0])
    return entry.permission in rights and (module is None or tenant.is_on(module))


def _link(entry: Entry, tenant: TenantFacts) -> dict[str, Any]:
    return {
        "label": gettext(entry.label),
        "url": url_for(entry.endpoint, tenant=tenant.slug),
        "icon": entry.icon,
        "goto": entry.goto,
        "shortcut": entry.shortcut,
        "dialog": entry.dialog,
        "current": _place() in (entry.endpoint.partition(".")[0], *entry.also),
    }


def _links(rights: frozenset[Permission], tenant: TenantFacts) -> dict[str, str]:
    known = current_app.view_functions
    links = {
        name: url_for(endpoint, tenant=tenant.slug)
        for name, (endpoint, permission) in LINKS.items()
        if endpoint in known and permission in rights
    }
    links["settings"] = url_for("account.show", tenant=tenant.slug)
    links["preferences"] = url_for("account.preferences")
    links["sign_out"] = url_for("sign_in.leave")
    links["current"] = PLACES.get(_place(), "")
    return links


def _place() -> str:
    """The part of the product that this page belongs to: its blueprint."""
    return (request.endpoint or "").partition(".")[0]
