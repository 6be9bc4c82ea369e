"""The blueprints of products and agreements, made here so that several files can attach their routes to one of them."""

from __future__ import annotations

from flask import Blueprint

agreements = Blueprint("agreements", __name__, url_prefix="/<tenant>/agreements")
company_agreements = Blueprint("company_agreements", __name__, url_prefix="/<tenant>/companies")
products = Blueprint("products", __name__, url_prefix="/<tenant>/products")
price_lists = Blueprint("price_lists", __name__, url_prefix="/<tenant>/price-lists")
indexes = Blueprint("indexes", __name__, url_prefix="/<tenant>/indexes")
usage = Blueprint("usage", __name__, url_prefix="/<tenant>/usage")
price_increases = Blueprint("price_increases", __name__, url_prefix="/<tenant>/price-increases")
renewals = Blueprint("renewals", __name__, url_prefix="/<tenant>/renewals")
revenue = Blueprint("revenue", __name__, url_prefix="/<tenant>/recurring-revenue")

ALL = (
    agreements, company_agreements, products, price_lists, indexes, usage, price_increases, renewals, revenue,
)  # fmt: skip
