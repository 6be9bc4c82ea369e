"""How the values of invoices are printed, and what their states are called."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask
from flask_babel import gettext

from infosoc.accounts.request import may
from infosoc.invoicing.commands.claims import HOW_LABELS
from infosoc.invoicing.models import Invoice
from infosoc.invoicing.rules.delivery import STATE_LABELS
from infosoc.invoicing.rules.drafts import print_discount
from infosoc.invoicing.rules.record import Row
from infosoc.invoicing.rules.totals import E4_PER_ORE
from infosoc.invoicing.rules.vat import treatment
from infosoc.kernel import clock
from infosoc.kernel.money import print_ore
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.subscriptions.rules.words import DELIVERY_LABELS
from infosoc.web.filters import locale_name, translate

DELIVERY_STATES = {str(key): label for key, label in STATE_LABELS.items()}
_RATED = ("S", "Z")


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        price=price, vat_rate=vat_rate, vat_sum=vat_sum, claim_state=claim_state, discount=discount
    )


def words() -> dict[str, Any]:
    """What the values of invoices are called, and what the person may do."""
    return {
        "deliveries": {str(key): label for key, label in DELIVERY_LABELS.items()}, "delivery_states": DELIVERY_STATES,
        "how": {str(key): label for key, label in HOW_LABELS.items()}, "today": clock.today(),
        "may_write": may(Permission.INVOICES_WRITE), "may_read_books": may(Permission.LEDGER_READ),
    }  # fmt: skip


def price(price_e4: int) -> str:
    """A unit price, with four decimals only where there is something in the last two."""
    ore, rest = divmod(price_e4, E4_PER_ORE)
    return print_ore(ore, locale=locale_name()) + (f"{rest:02d}".rstrip("0") if rest else "")


def discount(row: Row) -> str:
    """What was taken off: the share where it was given as one, else the amount."""
    return print_discount(row.discount_hundredths, 0 if row.discount_hundredths else row.discount_ore)


def vat_rate(code: str) -> str:
    way = treatment(code)
    return f"{way.rate} %" if way.category in _RATED else "\u2013"


def vat_sum(group: Any) -> str:
    """What a sum of VAT is called: one of an issued invoice, or one that is being counted."""
    way = group.treatment if hasattr(group, "treatment") else treatment(group.vat_code)
    base = print_ore(group.base_ore, locale=locale_name())
    if way.category in _RATED:
        return gettext("VAT %(rate)s %% of %(base)s", rate=way.rate, base=base)
    return gettext("No VAT on %(base)s", base=base)


def claim_state(invoice: Invoice, on: date) -> tuple[str, str]:
    """The mark and the word of what has become of a claim on a day."""
    if invoice.payable_ore < 0:
        return ("former", translate(N_("Credit note, used"))) if not invoice.open_ore else (
            "waiting", translate(N_("Credit note, open")))  # fmt: skip
    if not invoice.open_ore:
        return "ok", translate(N_("Settled in full"))
    if invoice.due_on < on:
        return "error", translate(N_("Past due"))
    if invoice.open_ore < invoice.payable_ore:
        return "running", translate(N_("Partly settled"))
    return "waiting", translate(N_("Unpaid"))
