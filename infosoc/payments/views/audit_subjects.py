"""What the audit log may say of payments: names and addresses of its subjects, and the words of fields."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import Select, String, cast, select

from infosoc.audit.subjects import name_subjects
from infosoc.audit.words import name_fields
from infosoc.kernel.words import N_
from infosoc.payments.models import BankFile, IncomingPayment


def register() -> None:
    """Answer for the payments' part of the log."""
    name_fields(
        {
            "deposits": N_("Deposits"), "payments": N_("Payments"), "amount": N_("Amount"), "invoice": N_("Invoice"),
            "file": N_("File"), "reason": N_("Why"), "as of": N_("As of"),
            "deposit": N_("Deposit"), "tied": N_("Tied to"),
        }
    )  # fmt: skip
    name_subjects("bank_file", _files, lambda public_id: url_for("bank_files.show", public_id=public_id))
    name_subjects("payment", _payments, lambda public_id: url_for("payments.show", public_id=public_id))


def _files(ids: set[int]) -> Select[Any]:
    query: Any = select(BankFile.id, BankFile.name, BankFile.public_id)
    return query.where(BankFile.id.in_(ids))


def _payments(ids: set[int]) -> Select[Any]:
    query: Any = select(
        IncomingPayment.id, cast(IncomingPayment.paid_on, String) + " " + IncomingPayment.payer_name,
        IncomingPayment.public_id,
    )  # fmt: skip
    return query.where(IncomingPayment.id.in_(ids))
