"""Runs with their letters and problems, hand-overs, and the history of one invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from infosoc.accounts.models import User
from infosoc.invoicing.models import Invoice
from infosoc.kernel.errors import NotFound
from infosoc.ledger.models import Voucher
from infosoc.outbox.models import OutboxMessage
from infosoc.reminders.models import (
    BadDebt,
    CollectionBatch,
    CollectionItem,
    Reminder,
    ReminderCost,
    ReminderProblem,
    ReminderRun,
    ReminderStop,
)
from infosoc.reminders.rules.words import OF_CLAIM, CostKind

ROWS = 50


@dataclass(frozen=True)
class Sent:
    """A letter with the invoice it is about, and what has become of its message."""

    public_id: str
    invoice: str
    number: int
    buyer: str
    kind: str
    channel: str
    recipient: str
    reminded_on: date
    pay_by: date
    open_ore: int
    interest_ore: int
    costs_ore: int
    to_pay_ore: int
    mail_state: str | None
    mail_problem: str | None


@dataclass(frozen=True)
class Problem:
    """An invoice that a run could not remind of: what the error says, as message and values."""

    invoice: str
    number: int
    buyer: str
    text: str
    facts: dict[str, Any]

    @property
    def said(self) -> str:
        """In English, for the command line."""
        return self.text % self.facts if self.facts else self.text


def runs(session: Session, *, most: int = 5) -> list[ReminderRun]:
    """The latest runs."""
    return list(session.scalars(select(ReminderRun).order_by(ReminderRun.id.desc()).limit(most)))


def run(session: Session, public_id: str) -> ReminderRun:
    """The run at an address."""
    found = session.scalar(select(ReminderRun).where(ReminderRun.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def letters(session: Session, run: ReminderRun, *, after: int = 0, most: int | None = None) -> list[Sent]:
    """The letters of a run by the invoices' numbers, from one on."""
    query = _letters().where(Reminder.run_id == run.id, Invoice.number > after).order_by(Invoice.number)
    return [_sent(row) for row in session.execute(query.limit(most))]


def of_invoice(session: Session, invoice_id: int) -> list[Sent]:
    """The letters about an invoice, in order."""
    return [_sent(row) for row in session.execute(_letters().where(Invoice.id == invoice_id).order_by(Reminder.id))]


def _letters() -> Any:
    return (
        select(
            Reminder.public_id, Invoice.public_id.label("invoice"), Invoice.number, Invoice.buyer_name, Reminder.kind,
            Reminder.channel, Reminder.recipient, Reminder.reminded_on, Reminder.pay_by, Reminder.open_ore,
            Reminder.interest_ore, (Reminder.fees_ore + Reminder.compensation_ore).label("costs"), Reminder.to_pay_ore,
            OutboxMessage.state, OutboxMessage.problem,
        )
        .join(Invoice, Invoice.id == Reminder.invoice_id)
        .outerjoin(OutboxMessage, OutboxMessage.id == Reminder.outbox_id)
    )  # fmt: skip


def _sent(row: Any) -> Sent:
    return Sent(*row)


def problems(session: Session, run: ReminderRun, *, most: int = 500) -> list[Problem]:
    """The invoices that the run could not remind of, by number."""
    query = (
        select(Invoice.public_id, Invoice.number, Invoice.buyer_name, ReminderProblem.message, ReminderProblem.facts)
        .join(Invoice, Invoice.id == ReminderProblem.invoice_id)
        .where(ReminderProblem.run_id == run.id)
        .order_by(Invoice.number)
        .limit(most)
    )
    return [Problem(*row) for row in session.execute(query)]


# ---- hand-overs ------------------------------------------------------------------------------------------------------


def batches(session: Session, *, most: int = ROWS) -> list[CollectionBatch]:
    """The latest hand-overs, without their files."""
    shown = (
        CollectionBatch.public_id, CollectionBatch.handed_over_on, CollectionBatch.partner, CollectionBatch.claims,
        CollectionBatch.total_ore,
    )  # fmt: skip
    query = select(CollectionBatch).options(load_only(*shown)).order_by(CollectionBatch.id.desc())
    return list(session.scalars(query.limit(most)))


def batch(session: Session, public_id: str) -> CollectionBatch:
    found = session.scalar(select(CollectionBatch).where(CollectionBatch.public_id == public_id))
    if found is None:
        raise NotFound
    return found


# ---- one invoice -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Booked:
    """A row of costs or losses with its voucher."""

    on: date
    kind: str
    amount_ore: int
    voucher: str
    voucher_name: str


@dataclass(frozen=True)
class History:
    """All that has been done about an invoice that is late."""

    invoice: Invoice
    letters: list[Sent]
    costs: list[Booked]
    losses: list[Booked]
    stops: list[tuple[ReminderStop, str]]
    handed_over: tuple[date, str, str] | None

    @property
    def stands(self) -> ReminderStop | None:
        """The stop that holds now."""
        return next((one for one, _ in self.stops if one.ended_at is None), None)

    @property
    def costs_left_ore(self) -> int:
        return sum(one.amount_ore for one in self.costs if one.kind != CostKind.INTEREST)

    @property
    def written_down_ore(self) -> int:
        return sum(one.amount_ore for one in self.losses if one.kind not in OF_CLAIM)

    @property
    def lost_ore(self) -> int:
        """What is written off, without VAT."""
        return sum(one.amount_ore for one in self.losses if one.kind in OF_CLAIM)

    @property
    def is_late_or_was(self) -> bool:
        return bool(self.letters or self.costs or self.losses or self.stops or self.handed_over)


def history(session: Session, public_id: str) -> History:
    """The history of the invoice at an address."""
    invoice = session.scalar(select(Invoice).where(Invoice.public_id == public_id))
    if invoice is None:
        raise NotFound
    row = session.execute(
        select(CollectionItem.handed_over_on, CollectionBatch.partner, CollectionBatch.public_id)
        .join(CollectionBatch, CollectionBatch.id == CollectionItem.batch_id)
        .where(CollectionItem.invoice_id == invoice.id)
    ).one_or_none()
    stops = (
        select(ReminderStop, User.name)
        .outerjoin(User, User.id == ReminderStop.made_by)
        .where(ReminderStop.invoice_id == invoice.id)
        .order_by(ReminderStop.id)
    )
    handed = (row[0], row[1], row[2]) if row else None
    return History(
        invoice, of_invoice(session, invoice.id), _booked(session, ReminderCost, ReminderCost.amount_ore, invoice.id),
        _booked(session, BadDebt, BadDebt.net_ore, invoice.id),
        [(stop, name or "") for stop, name in session.execute(stops)], handed,
    )  # fmt: skip


def _booked(session: Session, table: Any, amount: Any, invoice_id: int) -> list[Booked]:
    query = (
        select(table.booked_on, table.kind, amount, Voucher.public_id, Voucher.series, Voucher.number)
        .join(Voucher, Voucher.id == table.voucher_id)
        .where(table.invoice_id == invoice_id)
        .order_by(table.id)
    )
    return [
        Booked(on, kind, ore, voucher, f"{series}{number}")
        for on, kind, ore, voucher, series, number in session.execute(query)
    ]
