"""What the audit log may say of the bookkeeping: names and addresses of its subjects, and the words of fields."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import Select, String, cast, select

from infosoc.audit.subjects import name_subjects
from infosoc.audit.words import name_fields
from infosoc.kernel.words import N_
from infosoc.ledger.models import Account, FiscalYear, Voucher


def register() -> None:
    """Answer for the bookkeeping's part of the log."""
    name_fields(
        {
            "number": N_("Account number"), "name_sv": N_("Name in Swedish"), "name_en": N_("Name in English"),
            "vat_code": N_("Usual VAT code"), "sru": N_("Field of the income return (SRU)"),
            "fiscal year": N_("Fiscal year"), "locked through": N_("Locked through"), "reason": N_("Why"),
            "turned back by": N_("Reversed by"),
        }
    )  # fmt: skip
    name_subjects("voucher", _vouchers, lambda public_id: url_for("vouchers.show", public_id=public_id))
    name_subjects("account", _accounts, lambda public_id: url_for("accounts_chart.show", public_id=public_id))
    name_subjects("fiscal_year", _years, lambda public_id: url_for("fiscal_years.show", public_id=public_id))


def _vouchers(ids: set[int]) -> Select[Any]:
    name = Voucher.series + cast(Voucher.number, String)
    query: Any = select(Voucher.id, name, Voucher.public_id)
    return query.where(Voucher.id.in_(ids))


def _accounts(ids: set[int]) -> Select[Any]:
    query: Any = select(Account.id, cast(Account.number, String) + " " + Account.name_sv, Account.public_id)
    return query.where(Account.id.in_(ids))


def _years(ids: set[int]) -> Select[Any]:
    query: Any = select(FiscalYear.id, cast(FiscalYear.starts_on, String), FiscalYear.public_id)
    return query.where(FiscalYear.id.in_(ids))
