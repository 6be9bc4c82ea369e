"""A customer's credit, whichever payments left it, used for what the customer owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel.money import print_ore
from infosoc.payments.commands import placing
from infosoc.payments.models import IncomingPayment, PaymentAllocation
from infosoc.payments.rules import MoreThanCredit, Part, Use


def spend(session: Session, company_id: int, parts: Sequence[Part], *, on: date, by: int | None, now: datetime) -> None:
    """Cover these parts with what the customer's payments have left as credit, the oldest first, on a day.

    Each is an allocation of the payment that it comes from, so that the credit of the ledger is the account's balance.
    """
    audit.take_turn(session)
    wanted = sum(part.amount_ore for part in parts)
    left = _left(session, company_id)
    if wanted > (there := sum(ore for _, ore in left)):
        raise MoreThanCredit(field="amount", left=print_ore(there), wanted=print_ore(wanted))
    rest = list(parts)
    for public_id, ore in left:
        if not rest:
            break
        some, rest = _cut(rest, ore)
        payment = placing.payment_at(session, public_id)
        taken = placing.from_credit(session, payment, sum(part.amount_ore for part in some))
        placing.place(session, payment, [*taken, *some], by=by, now=now, earliest=on)
        placing.note(session, "payment matched", payment, some, by)


def _left(session: Session, company_id: int) -> list[tuple[str, int]]:
    """The payments that have left the customer a credit, and how much of it there is."""
    total = func.sum(PaymentAllocation.amount_ore)
    query = (
        select(IncomingPayment.public_id, total)
        .join(PaymentAllocation, PaymentAllocation.payment_id == IncomingPayment.id)
        .where(PaymentAllocation.company_id == company_id, PaymentAllocation.kind == Use.CREDIT.value)
        .group_by(IncomingPayment.id, IncomingPayment.public_id, IncomingPayment.paid_on)
        .having(total > 0)
        .order_by(IncomingPayment.paid_on, IncomingPayment.id)
    )
    return [(public_id, int(ore)) for public_id, ore in session.execute(query)]


def _cut(parts: Sequence[Part], ore: int) -> tuple[list[Part], list[Part]]:
    """The parts that so much money covers, and those that it does not; one of them may be cut in two."""
    some, rest = [], []
    for part in parts:
        taken = min(part.amount_ore, ore)
        ore -= taken
        if taken:
            some.append(replace(part, amount_ore=taken))
        if part.amount_ore > taken:
            rest.append(replace(part, amount_ore=part.amount_ore - taken))
    return some, rest
