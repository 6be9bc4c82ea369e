"""The blueprints of the bookkeeping, made here so that several files can attach their routes to one of them."""

from __future__ import annotations

from flask import Blueprint

vouchers = Blueprint("vouchers", __name__, url_prefix="/<tenant>/vouchers")
accounts = Blueprint("accounts_chart", __name__, url_prefix="/<tenant>/chart")
fiscal_years = Blueprint("fiscal_years", __name__, url_prefix="/<tenant>/fiscal-years")

ALL = (vouchers, accounts, fiscal_years)
