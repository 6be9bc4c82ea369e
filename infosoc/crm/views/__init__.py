"""The register's pages, one blueprint a file."""

from __future__ import annotations

from flask import Flask

from infosoc.crm.views import (  # noqa: F401 - some only hang their routes on a blueprint that is made elsewhere
    audit_subjects,
    blueprints,
    bulk,
    calendar,
    companies,
    companies_list,
    company_facts,
    contact_facts,
    contact_log,
    contacts,
    contacts_list,
    duplicates,
    exports,
    follow_ups,
    history,
    import_results,
    imports,
    log_list,
    my_day,
    people,
    posts,
    register_settings,
    saved_views,
    search,
    team,
    trash,
)
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.navigation import Entry

# Other blueprints whose pages belong to the place in the menu.
OF_COMPANIES = ("company_agreements", "company_invoices")


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    app.register_blueprint(search.blueprint)
    for part in (my_day, contact_log, follow_ups, team, calendar, register_settings, trash, bulk, duplicates):
        app.register_blueprint(part.blueprint)
    for part in (imports, exports):
        app.register_blueprint(part.blueprint)
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
    audit_subjects.register()
    _places(app)


def _places(app: Flask) -> None:
    menu = app.extensions["navigation"]
    menu.add(
        N_("Today"), 10,
        Entry(N_("My day"), "my_day.show", Permission.CRM_READ, "today", goto="m"),
        Entry(N_("Team"), "team.show", Permission.TEAM_READ, "people", goto="t"),
    )  # fmt: skip
    menu.add(
        N_("Customers"), 20,
        Entry(N_("Companies"), "companies.index", Permission.CRM_READ, "company", goto="o", also=OF_COMPANIES),
        Entry(N_("Contact persons"), "contacts.index", Permission.CRM_READ, "contact", goto="k"),
        Entry(N_("Contact log"), "contact_log.index", Permission.CRM_READ, "log", goto="l"),
        Entry(N_("Duplicates"), "duplicates.index", Permission.CRM_MERGE, "merge"),
        Entry(N_("Imports"), "imports.index", Permission.CRM_IMPORT, "import"),
        Entry(N_("Trash"), "trash.index", Permission.CRM_READ, "trash"),
    )  # fmt: skip
    menu.add_quick(Entry(N_("Log contact"), "contact_log.pick", Permission.CRM_WRITE, "log", shortcut="c", dialog=True))
    menu.add_quick(
        Entry(N_("New company"), "companies.new", Permission.CRM_WRITE, "company"),
        Entry(N_("New contact person"), "contacts.new", Permission.CRM_WRITE, "contact"),
    )
    menu.add(
        N_("Settings"),
        90,
        Entry(N_("The register's settings"), "register_settings.show", Permission.SETTINGS_READ, "tag"),
    )
