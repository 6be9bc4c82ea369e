"""What the frame around every signed-in page shows: the tenant, the menu, the person."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user

from infosoc.kernel.permission import Permission
from infosoc.web.access import access_of
from infosoc.web.navigation import Entry, Navigation

FRAME_LINKS = {
    "my_day": "my_day.show",
    "companies": "companies.index",
    "log": "contact_log.pick",
    "search": "search.page",
    "search_results": "search.hits",
    "settings": "account.show",
    "preferences": "account.preferences",
    "sign_out": "sign_in.leave",
}
FRAME_PLACES = {"my_day": "my_day", "companies": "companies", "contacts": "companies", "search": "search"}


def init_app(app: Flask) -> None:
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    values: dict[str, Any] = {"locale": str(get_locale() or "sv"), "user": None, "tenant": None, "tenants": []}
    if getattr(current_user, "is_authenticated", False):
        values["user"] = current_user
        values["tenants"] = g.standing.own_tenants if "standing" in g else []
    if "tenant" in g:
        menu: Navigation = current_app.extensions["navigation"]
        values["tenant"] = g.tenant
        values["navigation"] = _groups(menu, g.rights)
        values["links"] = _links(g.rights)
        values["quick_add"] = [_link(entry) for entry in menu.quick_add if entry.permission in g.rights]
    return values


def _groups(menu: Navigation, rights: frozenset[Permission]) -> list[dict[str, Any]]:
    groups = []
    for group in sorted(menu.groups.values(), key=lambda one: one.order):
        entries = [_link(entry) for entry in group.entries if entry.permission in rights]
        if entries:
            groups.append({"label": gettext(group.label), "entries": entries})
    return groups


def _link(entry: Entry) -> dict[str, Any]:
    return {
        "label": gettext(entry.label),
        "url": url_for(entry.endpoint),
        "icon": entry.icon,
        "goto": entry.goto,
        "shortcut": entry.shortcut or None,
        "dialog": entry.dialog,
        "current": _place(entry.endpoint) == _place(request.endpoint),
    }


def _links(rights: frozenset[Permission]) -> dict[str, str]:
    """The addresses the frame itself leads to, but for those the person may not see."""
    links = {name: url_for(endpoint) for name, endpoint in FRAME_LINKS.items() if _is_open(endpoint, rights)}
    place = FRAME_PLACES.get(_place(request.endpoint))
    return links | ({"current": place} if place else {})


def _is_open(endpoint: str, rights: frozenset[Permission]) -> bool:
    access = access_of(current_app.view_functions.get(endpoint))
    return access is not None and (not isinstance(access, Permission) or access in rights)


def _place(endpoint: str | None) -> str:
    return (endpoint or "").partition(".")[0]
