"""Agreements: the list, one of them with everything its page shows, and those of a company."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.accounts.models import User
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import Contact
from infosoc.crm.queries import people as crm_people
from infosoc.crm.queries.companies import AFTER
from infosoc.kernel.errors import DomainError, NotFound
from infosoc.kernel.text import sort_key
from infosoc.subscriptions.models import Agreement, AgreementDeed, AgreementLine, AgreementProduct, Product
from infosoc.subscriptions.queries.charges import Charge, charges_of, usage
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.queries.pricing import Prices, prices
from infosoc.subscriptions.rules import amounts, periods
from infosoc.subscriptions.rules.agreed import Agreed
from infosoc.subscriptions.rules.amounts import Price
from infosoc.subscriptions.rules.words import Billing, State

PAGE_SIZE = 50
CHUNK = 500
CURRENT = "current"
SHOWN = {
    CURRENT: (State.TRIAL, State.ACTIVE, State.PAUSED, State.CANCELLED, State.COMING),
    **{state.value: (state,) for state in State},
}


@dataclass(frozen=True)
class Row:
    """One agreement in the list, with the billing period of the day."""

    agreement: Agreement
    company: Company
    products: tuple[AgreementProduct, ...]
    billing_months: int


@dataclass(frozen=True)
class Page:
    """A page of the list: what was asked for, how many there are of each state, and the rows.

    The next page begins after the agreement with the number `after`; None on the last one.
    """

    rows: list[Row]
    after: int | None
    show: str
    q: str
    product: str
    counts: dict[str, int]
    products: list[Product]


def page(session: Session, *, show: str, q: str, product: str, after: int | None, on: date) -> Page:
    """The list in the order of numbers, newest first: five statements, however deep."""
    show = show if show in SHOWN else CURRENT
    by_state = {row.state: row.rows for row in session.execute(_by_state())}
    counts = {name: sum(by_state.get(state.value, 0) for state in states) for name, states in SHOWN.items()}
    matching = _matching(show, q.strip()[:80], product)
    query = _after(matching, after).options(joinedload(Agreement.company), selectinload(Agreement.deeds))
    found = list(session.scalars(query.limit(PAGE_SIZE + 1)))
    shown = found[:PAGE_SIZE]
    products = _products_of(session, [one.id for one in shown])
    rows = [
        Row(one, one.company, tuple(products.get(one.id, ())), course_of(one).on(on).billing_months) for one in shown
    ]
    more = shown[-1].number if len(found) > PAGE_SIZE else None
    return Page(rows, more, show, q, product, counts, catalogue(session))


def every(session: Session, *, show: str, q: str, product: str, on: date) -> Iterator[tuple[Agreement, list[LineView]]]:
    """All agreements of the list in its order, with their lines and prices; read in chunks."""
    matching = _matching(show if show in SHOWN else CURRENT, q.strip()[:80], product).options(
        joinedload(Agreement.company), selectinload(Agreement.deeds),
        selectinload(Agreement.lines).joinedload(AgreementLine.product),
    )  # fmt: skip
    below: int | None = None
    while True:
        found = list(session.scalars(_after(matching, below).limit(CHUNK)))
        known = prices(session, found)
        for one in found:
            yield one, [line_view(line, one, known, on) for line in one.lines]
        if len(found) < CHUNK:
            return
        below = found[-1].number


def _after(query: Select[Agreement], number: int | None) -> Select[Agreement]:
    """The list from the agreement after a number on: no row before it is read."""
    below = query if number is None else query.where(Agreement.number < number)
    return below.order_by(Agreement.number.desc())


def _by_state() -> Select[str, int]:
    return select(Agreement.state, func.count().label("rows")).group_by(Agreement.state)


def _matching(show: str, q: str, product: str) -> Select[Agreement]:
    query = select(Agreement).where(Agreement.state.in_([state.value for state in SHOWN[show]]))
    if q.isascii() and q.isdigit() and len(q) < 10:
        query = query.where(Agreement.number == int(q))
    elif q:
        key = sort_key(q)
        named = exists().where(
            CompanyRelation.company_id == Agreement.company_id, CompanyRelation.name_sort >= key,
            CompanyRelation.name_sort < key + AFTER,
        )  # fmt: skip
        query = query.where(or_(named, Agreement.reference == q, Agreement.order_number == q))
    if product:
        query = query.where(
            exists().where(
                AgreementProduct.agreement_id == Agreement.id, AgreementProduct.product_id == Product.id,
                Product.public_id == product,
            )
        )  # fmt: skip
    return query


def _products_of(session: Session, agreement_ids: list[int]) -> dict[int, list[AgreementProduct]]:
    found: dict[int, list[AgreementProduct]] = {}
    query = select(AgreementProduct).where(AgreementProduct.agreement_id.in_(agreement_ids))
    for row in session.scalars(query.order_by(AgreementProduct.id)):
        found.setdefault(row.agreement_id, []).append(row)
    return found


def catalogue(session: Session) -> list[Product]:
    """The products, those that are sold no more last."""
    return list(session.scalars(select(Product).order_by(Product.retired_at.is_not(None), Product.name_sv)))


# ---- one agreement ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LineView:
    """A line with what it costs on a day; `problem` says why that is not known."""

    line: AgreementLine
    product: Product
    price: Price | None
    period_ore: int | None
    problem: DomainError | None = None

    def is_past(self, on: date) -> bool:
        return self.line.ends_on is not None and self.line.ends_on <= on


@dataclass(frozen=True)
class DeedView:
    """A deed with who did it; `is_undone` when another took it back."""

    deed: AgreementDeed
    by: str
    is_undone: bool


@dataclass(frozen=True)
class Card:
    """One agreement with everything its page shows."""

    agreement: Agreement
    company: Company
    lines: list[LineView]
    deeds: list[DeedView]
    coming: list[Charge]
    agreed: Agreed
    next_terms_on: date | None
    recipient: Contact | None
    prices: Prices = field(repr=False)

    @property
    def period_ore(self) -> int:
        """What the lines in force cost for a billing period, usage left out."""
        return sum(one.period_ore or 0 for one in self.lines if one.line.ends_on is None)


def card(session: Session, public_id: str, *, on: date) -> Card:
    """The agreement at an address with lines, deeds and what it charges in the coming year."""
    agreement = _loaded(session, Agreement.public_id == public_id)
    known, course = prices(session, [agreement]), course_of(agreement)
    until = periods.add_months(on, 12)
    coming = list(charges_of(agreement, known, usage(session, agreement.lines), first=on, through=until))
    contact = select(Contact).where(Contact.id == agreement.contact_id)
    return Card(
        agreement, agreement.company, [line_view(one, agreement, known, on) for one in agreement.lines],
        _deeds(session, agreement), sorted(coming, key=lambda one: (one.part.starts_on, one.line.id)),
        course.on(on), course.next_change(on), session.scalar(contact) if agreement.contact_id else None, known,
    )  # fmt: skip


@dataclass(frozen=True)
class Head:
    """An agreement with its company, lines, deeds and recipient: what the forms of its parts need."""

    agreement: Agreement
    company: Company
    recipient: Contact | None


def head(session: Session, public_id: str) -> Head:
    """The agreement at an address, for a form: four statements."""
    query = (
        select(Agreement, Contact)
        .outerjoin(Contact, Contact.id == Agreement.contact_id)
        .where(Agreement.public_id == public_id)
        .options(
            joinedload(Agreement.company), selectinload(Agreement.deeds),
            selectinload(Agreement.lines).joinedload(AgreementLine.product),
        )
    )  # fmt: skip
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    return Head(found[0], found[0].company, found[1])


def _loaded(session: Session, which: ColumnElement[bool]) -> Agreement:
    query = (
        select(Agreement)
        .where(which)
        .options(
            joinedload(Agreement.company), joinedload(Agreement.price_list), selectinload(Agreement.deeds),
            selectinload(Agreement.lines).joinedload(AgreementLine.product),
        )
    )  # fmt: skip
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def line_view(line: AgreementLine, agreement: Agreement, known: Prices, on: date) -> LineView:
    """A line with its price on a day; of a line that has not begun or is over, on the nearest day of its life."""
    day = max(on, line.starts_on) if line.ends_on is None else max(line.starts_on, min(on, line.ends_on))
    try:
        price = known.of(line, agreement, line.product, day)
    except DomainError as problem:
        return LineView(line, line.product, None, None, problem)
    if line.product.billing == Billing.USAGE:
        return LineView(line, line.product, price, None)
    unit = amounts.unit_price(price, course_of(agreement).on(on).billing_months)
    return LineView(line, line.product, price, amounts.net(unit, line.quantity_thousandths, line.discount))


def _deeds(session: Session, agreement: Agreement) -> list[DeedView]:
    users = {one.made_by for one in agreement.deeds if one.made_by is not None}
    names = {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(users)))}
    undone = {one.undoes_id for one in agreement.deeds}
    return [DeedView(one, names.get(one.made_by or 0, ""), one.id in undone) for one in reversed(agreement.deeds)]


# ---- a company -------------------------------------------------------------------------------------------------------


def of_company(session: Session, company_id: int, *, on: date) -> list[tuple[Agreement, list[LineView]]]:
    """The agreements of a company with their lines and prices, those in force first; ended ones keep theirs."""
    query = (
        select(Agreement)
        .where(Agreement.company_id == company_id)
        .options(selectinload(Agreement.deeds), selectinload(Agreement.lines).joinedload(AgreementLine.product))
        .order_by(Agreement.state == State.ENDED.value, Agreement.number.desc())
    )
    found = list(session.scalars(query))
    known = prices(session, found)
    return [(one, [line_view(line, one, known, on) for line in one.lines]) for one in found]


def latest(session: Session, company_id: int) -> Agreement | None:
    """The agreement with the company that was signed last."""
    return session.scalar(
        select(Agreement).where(Agreement.company_id == company_id).order_by(Agreement.id.desc()).limit(1)
    )


def shown_by_others(session: Session, company_id: int, *, own: int) -> list[AgreementProduct]:
    """What the other companies here let us see: the products a company has with them and in what state, no prices."""
    query = (
        select(AgreementProduct)
        .where(AgreementProduct.company_id == company_id, AgreementProduct.tenant_id != own)
        .order_by(AgreementProduct.tenant_id, AgreementProduct.name_sv)
    )
    return list(session.scalars(query.execution_options(shown="product_status")))


def people_at(session: Session, company_id: int) -> list[Contact]:
    """The contact persons of a company that may get its invoices."""
    return [one.contact for one in crm_people.people_at(session, company_id, see_protected=False)]
