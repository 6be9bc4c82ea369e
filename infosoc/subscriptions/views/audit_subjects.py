"""What the audit log may say of products and agreements: their names and addresses, and the words of fields."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import Select, String, cast, select

from infosoc.audit.subjects import name_subjects
from infosoc.audit.words import name_fields, name_values
from infosoc.kernel.words import N_
from infosoc.subscriptions.models import Agreement, PriceIncrease, PriceList, Product
from infosoc.subscriptions.rules.words import (
    BILLING_LABELS,
    DELIVERY_LABELS,
    INDEX_LABELS,
    INTERVAL_LABELS,
    TIERS_LABELS,
    UNIT_LABELS,
)
from infosoc.subscriptions.views import term_words

_FIELDS = {
    "code": N_("Code"), "name_sv": N_("Name in Swedish"), "name_en": N_("Name in English"),
    "billing": N_("How it is charged"), "unit": N_("Unit"), "tier_kind": N_("Usage tiers"), "vat_code": N_("VAT"),
    "revenue_account": N_("Revenue account"), "deferral_account": N_("Account for what is paid in advance"),
    "product": N_("Product"), "valid from": N_("From"), "price": N_("Price"), "company": N_("Company"),
    "lines": N_("Lines"), "from day": N_("From"), "delivery": N_("Invoices are sent as"),
    "recipient_name": N_("Recipient's name"), "recipient_email": N_("Recipient's e-mail"),
    "reference": N_("Buyer's reference"), "order_number": N_("Order number"), "cost_centre": N_("Cost centre"),
    "einvoice_address": N_("E-invoice address (Peppol)"), "figures": N_("Figures"), "source": N_("Source"),
    "percent": N_("Percent"), "letters": N_("Letters"), **term_words.LABELS,
}  # fmt: skip


def register() -> None:
    """Answer for this part of the log."""
    name_fields(_FIELDS)
    name_values(
        {
            "billing": {str(key): label for key, label in BILLING_LABELS.items()},
            "tier_kind": {str(key): label for key, label in TIERS_LABELS.items()},
            "unit": {str(key): label for key, label in UNIT_LABELS.items()},
            "delivery": {str(key): label for key, label in DELIVERY_LABELS.items()},
            "billing_months": {str(int(key)): label for key, label in INTERVAL_LABELS.items()},
            "in_advance": {"True": N_("In advance"), "False": N_("In arrears")},
            "index_kind": {str(key): label for key, label in INDEX_LABELS.items()},
        }
    )
    name_subjects("product", _products, lambda public_id: url_for("products.edit", public_id=public_id))
    name_subjects("price_list", _price_lists, lambda public_id: url_for("price_lists.show", public_id=public_id))
    name_subjects("agreement", _agreements, lambda public_id: url_for("agreements.show", public_id=public_id))
    name_subjects("price_increase", _increases, lambda public_id: url_for("price_increases.show", public_id=public_id))


def _products(ids: set[int]) -> Select[Any]:
    query: Any = select(Product.id, Product.name_sv, Product.public_id)
    return query.where(Product.id.in_(ids))


def _price_lists(ids: set[int]) -> Select[Any]:
    query: Any = select(PriceList.id, PriceList.name, PriceList.public_id)
    return query.where(PriceList.id.in_(ids))


def _agreements(ids: set[int]) -> Select[Any]:
    query: Any = select(Agreement.id, cast(Agreement.number, String), Agreement.public_id)
    return query.where(Agreement.id.in_(ids))


def _increases(ids: set[int]) -> Select[Any]:
    query: Any = select(PriceIncrease.id, PriceIncrease.name, PriceIncrease.public_id)
    return query.where(PriceIncrease.id.in_(ids))
