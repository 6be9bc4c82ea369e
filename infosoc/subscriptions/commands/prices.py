"""Price lists with their dated prices, and the values of indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.tenancy import current_scope
from infosoc.kernel import money, text
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.words import N_
from infosoc.subscriptions.commands.products import NameMissing, product_at
from infosoc.subscriptions.models import IndexValue, ListPrice, PriceList
from infosoc.subscriptions.rules.amounts import Tier, check_price, check_tiers
from infosoc.subscriptions.rules.periods import month_of
from infosoc.subscriptions.rules.words import Billing


class ListNameTaken(Invalid):
    message = N_("There is already a price list called %(name)s.")


class EndsBeforeItBegins(Invalid):
    message = N_("The last day is before the first.")


class TiersMissing(Invalid):
    message = N_("A usage-based product needs at least one tier, from 0.")


class BadIndexValue(Invalid):
    message = N_("An index value must be more than zero.")


@dataclass(frozen=True)
class NewPrice:
    """A price to be written: from a day, perhaps to a last day; of usage, its steps."""

    valid_from: date
    price_ore: int
    per_months: int = 1
    valid_until: date | None = None
    tiers: tuple[Tier, ...] = ()


def add_list(session: Session, name: str, *, by: int | None, now: datetime) -> PriceList:
    """A new, empty price list."""
    made = PriceList(name=_name(session, name, None), created_at=now)
    session.add(made)
    session.flush()
    audit.record(session, "price list added", "price_list", made.id, by=by, changes={"name": (None, made.name)})
    return made


def rename_list(session: Session, public_id: str, name: str, *, by: int) -> PriceList:
    """Another name for a list."""
    found = list_at(session, public_id)
    before, found.name = found.name, _name(session, name, found)
    if before != found.name:
        audit.record(
            session, "price list renamed", "price_list", found.id, by=by, changes={"name": (before, found.name)}
        )
    return found


def retire_list(session: Session, public_id: str, *, by: int, now: datetime) -> PriceList:
    """Offer the list in no new agreements; those that have it go on."""
    found = list_at(session, public_id)
    if found.retired_at is None:
        found.retired_at = now
        audit.record(session, "price list retired", "price_list", found.id, by=by)
    return found


def reopen_list(session: Session, public_id: str, *, by: int) -> PriceList:
    """Offer the list again."""
    found = list_at(session, public_id)
    if found.retired_at is not None:
        found.retired_at = None
        audit.record(session, "price list reopened", "price_list", found.id, by=by)
    return found


def set_price(
    session: Session, list_id: str, product_id: str, new: NewPrice, *, by: int | None, now: datetime
) -> ListPrice:
    """Write what a product costs in a list from a day. One from the same day is kept as replaced."""
    of_list, product = list_at(session, list_id), product_at(session, product_id)
    if new.valid_until is not None and new.valid_until < new.valid_from:
        raise EndsBeforeItBegins(field="valid_until")
    check_price(new.price_ore)
    tiers = check_tiers(new.tiers) if new.tiers else ()
    if product.billing == Billing.USAGE and not tiers:
        raise TiersMissing(field="tiers")
    same = select(ListPrice).where(
        ListPrice.price_list_id == of_list.id, ListPrice.product_id == product.id,
        ListPrice.valid_from == new.valid_from, ListPrice.replaced_at.is_(None),
    )  # fmt: skip
    before = session.scalar(same)
    if before is not None:
        before.replaced_at = now
        session.flush()
    made = ListPrice(
        price_list_id=of_list.id, product_id=product.id, valid_from=new.valid_from, valid_until=new.valid_until,
        price_ore=new.price_ore, per_months=new.per_months, made_by=by, made_at=now,
        tiers=[{"from": tier.from_thousandths, "ore": tier.price_ore} for tier in tiers],
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, "price set", "price_list", of_list.id, by=by,
        changes={
            "product": (None, product.name_sv), "valid from": (None, new.valid_from.isoformat()),
            "price": (money.print_ore(before.price_ore) if before else None, money.print_ore(new.price_ore)),
        },
    )  # fmt: skip
    return made


def set_index_value(
    session: Session, series: str, month: date, value_thousandths: int, source: str, *, by: int | None, now: datetime
) -> IndexValue:
    """Write what an index was in a month; a value that was wrong is written anew, and the history tells both."""
    name = text.clean(series).upper()[:20]
    if not name:
        raise NameMissing(field="series")
    if value_thousandths <= 0:
        raise BadIndexValue(field="value")
    of_month = month_of(month)
    found = session.scalar(select(IndexValue).where(IndexValue.series == name, IndexValue.month == of_month))
    before = money.print_thousandths(found.value_thousandths) if found else None
    if found is None:
        found = IndexValue(series=name, month=of_month, made_at=now)
        session.add(found)
    found.value_thousandths, found.source, found.made_by = value_thousandths, text.clean(source)[:200], by
    found.made_at = now
    session.flush()
    value = (before, money.print_thousandths(value_thousandths))
    audit.record(
        session,
        "index value set",
        "tenant",
        current_scope().tenant_id,
        by=by,
        changes={f"{name} {of_month:%Y-%m}": value},
    )
    return found


def list_at(session: Session, public_id: str) -> PriceList:
    """The price list at an address."""
    found = session.scalar(select(PriceList).where(PriceList.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _name(session: Session, given: str, of: PriceList | None) -> str:
    name = text.clean(given)[:80]
    if not name:
        raise NameMissing(field="name")
    same = session.scalar(select(PriceList.id).where(PriceList.name == name))
    if same is not None and (of is None or same != of.id):
        raise ListNameTaken(field="name", name=name)
    return name
