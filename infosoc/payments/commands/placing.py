"""Saying what a payment is: onto invoices, to the customer's credit, back to the payer; and taking it back.

The voucher and the settlement have the payment's own day where it is open, for that is when the customer paid: late
interest and the customer ledger of any day follow it. Where that day is locked, or an invoice was issued later, it is
the first day that can be booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.invoicing.commands import claims
from infosoc.invoicing.commands.claims import How, NewSettlement
from infosoc.invoicing.models import Invoice, Settlement
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.ledger.commands.posting import post
from infosoc.ledger.models import FiscalYear
from infosoc.payments import beside, rules
from infosoc.payments.beside import Owed
from infosoc.payments.models import IncomingPayment, PaymentAllocation
from infosoc.payments.queries.items import ItemFacts
from infosoc.payments.rules import Part, Use


class NoOwner(Refused):
    message = N_("Choose which customer gets the credit.")


class AlreadyTakenBack(Refused):
    message = N_("This has already been reverted.")


@dataclass(frozen=True)
class ToInvoice:
    """So much goes to an invoice, or with a minus sign uses up a credit note; by its public id."""

    public_id: str
    amount_ore: int


def place_on_invoices(
    session: Session, public_id: str, wanted: Sequence[ToInvoice], *, by: int | None, now: datetime
) -> IncomingPayment:
    """Settle invoices with a payment, or with a part of it, and what their reminders have asked for beside them."""
    payment = payment_at(session, public_id)
    parts = invoice_parts(session, wanted, on=payment.paid_on)
    place(session, payment, parts, by=by, now=now)
    note(session, "payment matched", payment, parts, by)
    return payment


def keep_as_credit(
    session: Session, public_id: str, company_id: int | None, *, by: int | None, now: datetime
) -> IncomingPayment:
    """What is left of a payment is the customer's, for invoices to come."""
    payment = payment_at(session, public_id)
    if company_id is None:
        raise NoOwner(field="company")
    part = Part(Use.CREDIT, payment.left_ore, rules.CUSTOMER_CREDIT, "Kundtillgodo", None, company_id)
    place(session, payment, [part], by=by, now=now)
    note(session, "payment kept as credit", payment, [part], by)
    return payment


def use_credit(
    session: Session, public_id: str, wanted: Sequence[ToInvoice], *, by: int | None, now: datetime
) -> IncomingPayment:
    """Settle invoices with what a payment left as the customer's credit."""
    payment = payment_at(session, public_id)
    parts = invoice_parts(session, wanted, on=now.date())
    taken = from_credit(session, payment, sum(part.amount_ore for part in parts))
    place(session, payment, [*taken, *parts], by=by, now=now)
    note(session, "payment matched", payment, parts, by)
    return payment


def pay_back(session: Session, public_id: str, *, on: date, by: int | None, now: datetime) -> IncomingPayment:
    """Note that what is left of a payment, or its credit, has been paid back to the payer on a day."""
    payment = payment_at(session, public_id)
    ore = payment.left_ore or credit_of(session, payment)
    taken = [] if payment.left_ore else from_credit(session, payment, ore)
    part = Part(Use.PAID_BACK, ore, payment.account, "Återbetalning")
    place(session, payment, [*taken, part], by=by, now=now, earliest=on)
    note(session, "payment paid back", payment, [part], by)
    return payment


def take_back(session: Session, public_id: str, *, by: int | None, now: datetime) -> IncomingPayment:
    """Undo everything that the payment was used for: it is unmatched again."""
    payment = payment_at(session, public_id)
    standing = allocations_of(session, payment.id)
    if not standing:
        raise AlreadyTakenBack
    parts = opposites(session, payment, standing)
    last = max(one.allocated_on for one in standing)
    place(session, payment, parts, by=by, now=now, earliest=last, undone=standing)
    note(session, "payment match undone", payment, parts, by)
    return payment


def set_aside(session: Session, public_id: str, why: str, *, by: int | None, now: datetime) -> IncomingPayment:
    """Leave a payment for later, with a reason; it stays on the clearing account."""
    payment = payment_at(session, public_id)
    payment.set_aside_at, payment.set_aside_why = now, clean(why)[:200]
    audit.record(session, "payment set aside", "payment", payment.id, by=by, changes={"reason": (None, clean(why))})
    return payment


def take_up(session: Session, public_id: str, *, by: int | None) -> IncomingPayment:
    """Back among those that wait."""
    payment = payment_at(session, public_id)
    payment.set_aside_at, payment.set_aside_why = None, ""
    audit.record(session, "payment taken up", "payment", payment.id, by=by)
    return payment


def payment_at(session: Session, public_id: str) -> IncomingPayment:
    """The payment at an address, after a turn in the line of those who book; raises NotFound."""
    audit.take_turn(session)
    query = select(IncomingPayment).where(IncomingPayment.public_id == public_id)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def invoice_parts(session: Session, wanted: Sequence[ToInvoice], *, on: date) -> list[Part]:
    """What goes where, by the invoices' own accounts; raises NotFound.

    What is beyond an invoice goes to what had been asked for beside it by a day, as far as that goes.
    """
    ids = list(dict.fromkeys(one.public_id for one in wanted))
    query = select(
        Invoice.public_id, Invoice.id, Invoice.company_id, Invoice.claim_account, Invoice.number, Invoice.buyer_name,
        Invoice.payable_ore, Invoice.open_ore,
    ).where(Invoice.public_id.in_(ids))  # fmt: skip
    found = {row.public_id: row for row in session.execute(query)}
    if len(found) < len(ids):
        raise NotFound
    if any(one.amount_ore * found[one.public_id].payable_ore < 0 for one in wanted):
        raise rules.WrongWay
    sums = {at: sum(one.amount_ore for one in wanted if one.public_id == at) for at in ids}
    over = [found[at].id for at in ids if sums[at] > max(found[at].open_ore, 0)]
    owed = beside.owed(session, over, on=on)
    return [part for at in ids for part in _parts_of(found[at], sums[at], owed.get(found[at].id))]


def _parts_of(row: Any, ore: int, owed: Owed | None) -> list[Part]:
    """The invoice itself first; what is beyond all that is owed stays on it, and is refused there."""
    facts = ItemFacts(row.number, row.claim_account, row.company_id, row.buyer_name, row.payable_ore < 0)
    late = beside.parts(
        owed, ore - max(row.open_ore, 0), invoice_id=row.id, company_id=row.company_id, about=facts.about
    )
    rest = ore - sum(part.amount_ore for part in late)
    own = [Part(Use.INVOICE, rest, row.claim_account, facts.text, row.id, row.company_id)] if rest or not late else []
    return [*own, *late]


def allocations_of(session: Session, payment_id: int) -> list[PaymentAllocation]:
    """What the payment is used for: neither taken back, nor a taking back."""
    query = select(PaymentAllocation).where(PaymentAllocation.payment_id == payment_id).order_by(PaymentAllocation.id)
    every = list(session.scalars(query))
    undone = {one.undoes_id for one in every}
    return [one for one in every if one.undoes_id is None and one.id not in undone]


def credit_of(session: Session, payment: IncomingPayment) -> int:
    """What of the payment is the customer's credit still."""
    return sum(one.amount_ore for one in allocations_of(session, payment.id) if one.kind == Use.CREDIT)


def from_credit(session: Session, payment: IncomingPayment, ore: int) -> list[Part]:
    """Parts that take so much from the customer's credit that the payment left."""
    kept = [one for one in allocations_of(session, payment.id) if one.kind == Use.CREDIT]
    if not 0 < ore <= sum(one.amount_ore for one in kept):
        raise rules.MoreThanPaid(left=rules.print_ore(sum(one.amount_ore for one in kept)), wanted=rules.print_ore(ore))
    company_id = kept[0].company_id
    return [Part(Use.CREDIT, -ore, rules.CUSTOMER_CREDIT, "Kundtillgodo", None, company_id)]


def opposites(session: Session, payment: IncomingPayment, standing: Sequence[PaymentAllocation]) -> list[Part]:
    """What undoes these, in their order."""
    accounts = _claim_accounts(session, [one.invoice_id for one in standing if one.invoice_id])
    return [_opposite(one, payment, accounts) for one in standing]


def _opposite(one: PaymentAllocation, payment: IncomingPayment, accounts: dict[int, int]) -> Part:
    use = Use(one.kind)
    account = rules.ACCOUNT_OF.get(use, payment.account)
    account = accounts[one.invoice_id] if use is Use.INVOICE and one.invoice_id else account
    account = one.account if use is Use.ACCOUNT and one.account else account
    return Part(use, -one.amount_ore, account, "Återtagen matchning", one.invoice_id, one.company_id)


def _claim_accounts(session: Session, ids: Sequence[int]) -> dict[int, int]:
    return dict(session.execute(select(Invoice.id, Invoice.claim_account).where(Invoice.id.in_(ids))).all())


def place(
    session: Session, payment: IncomingPayment, parts: Sequence[Part], *, by: int | None, now: datetime,
    earliest: date | None = None, undone: Sequence[PaymentAllocation] = (),
) -> None:  # fmt: skip
    """Write parts of a payment with their voucher: from the clearing account, or back to it. A deposit whose split was
    undone has nothing to place any more.
    """
    if payment.kind == rules.LUMP and any(one.kind == Use.WITHDRAWN for one in allocations_of(session, payment.id)):
        raise AlreadyTakenBack
    rules.check_parts(payment.left_ore, payment.amount_ore, parts)
    on = _day(session, payment, parts, max(earliest, payment.paid_on) if earliest else payment.paid_on)
    ids = bulk.new_ids(session, PaymentAllocation, len(parts))
    text = f"{'Återtagen matchning' if undone else 'Matchning'} av inbetalning {payment.paid_on} {payment.payer_name}"
    lines = [line for line in rules.moved_lines(parts, text=text) if line.amount_ore]
    voucher = rules.voucher(on, clean(text), lines, source=f"allocation:{ids[0]}", rule=rules.MATCH_RULE)
    voucher_id = post(session, voucher, by=by, now=now).id
    write(session, payment.id, list(zip(ids, parts, strict=True)), on, voucher_id, undone, by=by, now=now)
    payment.set_aside_at = None
    session.flush()
    session.expire(payment, ["left_ore"])  # the database has lowered it


def write(
    session: Session, payment_id: int, parts: Sequence[tuple[int, Part]], on: date, voucher_id: int | None,
    undone: Sequence[PaymentAllocation] = (), *, by: int | None, now: datetime,
) -> None:  # fmt: skip
    """Allocations of a payment under ids taken beforehand, and the settlements that go with them."""
    before = {at: one for (at, _), one in zip(parts, undone, strict=False)}
    settled = _settle(session, parts, before, on, voucher_id, by=by, now=now)
    for at, part in parts:
        session.add(PaymentAllocation(
            id=at, payment_id=payment_id, kind=part.use.value, invoice_id=part.invoice_id,
            settlement_id=settled[at].id if at in settled else None, company_id=part.company_id,
            account=part.account if part.use is Use.ACCOUNT else None, amount_ore=part.amount_ore, allocated_on=on,
            voucher_id=voucher_id,
            undoes_id=before[at].id if at in before else None, made_by=by, made_at=now,
        ))  # fmt: skip
    session.flush()
    beside.note(session, ((at, part, voucher_id) for at, part in parts), on=on, by=by, now=now)


def _settle(
    session: Session, parts: Sequence[tuple[int, Part]], before: dict[int, PaymentAllocation], on: date,
    voucher_id: int | None, *, by: int | None, now: datetime,
) -> dict[int, Settlement]:  # fmt: skip
    """The settlement of each part that goes to an invoice; one that is taken back names what it undoes."""
    made: dict[int, Settlement] = {}
    fresh: list[tuple[int, NewSettlement]] = []
    for at, part in parts:
        if part.use is not Use.INVOICE or part.invoice_id is None:
            continue
        undoes = before[at].settlement_id if at in before else None
        fresh.append((at, NewSettlement(
            part.invoice_id, on, How.PAYMENT, part.amount_ore, f"allocation:{at}", voucher_id, undoes
        )))  # fmt: skip
    if fresh:
        settled = claims.settle(session, [new for _, new in fresh], by=by, now=now)
        made = {at: one for (at, _), one in zip(fresh, settled, strict=True)}
    return made


def _day(session: Session, payment: IncomingPayment, parts: Sequence[Part], wanted: date) -> date:
    """The day it is booked on: as early as may be, from the wanted one on."""
    invoices = [part.invoice_id for part in parts if part.invoice_id is not None]
    issued = session.scalars(select(Invoice.issued_on).where(Invoice.id.in_(invoices))) if invoices else ()
    day = max([wanted, *issued, *(part.earliest for part in parts if part.earliest)])
    locked = session.scalar(
        select(FiscalYear.locked_through).where(FiscalYear.starts_on <= day, FiscalYear.ends_on >= day)
    )
    return day if locked is None or locked < day else first_open(session, day)


def first_open(session: Session, day: date) -> date:
    """The first day from this one on that is not locked."""
    for year in session.scalars(select(FiscalYear).where(FiscalYear.ends_on >= day).order_by(FiscalYear.starts_on)):
        first = max(day, year.starts_on, (year.locked_through or date.min) + timedelta(days=1))
        if first <= year.ends_on:
            return first
    return day


def note(session: Session, deed: str, payment: IncomingPayment, parts: Sequence[Part], by: int | None) -> None:
    total = rules.print_ore(sum(part.amount_ore for part in parts))
    audit.record(session, deed, "payment", payment.id, by=by, changes={"amount": (None, total)})
