"""The blueprints of payments, made here so that several files can attach their routes to one of them."""

from __future__ import annotations

from flask import Blueprint

payments = Blueprint("payments", __name__, url_prefix="/<tenant>/payments")
bank_files = Blueprint("bank_files", __name__, url_prefix="/<tenant>/bank-files")
invoice_payments = Blueprint("invoice_payments", __name__, url_prefix="/<tenant>/invoices")
customer_ledger = Blueprint("customer_ledger", __name__, url_prefix="/<tenant>/customer-ledger")

ALL = (payments, bank_files, invoice_payments, customer_ledger)
