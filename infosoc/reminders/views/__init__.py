"""The pages of reminders, one subject a file."""

from __future__ import annotations

from flask import Flask

from infosoc.audit.words import name_fields
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.reminders.views import (  # noqa: F401 - each hangs its routes on a blueprint that is made elsewhere
    blueprints,
    collection,
    invoice,
    reminders,
    settings,
)
from infosoc.web.navigation import Entry

_FIELDS = {
    "steps": N_("Steps"), "smallest amount": N_("Smallest amount to remind about"),
    "asks_interest": N_("Charge late interest"), "asks_compensation": N_("Compensation for late payment"),
    "rate": N_("Reference rate"), "reason": N_("Reason"), "amount": N_("Amount"),
}  # fmt: skip


def register(app: Flask) -> None:
    """Hang the blueprints, their place in the menu and the invoice page's panel on the application."""
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
    name_fields(_FIELDS)
    menu, read = app.extensions["navigation"], Permission.INVOICES_READ
    menu.add(
        N_("Invoicing"),
        35,
        Entry(N_("Reminders"), "reminders.index", read, "reminder", also=("collection", "reminder_settings")),
    )
    menu.add_panel("invoice", Entry(N_("Reminders"), "invoice_reminders.history", read, "follow-up"))
