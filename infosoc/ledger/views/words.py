"""How the bookkeeping's values are printed: an account's name in the reader's language, a series, a rule in words."""

from __future__ import annotations

from flask import Flask

from infosoc.kernel.words import N_
from infosoc.ledger.models import Account
from infosoc.ledger.rules import SERIES_LABELS, VAT_CODES
from infosoc.web.filters import locale_name, translate

RULES = {
    "manual": N_("By hand"),
    "reversal": N_("Correction"),
    "demo": N_("Demo"),
    "invoice": N_("Invoice"),
    "deferral": N_("Deferred income"),
    "bank-file": N_("Bank file"),
    "payment": N_("Payment by hand"),
    "payment-match": N_("Matched payment"),
    "reminder-costs": N_("Reminder costs"),
    "bad-debt": N_("Bad debt"),
}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(account_name=account_name, series_name=series_name, vat_name=vat_name, rule=rule_name)


def account_name(account: Account) -> str:
    """The account's name in the reader's language, or in Swedish."""
    return account.name_en if account.name_en and locale_name().startswith("en") else account.name_sv


def series_name(series: str) -> str:
    return translate(SERIES_LABELS.get(series, ""))


def vat_name(code: str) -> str:
    one = VAT_CODES.get(code)
    return translate(one.label, rate=one.rate) if one else code


def rule_name(rule: str) -> str:
    """What made a voucher: a rule we know in words, whatever its version (`invoice/1`); another one as it is."""
    name = rule.partition("/")[0]
    return translate(RULES[name]) if name in RULES else rule
