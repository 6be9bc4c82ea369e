"""The blueprints of invoicing, made here so that several files can attach their routes to one of them."""

from __future__ import annotations

from flask import Blueprint

invoices = Blueprint("invoices", __name__, url_prefix="/<tenant>/invoices")
drafts = Blueprint("invoice_drafts", __name__, url_prefix="/<tenant>/invoices/drafts")
company_invoices = Blueprint("company_invoices", __name__, url_prefix="/<tenant>/companies")
settings = Blueprint("invoicing_settings", __name__, url_prefix="/<tenant>/settings/invoicing")
papers = Blueprint("invoice_papers", __name__, url_prefix="/<tenant>/invoices")
billing_runs = Blueprint("billing_runs", __name__, url_prefix="/<tenant>/billing-runs")
deliveries = Blueprint("deliveries", __name__, url_prefix="/<tenant>/deliveries")

ALL = (invoices, drafts, company_invoices, settings, papers, billing_runs, deliveries)
