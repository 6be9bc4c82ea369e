"""Fees, compensation and interest of a late claim: booked when they are asked for, paid, or let go of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.invoicing.models import Invoice
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.money import print_ore
from infosoc.kernel.words import N_
from infosoc.ledger.commands.posting import post, post_many
from infosoc.payments import beside
from infosoc.payments.beside import Owed
from infosoc.payments.commands import by_hand, credit
from infosoc.payments.commands.by_hand import Paid
from infosoc.payments.rules import BANK, CUSTOMER_CREDIT
from infosoc.reminders.commands.stops import invoice_at
from infosoc.reminders.models import ReminderCost
from infosoc.reminders.rules import booking
from infosoc.reminders.rules.booking import About
from infosoc.reminders.rules.words import CostKind

RULE = "reminder-costs/1"


class NothingPaid(Invalid):
    message = N_("Enter how much was paid, more than zero.")


class NothingCharged(Refused):
    message = N_("There are no fees or compensation left to waive.")


@dataclass(frozen=True)
class Charge:
    """What a letter asks for that no letter before it has asked for."""

    invoice_id: int
    about: About
    position: int
    amount_ore: int


def charge(session: Session, charges: Sequence[Charge], *, on: date, by: int | None, now: datetime) -> None:
    """Book what letters ask for, each by a voucher of its own."""
    wanted = [one for one in charges if one.amount_ore > 0]
    vouchers = [
        booking.voucher(
            booking.CLAIMS_SERIES, on, "Påminnelsekostnader", one.about, booking.charged(one.amount_ore),
            source=_source(one), rule=RULE,
        )
        for one in wanted
    ]  # fmt: skip
    for one, posted in zip(wanted, post_many(session, vouchers, by=by, now=now), strict=True):
        session.add(_row(one.invoice_id, CostKind.CHARGED, on, one.amount_ore, _source(one), posted.id, by, now))
    session.flush()


def _source(one: Charge) -> str:
    return f"reminder:{one.invoice_id}:{one.position}"


def receive(
    session: Session, public_id: str, amount_ore: int, *, on: date, account: int = BANK, by: int | None,
    now: datetime,
) -> None:  # fmt: skip
    """Money beside the invoice itself: for fees and compensation first, then for interest.

    `account` is where it is: the bank, to which it came as a payment of its own, or the customer's credit, which
    payments before it have left.
    """
    if amount_ore <= 0:
        raise NothingPaid(field="amount")
    invoice = invoice_at(session, public_id)
    onto_costs = min(amount_ore, max(outstanding(session, invoice.id), 0))
    parts = beside.parts(
        Owed(onto_costs, amount_ore - onto_costs), amount_ore, invoice_id=invoice.id, company_id=invoice.company_id,
        about=f"faktura {invoice.number} {invoice.buyer_name}",
    )  # fmt: skip
    if account == CUSTOMER_CREDIT:
        credit.spend(session, invoice.company_id, parts, on=on, by=by, now=now)
    else:
        by_hand.write_down(session, invoice, Paid(amount_ore, on, account), amount_ore, parts, by=by, now=now)


def let_go(session: Session, public_id: str, *, on: date, by: int | None, now: datetime) -> None:
    """Ask for fees and compensation no longer: what is left of them is taken back from income."""
    let_go_of(session, invoice_at(session, public_id), on=on, by=by, now=now)


def let_go_of(session: Session, invoice: Invoice, *, on: date, by: int | None, now: datetime) -> None:
    left = outstanding(session, invoice.id)
    if left <= 0:
        raise NothingCharged
    source = _next_source(session, invoice.id)
    posted = post(
        session, booking.voucher(
            booking.CLAIMS_SERIES, on, "Eftergivna påminnelsekostnader", _about(invoice), booking.charged(-left),
            source=source, rule=RULE,
        ), by=by, now=now,
    )  # fmt: skip
    session.add(_row(invoice.id, CostKind.LET_GO, on, -left, source, posted.id, by, now))
    changes = {"amount": (None, print_ore(left))}
    audit.record(session, "late costs let go", "invoice", invoice.id, by=by, changes=changes)


def outstanding(session: Session, invoice_id: int) -> int:
    """Fees and compensation that have been asked for, and neither paid nor let go of."""
    query = select(func.coalesce(func.sum(ReminderCost.amount_ore), 0)).where(
        ReminderCost.invoice_id == invoice_id, ReminderCost.kind != CostKind.INTEREST.value
    )
    return int(session.scalar(query) or 0)


def _next_source(session: Session, invoice_id: int) -> str:
    """Who has the turn counts the rows that are there: nobody else adds one meanwhile."""
    count = session.scalar(select(func.count()).select_from(ReminderCost).where(ReminderCost.invoice_id == invoice_id))
    return f"late-costs:{invoice_id}:{count}"


def _about(invoice: Invoice) -> About:
    return About(invoice.number, invoice.buyer_name)


def _row(
    invoice_id: int, kind: CostKind, on: date, ore: int, source: str, voucher_id: int, by: int | None, now: datetime
) -> ReminderCost:
    return ReminderCost(
        invoice_id=invoice_id, kind=kind.value, booked_on=on, amount_ore=ore, source=source, voucher_id=voucher_id,
        made_by=by, made_at=now,
    )  # fmt: skip
