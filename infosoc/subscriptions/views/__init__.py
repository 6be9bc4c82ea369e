"""The pages of products and agreements, one subject a file."""

from __future__ import annotations

from flask import Flask

from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.subscriptions import filters
from infosoc.subscriptions.views import (  # noqa: F401 - most hang their routes on a blueprint that is made elsewhere
    agreements,
    audit_subjects,
    blueprints,
    company,
    deeds,
    export,
    figures,
    increases,
    indexes,
    lines,
    price_lists,
    products,
    renewals,
    terms,
    usage,
)
from infosoc.web.navigation import Entry

# Other blueprints whose pages belong to the place in the menu.
OF_PRODUCTS = ("price_lists", "usage", "indexes", "price_increases")


def register(app: Flask) -> None:
    """Hang the blueprints, their places in the menu and the company page's panel on the application."""
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)
    audit_subjects.register()
    filters.register()
    menu, read = app.extensions["navigation"], Permission.SUBSCRIPTIONS_READ
    menu.add(
        N_("Agreements"), 30,
        Entry(N_("Agreements"), "agreements.index", read, "agreement", goto="a"),
        Entry(N_("Renewals"), "renewals.show", read, "renewal"),
        Entry(N_("Recurring revenue"), "revenue.show", read, "revenue"),
        Entry(N_("Products"), "products.index", read, "product", also=OF_PRODUCTS),
    )  # fmt: skip
    menu.add_panel("company", Entry(N_("Agreements"), "company_agreements.show", read, "agreement"))
