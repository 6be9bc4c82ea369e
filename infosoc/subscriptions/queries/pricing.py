"""What the lines of agreements cost on a day: the prices and index values, read once and asked many times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from infosoc.subscriptions.models import Agreement, AgreementLine, IndexValue, ListPrice, Product
from infosoc.subscriptions.queries.deeds import clauses_of
from infosoc.subscriptions.rules import index
from infosoc.subscriptions.rules.amounts import DatedPrice, Price, Tier, price_on
from infosoc.subscriptions.rules.words import IndexKind


@dataclass
class Prices:
    """Prices by list and product, and index values by series and month."""

    rows: dict[tuple[int, int], list[DatedPrice]] = field(default_factory=dict)
    values: dict[str, dict[date, int]] = field(default_factory=dict)

    def of(self, line: AgreementLine, agreement: Agreement, product: Product, day: date) -> Price:
        """What one unit of a line costs on a day; raises what is missing, by name."""
        if line.price_ore is not None:
            clauses = clauses_of(agreement)
            ore = index.followed(line.price_ore, clauses, agreed_on=line.starts_on, day=day, values=self.values)
            return Price(ore, line.per_months)
        rows = self.rows.get((agreement.price_list_id or 0, product.id), [])
        return price_on(rows, day, product=product.name_sv)

    def change_days(self, line: AgreementLine, agreement: Agreement, first: date, last: date) -> list[date]:
        """The days within these on which the price of a line may change by itself."""
        if line.price_ore is not None:
            return index.followed_days(clauses_of(agreement), first, last)
        rows = self.rows.get((agreement.price_list_id or 0, line.product_id), [])
        return sorted({row.valid_from for row in rows if first <= row.valid_from <= last})


def prices(session: Session, agreements: Iterable[Agreement]) -> Prices:
    """The prices that these agreements, with their deeds loaded, may need: two statements at most."""
    of_these = list(agreements)
    lists = {one.price_list_id for one in of_these if one.price_list_id is not None}
    clauses = (clause for one in of_these for _, clause in clauses_of(one))
    series = {clause.series for clause in clauses if clause and clause.kind is IndexKind.SERIES}
    found = Prices()
    if lists:
        query = select(ListPrice).where(ListPrice.price_list_id.in_(lists), ListPrice.replaced_at.is_(None))
        for row in session.scalars(query):
            found.rows.setdefault((row.price_list_id, row.product_id), []).append(dated(row))
    if series:
        for value in session.scalars(select(IndexValue).where(or_(*(IndexValue.series == one for one in series)))):
            found.values.setdefault(value.series, {})[value.month] = value.value_thousandths
    return found


def dated(row: ListPrice) -> DatedPrice:
    """A row of a price list as the rules read it."""
    tiers = tuple(Tier(step["from"], step["ore"]) for step in row.tiers)
    return DatedPrice(Price(row.price_ore, row.per_months, tiers), row.valid_from, row.valid_until)
