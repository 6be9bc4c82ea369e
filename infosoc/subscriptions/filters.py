"""The list of companies by product: who has it now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, exists, or_, select

from infosoc.crm.lists.filters import MOST_VALUES, NO_ROW, NONE
from infosoc.crm.lists.registry import add_filter
from infosoc.crm.lists.spec import Active, Choices, Filter, Option, Reader
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.queries.lists_choices import add_choices
from infosoc.kernel.words import N_
from infosoc.subscriptions.models import AgreementProduct, Product

PART = "product"


class ProductFilter(Filter):
    """Companies that have one of these products, by agreements that are in force; `none`: no product at all."""

    has_names = True

    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        raw = list(dict.fromkeys(value for value in raw if value))[:MOST_VALUES]
        if not raw:
            return None
        ids = {row.public_id: row.id for row in choices.more.get(PART, {}).values()}
        chosen = tuple(ids.get(value, NO_ROW) for value in raw if value != NONE)
        return Active(("any", str(len(chosen)), NONE if NONE in raw else ""), chosen, tuple(raw))

    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        having = select(AgreementProduct.id).where(
            AgreementProduct.company_id == CompanyRelation.company_id, AgreementProduct.is_live.is_(True)
        )
        parts = [exists(having.where(AgreementProduct.product_id.in_(list(values))))] if values else []
        return or_(*parts, ~exists(having)) if shape[-1] == NONE else parts[0]

    def lookup(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        if shape[-1] == NONE:
            return self.where(shape, values)
        having = select(AgreementProduct.company_id).where(
            AgreementProduct.is_live.is_(True), AgreementProduct.product_id.in_(list(values))
        )
        return CompanyRelation.company_id.in_(having)

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        chosen = active.raw if active else ()
        rows = [row for row in choices.more.get(PART, {}).values() if row.is_current or row.public_id in chosen]
        named = [Option(row.public_id, row.label, is_word=False) for row in rows]
        return [*named, Option(NONE, N_("No product"))]


def _products() -> Any:
    is_sold = case((Product.retired_at.is_(None), 1), else_=0)
    return select(Product.id, Product.public_id, Product.name_sv, is_sold)


def register() -> None:
    """Add the filter to the list of companies, once a process."""
    add_choices("companies", PART, _products)
    try:
        add_filter("companies", ProductFilter("product", N_("Product")), before="owner")
    except ValueError:
        return  # another application in this process has done so
