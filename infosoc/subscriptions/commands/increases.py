"""A rise of many prices at once: prepared as rows to look through, carried out as a whole, and told by letter.

A line with a price of its own is ended and replaced when its next billing period begins; of lines at a price list the
list gets a new price, and one that is left out keeps the old price as its own. Lines whose price follows an index or is
bound are in the preview with a warning, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from infosoc.audit import commands as audit
from infosoc.kernel import money, text
from infosoc.kernel.errors import DomainError, Invalid, NotFound, Refused, Stale
from infosoc.kernel.words import N_
from infosoc.outbox.commands import queue
from infosoc.subscriptions.commands import agreements, prices
from infosoc.subscriptions.commands.agreements import NewLine
from infosoc.subscriptions.commands.products import NameMissing, product_at
from infosoc.subscriptions.models import (
    Agreement,
    AgreementLine,
    PriceIncrease,
    PriceIncreaseRow,
    PriceList,
    Product,
)
from infosoc.subscriptions.queries import increases as queries
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.queries.pricing import prices as known_prices
from infosoc.subscriptions.rules.amounts import raised
from infosoc.subscriptions.rules.words import Billing, State

LARGEST = 10_000  # hundredths of a percent: nobody doubles a price by one


class BadPercent(Invalid):
    message = N_("An increase is more than 0 and at most 100 percent.")


class InThePast(Invalid):
    message = N_("Choose a day after today.")


class IsApplied(Refused):
    message = N_("The price increase has been carried out.")


class NotApplied(Refused):
    message = N_("Carry out the price increase before the letters are sent.")


class NothingToRaise(Refused):
    message = N_("There is nothing to raise.")


@dataclass(frozen=True)
class NewIncrease:
    """What is to rise, by how much (hundredths of a percent) and from which day; no product means all."""

    name: str
    percent: int
    from_on: date
    product_id: str = ""
    letter_subject: str = ""
    letter: str = ""


def prepare(session: Session, new: NewIncrease, *, by: int, now: datetime, today: date) -> PriceIncrease:
    """Work out a price increase to be looked through: one row for each line in force on its day. Nothing changes."""
    name = text.clean(new.name)[:80]
    if not name:
        raise NameMissing(field="name")
    if not 0 < new.percent <= LARGEST:
        raise BadPercent(field="percent")
    if new.from_on <= today:
        raise InThePast(field="from_on")
    product = product_at(session, new.product_id) if new.product_id else None
    made = PriceIncrease(
        name=name, product_id=product.id if product else None, percent=new.percent, from_on=new.from_on,
        letter_subject=text.clean(new.letter_subject)[:200], letter=text.clean_multiline(new.letter)[:8000],
        made_by=by, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _fill(session, made)
    audit.record(
        session, "price increase prepared", "price_increase", made.id, by=by,
        changes={"name": (None, name), "percent": (None, money.print_ore(new.percent))},
    )  # fmt: skip
    return made


def leave_out(session: Session, public_id: str, line_ids: Collection[str], *, version: int | None) -> PriceIncrease:
    """Say which lines the increase does not concern; all others it does."""
    found = increase_at(session, public_id)
    _check_open(found, version)
    query = (
        select(PriceIncreaseRow, AgreementLine.public_id)
        .join(AgreementLine, AgreementLine.id == PriceIncreaseRow.line_id)
        .where(PriceIncreaseRow.increase_id == found.id)
    )
    for row, line_id in session.execute(query):
        row.is_left_out = line_id in line_ids
    return found


def apply(session: Session, public_id: str, *, version: int | None, by: int, now: datetime) -> PriceIncrease:
    """Carry the increase out as it was looked through."""
    found = increase_at(session, public_id)
    _check_open(found, version)
    rows = queries.rows(session, found)
    if not any(not one.row.is_left_out for one in rows):
        raise NothingToRaise
    lists: dict[tuple[int, int], PriceIncreaseRow] = {}
    for one in rows:
        row, line, agreement = one.row, one.line, one.agreement
        if row.is_from_list and not row.is_left_out:
            lists[(agreement.price_list_id or 0, line.product_id)] = row
    for (list_id, product_id), row in lists.items():
        _raise_list(session, found, list_id, product_id, row, by=by, now=now)
    for one in rows:
        kept_own = one.row.is_from_list and one.row.is_left_out
        at_raised_list = (one.agreement.price_list_id or 0, one.line.product_id) in lists
        if (not one.row.is_from_list and not one.row.is_left_out) or (kept_own and at_raised_list):
            ore = one.row.before_ore if kept_own else one.row.after_ore
            one.row.new_line_id = _replace(session, found, one, ore, by=by, now=now)
    found.applied_at, found.applied_by = now, by
    told = str(sum(1 for one in rows if not one.row.is_left_out))
    audit.record(
        session, "price increase carried out", "price_increase", found.id, by=by, changes={"lines": (None, told)}
    )
    return found


def queue_letters(session: Session, public_id: str, *, by: int, now: datetime, sender: str) -> int:
    """Put one letter a customer's recipient into the outbox; once more does nothing. Says how many there are."""
    found = increase_at(session, public_id)
    if found.applied_at is None:
        raise NotApplied
    sent = 0
    for letter in queries.letters(session, found, sender=sender):
        if letter.recipient:
            queue(
                session, recipient=letter.recipient, subject=letter.subject, text=letter.text, now=now,
                unique_key=f"price-increase:{found.public_id}:{letter.agreement.public_id}",
            )  # fmt: skip
            sent += 1
    if found.lettered_at is None:
        found.lettered_at = now
        audit.record(
            session, "price letters sent", "price_increase", found.id, by=by, changes={"letters": (None, str(sent))}
        )
    return sent


def increase_at(session: Session, public_id: str) -> PriceIncrease:
    """The price increase at an address; others who want to change it wait."""
    query = select(PriceIncrease).where(PriceIncrease.public_id == public_id).with_for_update()
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def _check_open(found: PriceIncrease, version: int | None) -> None:
    if found.applied_at is not None:
        raise IsApplied
    if version is not None and version != found.version:
        raise Stale


def _fill(session: Session, made: PriceIncrease) -> None:
    query = (
        select(Agreement)
        .where(Agreement.state != State.ENDED.value)
        .where(or_(Agreement.ends_on.is_(None), Agreement.ends_on > made.from_on))
        .options(selectinload(Agreement.deeds), selectinload(Agreement.lines).joinedload(AgreementLine.product))
        .order_by(Agreement.number)
    )
    found = list(session.scalars(query))
    known, rows = known_prices(session, found), 0
    for agreement in found:
        for line in agreement.lines:
            is_there = line.starts_on < made.from_on and (line.ends_on is None or line.ends_on > made.from_on)
            of_product = made.product_id is None or line.product_id == made.product_id
            if not is_there or not of_product or line.product.billing == Billing.USAGE:
                continue
            try:
                price = known.of(line, agreement, line.product, made.from_on)
            except DomainError:
                continue  # what has no price cannot be raised; the figures and the run name it
            session.add(
                PriceIncreaseRow(
                    increase_id=made.id, line_id=line.id, before_ore=price.ore, per_months=price.per_months,
                    after_ore=raised(price.ore, made.percent), is_from_list=line.price_ore is None,
                )
            )  # fmt: skip
            rows += 1
    if not rows:
        raise NothingToRaise
    session.flush()


def _raise_list(
    session: Session, found: PriceIncrease, list_id: int, product_id: int, row: PriceIncreaseRow, *, by: int,
    now: datetime,
) -> None:  # fmt: skip
    of_list = session.scalars(select(PriceList.public_id).where(PriceList.id == list_id)).one()
    product = session.scalars(select(Product.public_id).where(Product.id == product_id)).one()
    new = prices.NewPrice(found.from_on, row.after_ore, row.per_months)
    prices.set_price(session, of_list, product, new, by=by, now=now)


def _replace(
    session: Session, found: PriceIncrease, one: queries.Row, ore: int, *, by: int, now: datetime
) -> int | None:
    """The line that takes over at the new price from the next billing period: what is charged in advance keeps its own.

    None where the old one ends before that.
    """
    line = one.line
    new = NewLine(one.product.public_id, line.quantity_thousandths, ore, one.row.per_months, line.discount, line.text)
    on = course_of(one.agreement).schedule.next_start(found.from_on)
    if any(end is not None and end <= on for end in (line.ends_on, one.agreement.ends_on)):
        return None
    made = agreements.change_line(session, one.agreement.public_id, line.public_id, new, on=on, by=by, now=now)
    return made.id
