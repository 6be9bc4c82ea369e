"""The pages of invoicing, one subject a file."""

from __future__ import annotations

from flask import Flask

from infosoc.invoicing.commands import copies  # noqa: F401 - what it registers with the company register is wanted
from infosoc.invoicing.views import (  # noqa: F401 - most hang their routes on a blueprint that is made elsewhere
    access_point,
    audit_subjects,
    billing_runs,
    billing_subjects,
    blueprints,
    company,
    credit,
    deliveries,
    draft_form,
    drafts,
    invoices,
    papers,
    receiving,
    settings,
    words,
)
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.navigation import Entry

# Other blueprints whose pages belong to the place in the menu.
OF_INVOICES = ("invoice_drafts", "invoice_papers", "invoice_reminders", "invoicing_settings")


def register(app: Flask) -> None:
    """Hang the blueprints, their places in the menu and the company page's panel on the application."""
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
    words.init_app(app)
    audit_subjects.register()
    billing_subjects.register()
    menu, read = app.extensions["navigation"], Permission.INVOICES_READ
    menu.add(
        N_("Invoicing"), 35,
        Entry(N_("Invoices"), "invoices.index", read, "invoice", goto="f", also=OF_INVOICES),
        Entry(N_("Billing runs"), "billing_runs.index", read, "billing-run"),
        Entry(N_("Deliveries"), "deliveries.index", read, "delivery"),
    )  # fmt: skip
    menu.add_quick(Entry(N_("Invoice"), "invoice_drafts.whose", Permission.INVOICES_WRITE, "invoice"))
    menu.add_panel("company", Entry(N_("Invoices"), "company_invoices.show", read, "invoice"))
