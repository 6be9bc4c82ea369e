"""What a change of terms is called: each term with what it was and what it became, as a person reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext

from infosoc.kernel.money import print_input
from infosoc.kernel.words import N_
from infosoc.subscriptions.models import AgreementDeed
from infosoc.subscriptions.rules.words import INDEX_LABELS, INTERVAL_LABELS, IndexKind, Interval

LABELS = {
    "billing_months": N_("Billing period"), "in_advance": N_("Charged"), "anchor_on": N_("Billing periods begin"),
    "binding_months": N_("Binding period"), "notice_months": N_("Notice period"),
    "renewal_months": N_("Renewal period"), "payment_days": N_("Days to pay"),
    "index_kind": N_("Own prices are adjusted"), "index_from": N_("First adjusted"),
    "index_percent": N_("Percent a year"), "index_series": N_("Index"),
    "index_base": N_("Month of the index that the prices belong to"), "trial_until": N_("Last day of the trial"),
}  # fmt: skip


def changes_of(deed: AgreementDeed) -> list[tuple[str, str, str]]:
    """The terms that a deed changed: the name of each, before and after."""
    return [
        (gettext(LABELS[name]), _said(name, before), _said(name, after))
        for name, (before, after) in deed.terms.items()
        if name in LABELS
    ]


def _said(name: str, value: Any) -> str:
    if value is None or value == "":
        return gettext("No") if name == "index_kind" else "–"
    return _PRINTED.get(name, str)(value)


def _months(value: int) -> str:
    return ngettext("%(num)d month", "%(num)d months", value)


_PRINTED: dict[str, Callable[[Any], str]] = {
    "billing_months": lambda value: gettext(INTERVAL_LABELS[Interval(value)]),
    "in_advance": lambda value: gettext("In advance") if value else gettext("In arrears"),
    "binding_months": _months,
    "notice_months": _months,
    "renewal_months": lambda value: _months(value) if value else gettext("until further notice"),
    "index_kind": lambda value: gettext(INDEX_LABELS[IndexKind(value)]),
    "index_percent": lambda value: f"{print_input(value)} %",
    "index_base": lambda value: f"{date.fromisoformat(value):%Y-%m}",
}
