"""What the frame around every signed-in page shows: the tenant, the menu, the person."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user

from infosoc.kernel.permission import Permission
from infosoc.web.navigation import Entry, Navigation


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
    place = (request.endpoint or "").partition(".")[0]
    return {
        "label": gettext(entry.label),
        "url": url_for(entry.endpoint),
        "icon": entry.icon,
        "goto": entry.goto,
        "current": entry.endpoint == request.endpoint
        or (entry.endpoint.partition(".")[0] == place and entry.goto != ""),
    }
