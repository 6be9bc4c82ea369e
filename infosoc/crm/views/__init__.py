"""The register's pages, one blueprint a file."""

from __future__ import annotations

from flask import Flask

from infosoc.crm.views import calendar, contact_log, follow_ups, log_list, my_day, search, team
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.navigation import Entry


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    app.register_blueprint(search.blueprint)
    for part in (my_day, contact_log, follow_ups, team, calendar):
        app.register_blueprint(part.blueprint)
    _places(app)


def _places(app: Flask) -> None:
    menu = app.extensions["navigation"]
    menu.add(
        N_("Today"), 10,
        Entry(N_("My day"), "my_day.show", Permission.CRM_READ, "today", goto="m"),
        Entry(N_("Team"), "team.show", Permission.TEAM_READ, "people", goto="t"),
    )  # fmt: skip
    menu.add(N_("Customers"), 20, Entry(N_("Contact log"), "contact_log.index", Permission.CRM_READ, "log", goto="l"))
    menu.add_quick(Entry(N_("Log contact"), "contact_log.pick", Permission.CRM_WRITE, "log", shortcut="c", dialog=True))
