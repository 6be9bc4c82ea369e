"""What payments are told of late claims: what letters have asked for beside an invoice; and what was paid of it.

Costs are what has been booked of them by a day; interest is what the last letter by then asked for, less what has been
paid. Interest of the days after the letter is asked for by the next one. Where an invoice has been written off no
interest is waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.within import within
from infosoc.invoicing.models import Invoice
from infosoc.kernel.money import print_ore
from infosoc.payments import beside
from infosoc.payments.beside import Owed, PaidBeside
from infosoc.payments.rules import Use
from infosoc.reminders.models import BadDebt, Reminder, ReminderCost
from infosoc.reminders.rules.words import OF_CLAIM, CostKind

_KIND = {Use.COSTS: CostKind.PAID, Use.INTEREST: CostKind.INTEREST}


def owed(session: Session, invoice_ids: Collection[int], on: date) -> dict[int, Owed]:
    """What had been asked for beside these invoices by a day, and is not paid or let go of today: one statement."""
    letter = select(Reminder).where(Reminder.invoice_id == Invoice.id, Reminder.reminded_on <= on)
    last = letter.order_by(Reminder.position.desc()).limit(1)
    charged = ReminderCost.kind == CostKind.CHARGED.value
    is_interest = ReminderCost.kind == CostKind.INTEREST.value
    query = select(
        Invoice.id,
        _sum(~is_interest & ~(charged & (ReminderCost.booked_on > on))),
        _sum(is_interest),
        last.with_only_columns(Reminder.interest_ore).scalar_subquery(),
        last.with_only_columns(Reminder.reminded_on).scalar_subquery(),
        select(func.max(ReminderCost.booked_on))
        .where(ReminderCost.invoice_id == Invoice.id, charged, ReminderCost.booked_on <= on)
        .scalar_subquery(),
        _is_lost(),
    ).where(within(session, Invoice.id, invoice_ids))
    found = {}
    for at, costs, paid, asked, asked_on, charged_on, is_lost in session.execute(query):
        interest = 0 if is_lost else max((asked or 0) + int(paid), 0)
        days = [day for day in (asked_on, charged_on) if day]
        if max(int(costs), 0) + interest:
            found[at] = Owed(max(int(costs), 0), interest, max(days, default=None))
    return found


def _sum(which: ColumnElement[bool]) -> Any:
    total = func.coalesce(func.sum(ReminderCost.amount_ore), 0)
    return select(total).where(ReminderCost.invoice_id == Invoice.id, which).scalar_subquery()


def _is_lost() -> Any:
    """Whether a write-off of the invoice stands."""
    total = func.coalesce(func.sum(BadDebt.net_ore), 0)
    kinds = [kind.value for kind in OF_CLAIM]
    return select(total != 0).where(BadDebt.invoice_id == Invoice.id, BadDebt.kind.in_(kinds)).scalar_subquery()


def told(session: Session, paid: Sequence[PaidBeside], by: int | None, now: datetime) -> None:
    """Write down what has been paid, each under its allocation."""
    for one in paid:
        if one.voucher_id is None:
            raise ValueError("what is paid beside an invoice stands in a voucher")
        session.add(ReminderCost(
            invoice_id=one.invoice_id, kind=_KIND[one.use].value, booked_on=one.on, amount_ore=-one.amount_ore,
            source=f"allocation:{one.allocation_id}", voucher_id=one.voucher_id, made_by=by, made_at=now,
        ))  # fmt: skip
        changes = {"amount": (None, print_ore(one.amount_ore))}
        audit.record(session, "late costs paid", "invoice", one.invoice_id, by=by, changes=changes)
    session.flush()


beside.kept_by(owed, told)
