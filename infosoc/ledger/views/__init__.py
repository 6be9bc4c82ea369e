"""The pages of the bookkeeping, one subject a file."""

from __future__ import annotations

from flask import Flask

from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.ledger.views import (  # noqa: F401 - most hang their routes on a blueprint that is made elsewhere
    accounts,
    audit_subjects,
    blueprints,
    chart,
    export,
    new_voucher,
    opening,
    vouchers,
    words,
    years,
)
from infosoc.web.navigation import Entry


def register(app: Flask) -> None:
    """Hang the blueprints, and their places in the menu, on the application."""
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
    words.init_app(app)
    audit_subjects.register()
    menu = app.extensions["navigation"]
    menu.add(
        N_("Bookkeeping"), 40,
        Entry(N_("Vouchers"), "vouchers.index", Permission.LEDGER_READ, "voucher", goto="b"),
        Entry(N_("Chart of accounts"), "accounts_chart.index", Permission.LEDGER_READ, "columns", goto="k"),
        Entry(N_("Fiscal years"), "fiscal_years.index", Permission.LEDGER_READ, "lock"),
    )  # fmt: skip
    menu.add_quick(Entry(N_("Voucher"), "vouchers.new", Permission.LEDGER_POST, "voucher"))
