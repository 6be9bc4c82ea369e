"""Signing in, the person's own pages, and members and settings of a tenant."""

from __future__ import annotations

from flask import Flask

from infosoc.accounts.views import account, audit_log, members, password, settings, sign_in
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.navigation import Entry, Navigation

SETTINGS_ORDER = 90


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    for part in (sign_in, password, account, members, settings, audit_log):
        app.register_blueprint(part.blueprint)
    audit_log.name_members()
    menu: Navigation = app.extensions["navigation"]
    menu.add(
        N_("Settings"),
        SETTINGS_ORDER,
        Entry(N_("Company settings"), "settings.show", Permission.SETTINGS_READ, "settings"),
        Entry(N_("Members"), "members.index", Permission.MEMBERS_WRITE, "people"),
        Entry(N_("Audit log"), "audit_log.index", Permission.AUDIT_READ, "shield"),
    )
