"""The payments: those that wait for somebody, all of them, and one with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from infosoc.accounts.models import User
from infosoc.crm.models.companies import Company
from infosoc.invoicing.models import Invoice
from infosoc.kernel.errors import NotFound
from infosoc.ledger.models import Voucher
from infosoc.payments.models import BankEntry, BankFile, IncomingPayment, PaymentAllocation
from infosoc.payments.rules import PaymentState, Use, state_of

ROWS = 50
WAITING, ALL, SET_ASIDE, CREDIT = "waiting", "all", "set_aside", "credit"
VIEWS = (WAITING, SET_ASIDE, CREDIT, ALL)


@dataclass(frozen=True)
class Cursor:
    """Where a page of the list ends: the next one begins after it."""

    day: date
    id: int

    def __str__(self) -> str:
        return f"{self.day.isoformat()}.{self.id}"

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        """The place that an address names; None for what is no place."""
        day, _, number = (text or "").partition(".")
        try:
            return cls(date.fromisoformat(day), int(number[:15]))
        except ValueError:
            return None


@dataclass(frozen=True)
class PaymentRow:
    """A payment in the list."""

    payment: IncomingPayment
    state: PaymentState


@dataclass(frozen=True)
class PaymentPage:
    """A page of the list, with what waits in all."""

    rows: list[PaymentRow]
    after: Cursor | None
    waiting: int
    waiting_ore: int


@dataclass(frozen=True)
class Used:
    """A part of a payment: what it went to, by which voucher, and whether it has been taken back."""

    allocation: PaymentAllocation
    invoice: Invoice | None
    company: Company | None
    voucher: Voucher | None
    is_undone: bool


@dataclass(frozen=True)
class PaymentCard:
    """A payment with where it came from and where it went."""

    payment: IncomingPayment
    state: PaymentState
    file: BankFile | None
    entry: BankEntry | None
    voucher: Voucher | None
    by: str
    used: list[Used]
    before: str | None
    after: str | None

    @property
    def standing(self) -> list[Used]:
        return [one for one in self.used if not one.is_undone and one.allocation.undoes_id is None]

    @property
    def credit_ore(self) -> int:
        return sum(one.allocation.amount_ore for one in self.standing if one.allocation.kind == "credit")

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was a deposit split by hand, and the split has been undone."""
        return any(one.allocation.kind == Use.WITHDRAWN for one in self.standing)

    @property
    def is_by_hand(self) -> bool:
        return self.payment.entry_id is None


def page(session: Session, view: str, words: str, after: Cursor | None, *, limit: int = ROWS) -> PaymentPage:
    """A page of the list, newest first; those that wait oldest first."""
    is_queue = view in (WAITING, SET_ASIDE)
    query = _narrowed(select(IncomingPayment), view, words)
    place = (IncomingPayment.paid_on, IncomingPayment.id)
    if after:
        query = query.where(_beyond(after) if is_queue else _before(after))
    order = place if is_queue else tuple(one.desc() for one in place)
    found = list(session.scalars(query.order_by(*order).limit(limit + 1)))
    rows = [PaymentRow(one, state(one)) for one in found[:limit]]
    last = rows[-1].payment if len(found) > limit else None
    counted = select(func.count(), func.coalesce(func.sum(IncomingPayment.left_ore), 0))
    number, ore = session.execute(_narrowed(counted, WAITING, "")).one()
    return PaymentPage(rows, Cursor(last.paid_on, last.id) if last else None, int(number), int(ore))


def state(payment: IncomingPayment) -> PaymentState:
    return state_of(payment.amount_ore, payment.left_ore, is_set_aside=payment.set_aside_at is not None)


def _narrowed(query: Select, view: str, words: str) -> Select:
    if view == WAITING:
        query = query.where(IncomingPayment.left_ore != 0, IncomingPayment.set_aside_at.is_(None))
    elif view == SET_ASIDE:
        query = query.where(IncomingPayment.left_ore != 0, IncomingPayment.set_aside_at.is_not(None))
    elif view == CREDIT:
        kept = (
            select(PaymentAllocation.payment_id)
            .where(PaymentAllocation.kind == "credit")
            .group_by(PaymentAllocation.payment_id)
            .having(func.sum(PaymentAllocation.amount_ore) != 0)
        )
        query = query.where(IncomingPayment.id.in_(kept))
    for word in words.split()[:6]:
        digits = word.replace(",", "").replace(".", "")
        ways = [
            IncomingPayment.payer_name.icontains(word, autoescape=True),
            cast(IncomingPayment.texts, String).icontains(word, autoescape=True),
        ]
        if digits.isascii() and digits.isdigit() and len(digits) < 15:
            ways += [IncomingPayment.amount_ore.in_([int(digits), int(digits) * 100])]
        query = query.where(or_(*ways))
    return query


def _beyond(at: Cursor) -> ColumnElement[bool]:
    day = IncomingPayment.paid_on
    return or_(day > at.day, and_(day == at.day, IncomingPayment.id > at.id))


def _before(at: Cursor) -> ColumnElement[bool]:
    day = IncomingPayment.paid_on
    return or_(day < at.day, and_(day == at.day, IncomingPayment.id < at.id))


def card(session: Session, public_id: str) -> PaymentCard:
    """The payment at an address, with those that wait just before and after it; raises NotFound."""
    other = aliased(IncomingPayment)
    day, number = IncomingPayment.paid_on, IncomingPayment.id
    waiting = select(other.public_id).where(other.left_ore != 0, other.set_aside_at.is_(None)).limit(1)
    earlier = waiting.where(or_(other.paid_on < day, and_(other.paid_on == day, other.id < number)))
    later = waiting.where(or_(other.paid_on > day, and_(other.paid_on == day, other.id > number)))
    found = session.execute(
        select(
            IncomingPayment, BankEntry, BankFile, Voucher, User.name,
            earlier.order_by(other.paid_on.desc(), other.id.desc()).correlate(IncomingPayment).scalar_subquery(),
            later.order_by(other.paid_on, other.id).correlate(IncomingPayment).scalar_subquery(),
        )
        .outerjoin(BankEntry, BankEntry.id == IncomingPayment.entry_id)
        .outerjoin(BankFile, BankFile.id == BankEntry.file_id)
        .outerjoin(Voucher, Voucher.id == IncomingPayment.voucher_id)
        .outerjoin(User, User.id == IncomingPayment.made_by)
        .where(IncomingPayment.public_id == public_id)
    ).one_or_none()  # fmt: skip
    if found is None:
        raise NotFound
    payment, entry, file, voucher, by, before, after = found
    return PaymentCard(
        payment, state(payment), file, entry, voucher, by or "", _used(session, payment.id), before, after
    )


def _used(session: Session, payment_id: int) -> list[Used]:
    query = (
        select(PaymentAllocation, Invoice, Company, Voucher)
        .outerjoin(Invoice, Invoice.id == PaymentAllocation.invoice_id)
        .outerjoin(Company, Company.id == PaymentAllocation.company_id)
        .outerjoin(Voucher, Voucher.id == PaymentAllocation.voucher_id)
        .where(PaymentAllocation.payment_id == payment_id)
        .order_by(PaymentAllocation.id)
    )
    rows = session.execute(query).all()
    undone = {row[0].undoes_id for row in rows}
    return [Used(one, invoice, company, voucher, one.id in undone) for one, invoice, company, voucher in rows]


def next_waiting(session: Session, public_id: str) -> str | None:
    """The one to do after this: the next that waits, or else the first."""
    payment = session.scalar(select(IncomingPayment).where(IncomingPayment.public_id == public_id))
    if payment is None:
        return None
    waiting = _narrowed(select(IncomingPayment.public_id), WAITING, "").where(IncomingPayment.id != payment.id)
    later = case((_beyond(Cursor(payment.paid_on, payment.id)), 0), else_=1)
    return session.scalar(waiting.order_by(later, IncomingPayment.paid_on, IncomingPayment.id).limit(1))


def of_invoice(session: Session, invoice_id: int) -> list[tuple[PaymentAllocation, IncomingPayment]]:
    """The payments that an invoice has got, taken back ones too, newest first."""
    query = (
        select(PaymentAllocation, IncomingPayment)
        .join(IncomingPayment, IncomingPayment.id == PaymentAllocation.payment_id)
        .where(PaymentAllocation.invoice_id == invoice_id)
        .order_by(PaymentAllocation.id.desc())
    )
    return [(one, payment) for one, payment in session.execute(query)]
