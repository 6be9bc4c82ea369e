"""The blueprints of reminders, made here so that several files can attach their routes to one of them."""

from __future__ import annotations

from flask import Blueprint

reminders = Blueprint("reminders", __name__, url_prefix="/<tenant>/reminders")
collection = Blueprint("collection", __name__, url_prefix="/<tenant>/collection")
settings = Blueprint("reminder_settings", __name__, url_prefix="/<tenant>/settings/reminders")
invoice_reminders = Blueprint("invoice_reminders", __name__, url_prefix="/<tenant>/invoices")

ALL = (reminders, collection, settings, invoice_reminders)
