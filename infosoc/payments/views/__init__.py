"""The pages of payments, one subject a file."""

from __future__ import annotations

from flask import Flask

from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.payments.views import (  # noqa: F401 - most hang their routes on a blueprint that is made elsewhere
    audit_subjects,
    blueprints,
    by_hand,
    customer_ledger,
    files,
    lumps,
    payments,
)
from infosoc.web.navigation import Entry


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
    audit_subjects.register()
    menu, read = app.extensions["navigation"], Permission.INVOICES_READ
    menu.add(
        N_("Invoicing"), 35,
        Entry(N_("Payments"), "payments.index", read, "pay", goto="p", also=("bank_files", "invoice_payments")),
        Entry(N_("Customer ledger"), "customer_ledger.index", read, "customer-ledger"),
    )  # fmt: skip
