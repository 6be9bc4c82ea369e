"""Products, price lists with their prices, and index values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.kernel.errors import NotFound
from infosoc.subscriptions.models import AgreementProduct, IndexValue, ListPrice, PriceList, Product


def products(session: Session) -> list[tuple[Product, int]]:
    """The products, those that are sold no more last, with how many companies have each."""
    having = (
        select(AgreementProduct.product_id, func.count(func.distinct(AgreementProduct.company_id)).label("companies"))
        .where(AgreementProduct.is_live.is_(True))
        .group_by(AgreementProduct.product_id)
    )
    counts = {row.product_id: row.companies for row in session.execute(having)}
    query = select(Product).order_by(Product.retired_at.is_not(None), Product.name_sv, Product.id)
    return [(one, counts.get(one.id, 0)) for one in session.scalars(query)]


def product(session: Session, public_id: str) -> Product:
    found = session.scalar(select(Product).where(Product.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def price_lists(session: Session, *, keep: int | None = None) -> list[PriceList]:
    """The price lists in use, and the one that an agreement has already."""
    in_use = PriceList.retired_at.is_(None) | (PriceList.id == keep)
    return list(session.scalars(select(PriceList).where(in_use).order_by(PriceList.name)))


def every_list(session: Session) -> list[tuple[PriceList, int]]:
    """All price lists with how many products have a price in each."""
    counted = (
        select(ListPrice.price_list_id, func.count(func.distinct(ListPrice.product_id)).label("products"))
        .where(ListPrice.replaced_at.is_(None))
        .group_by(ListPrice.price_list_id)
    )
    counts = {row.price_list_id: row.products for row in session.execute(counted)}
    query = select(PriceList).order_by(PriceList.retired_at.is_not(None), PriceList.name)
    return [(one, counts.get(one.id, 0)) for one in session.scalars(query)]


@dataclass(frozen=True)
class PriceRow:
    """One price of a list: of what, from when to when, who wrote it, and whether it holds today."""

    price: ListPrice
    product: Product
    by: str
    is_now: bool
    is_ahead: bool


def price_list(session: Session, public_id: str) -> PriceList:
    found = session.scalar(select(PriceList).where(PriceList.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def prices_of(session: Session, of_list: PriceList, *, on: date) -> list[PriceRow]:
    """Every price of a list that holds, held or will hold, by product and newest first; replaced ones are left out."""
    query = (
        select(ListPrice, Product, User.name)
        .join(Product, Product.id == ListPrice.product_id)
        .outerjoin(User, User.id == ListPrice.made_by)
        .where(ListPrice.price_list_id == of_list.id, ListPrice.replaced_at.is_(None))
        .order_by(Product.name_sv, Product.id, ListPrice.valid_from.desc())
    )
    rows: list[PriceRow] = []
    following: tuple[int, date] | None = None
    for price, product, by in session.execute(query):
        next_from = following[1] if following and following[0] == product.id else None
        over = (price.valid_until is not None and price.valid_until < on) or (next_from is not None and next_from <= on)
        is_ahead = price.valid_from > on
        rows.append(PriceRow(price, product, by or "", not over and not is_ahead, is_ahead))
        following = (product.id, price.valid_from)
    return rows


def index_values(session: Session) -> list[IndexValue]:
    """The values of every index, the newest month first."""
    return list(session.scalars(select(IndexValue).order_by(IndexValue.series, IndexValue.month.desc()).limit(500)))
