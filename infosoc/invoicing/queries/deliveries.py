"""How invoices went out: those of one invoice, the work list, and what waits for a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from infosoc.accounts.models import User
from infosoc.invoicing.models import Delivery, Invoice, InvoicePaper
from infosoc.invoicing.rules.delivery import BY_HAND, Channel, State
from infosoc.kernel.errors import NotFound
from infosoc.outbox.models import OutboxMessage

ROWS = 50
# The work list's tabs: which channels, in which states.
CHOICES: dict[str, tuple[tuple[Channel, ...], tuple[State, ...]]] = {
    "print": ((Channel.PRINT,), (State.CREATED,)),
    "download": ((Channel.PEPPOL,), (State.CREATED,)),
    "failed": (tuple(Channel), (State.FAILED,)),
    "waiting": ((Channel.EMAIL,), (State.CREATED,)),
    "all": ((), ()),
}
COUNTED = ("print", "download", "failed", "waiting")


@dataclass(frozen=True)
class Sent:
    """A delivery, with the invoice it is of."""

    id: int
    public_id: str
    channel: str
    state: str
    recipient: str
    problem: str
    receipt: str
    checked: list[dict[str, str]]
    made_at: datetime
    changed_at: datetime
    prepared_at: datetime | None
    by: str
    message: str | None
    invoice: str
    number: int
    kind: str
    buyer_name: str
    issued_on: date
    payable_ore: int

    @property
    def next_states(self) -> tuple[State, ...]:
        """What a person may say of it now."""
        return BY_HAND[Channel(self.channel)].get(State(self.state), ())


@dataclass(frozen=True)
class Page:
    rows: list[Sent]
    counts: dict[str, int]
    older: int | None


_COLUMNS = (
    Delivery.id, Delivery.public_id, Delivery.channel, Delivery.state, Delivery.recipient, Delivery.problem,
    Delivery.receipt, Delivery.checked, Delivery.made_at, Delivery.changed_at, Delivery.prepared_at,
    func.coalesce(User.name, ""), OutboxMessage.public_id, Invoice.public_id, Invoice.number, Invoice.kind,
    Invoice.buyer_name, Invoice.issued_on, Invoice.payable_ore,
)  # fmt: skip


def of_invoice(session: Session, invoice_id: int) -> list[Sent]:
    """Every way that an invoice went out, the newest first."""
    query = _query().where(Delivery.invoice_id == invoice_id).order_by(Delivery.id.desc())
    return [Sent(*row) for row in session.execute(query)]


def at(session: Session, public_id: str) -> Sent:
    """The delivery with this public id."""
    row = session.execute(_query().where(Delivery.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    return Sent(*row)


def page(session: Session, choice: str, before: int | None) -> Page:
    """A page of the work list, newest first; only each invoice's newest delivery, but in the list of all."""
    query = _query().where(*_where(choice)).order_by(Delivery.id.desc()).limit(ROWS + 1)
    if before is not None:
        query = query.where(Delivery.id < before)
    rows = [Sent(*row) for row in session.execute(query)]
    counts = {name: select(func.count()).select_from(Delivery).where(*_where(name)).scalar_subquery()
              for name in COUNTED}  # fmt: skip
    counted = session.execute(select(*(one.label(name) for name, one in counts.items()))).one()
    return Page(rows[:ROWS], dict(counted._mapping), rows[ROWS - 1].id if len(rows) > ROWS else None)


def _where(choice: str) -> list[ColumnElement[bool]]:
    channels, states = CHOICES[choice]
    if not channels:
        return []
    later = aliased(Delivery)
    is_newest = ~select(later.id).where(later.invoice_id == Delivery.invoice_id, later.id > Delivery.id).exists()
    return [Delivery.channel.in_(channels), Delivery.state.in_(states), is_newest]


def _query() -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Invoice, Invoice.id == Delivery.invoice_id)
        .outerjoin(OutboxMessage, OutboxMessage.id == Delivery.outbox_id)
        .outerjoin(User, User.id == Delivery.made_by)
    )


# ---- for the worker --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A delivery that is to be prepared; `receipt` is there when somebody was ended while handing it over."""

    id: int
    public_id: str
    channel: str
    recipient: str
    receipt: str
    invoice_id: int
    record: str


def tenants_waiting(session: Session) -> list[int]:
    """Those whose deliveries wait for a worker; asked over all tenants."""
    query = select(Delivery.tenant_id).where(Delivery.prepared_at.is_(None)).distinct()
    return sorted(session.scalars(query))


def without_paper(session: Session, limit: int) -> list[tuple[int, str]]:
    """Invoices that are to go out and have no paper yet, in the order they were issued: id and record."""
    query = (
        select(Invoice.id, Invoice.record)
        .join(Delivery, Delivery.invoice_id == Invoice.id)
        .outerjoin(InvoicePaper, InvoicePaper.invoice_id == Invoice.id)
        .where(Delivery.prepared_at.is_(None), InvoicePaper.id.is_(None))
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [(at, record) for at, record in session.execute(query)]


def ready(session: Session, channels: Sequence[Channel], limit: int) -> list[Waiting]:
    """Deliveries whose paper is there, in the order they were made."""
    query = (
        select(
            Delivery.id, Delivery.public_id, Delivery.channel, Delivery.recipient, Delivery.receipt,
            Delivery.invoice_id, Invoice.record,
        )
        .join(Invoice, Invoice.id == Delivery.invoice_id)
        .join(InvoicePaper, InvoicePaper.invoice_id == Delivery.invoice_id)
        .where(Delivery.prepared_at.is_(None), Delivery.channel.in_(channels))
        .order_by(Delivery.id)
        .limit(limit)
    )  # fmt: skip
    return [Waiting(*row) for row in session.execute(query)]


def on_the_way(session: Session, since: datetime, limit: int) -> list[tuple[str, str]]:
    """E-invoices that an access point has, and of which nothing more is known: public id and its number there."""
    query = (
        select(Delivery.public_id, Delivery.receipt)
        .where(Delivery.channel == Channel.PEPPOL, Delivery.state == State.HANDED_OVER, Delivery.receipt != "")
        .where(Delivery.changed_at >= since)
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [(one, number) for one, number in session.execute(query)]
