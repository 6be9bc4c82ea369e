"""Payments that somebody writes down: money that came, or that we paid out for a credit note, without a bank file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.invoicing.models import Invoice
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.ledger.commands.posting import post
from infosoc.payments import beside, rules
from infosoc.payments.beside import Owed
from infosoc.payments.commands import placing
from infosoc.payments.commands.placing import ToInvoice
from infosoc.payments.models import IncomingPayment, PaymentAllocation
from infosoc.payments.rules import Part, Use

BY_HAND = "by_hand"


class NoMoney(Invalid):
    message = N_("Enter how much was paid, more than zero.")


class BeforeTheInvoice(Invalid):
    message = N_("The invoice was issued on %(day)s; it cannot have been paid before that.")


class CreditNotePaidOver(Invalid):
    message = N_("No more than %(left)s kr can be paid back.")


@dataclass(frozen=True)
class Paid:
    """How much, when, to which account of ours, and a word about it. Positive also for what we pay out."""

    amount_ore: int
    on: date
    account: int = rules.BANK
    note: str = ""


def register(session: Session, invoice_public_id: str, paid: Paid, *, by: int | None, now: datetime) -> IncomingPayment:
    """Write down that an invoice was paid: what is beyond it covers costs and interest that were asked for, and is then
    the customer's credit. Of a credit note, that it was paid back.
    """
    audit.take_turn(session)
    invoice = session.scalar(
        select(Invoice).where(Invoice.public_id == invoice_public_id).execution_options(populate_existing=True)
    )
    if invoice is None:
        raise NotFound
    ore, parts = _parts(session, invoice, paid)
    return write_down(session, invoice, paid, ore, parts, by=by, now=now)


def write_down(
    session: Session, invoice: Invoice, paid: Paid, ore: int, parts: Sequence[Part], *, by: int | None, now: datetime
) -> IncomingPayment:
    """Book money that came for an invoice, or went out, all of which goes to these parts."""
    (payment_id,) = bulk.new_ids(session, IncomingPayment, 1)
    text = f"{'Inbetalning' if ore > 0 else 'Utbetalning'} faktura {invoice.number} {invoice.buyer_name}"
    lines = rules.together(paid.account, [(ore, parts, "")])
    voucher = rules.voucher(
        paid.on, clean(text), lines, source=f"payment:{payment_id}", rule="payment/1", documents=str(invoice.number)
    )
    voucher_id = post(session, voucher, by=by, now=now).id
    payment = IncomingPayment(
        id=payment_id, entry_id=None, position=0, kind=BY_HAND, paid_on=paid.on, amount_ore=ore, left_ore=ore,
        payer_name=invoice.buyer_name[:140], texts=[clean(paid.note)[:200]] if paid.note.strip() else [],
        account=paid.account, voucher_id=voucher_id, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(payment)
    session.flush()
    ids = bulk.new_ids(session, PaymentAllocation, len(parts))
    placing.write(session, payment_id, list(zip(ids, parts, strict=True)), paid.on, voucher_id, by=by, now=now)
    session.expire(payment, ["left_ore"])
    changes = {"amount": (None, rules.print_ore(ore)), "invoice": (None, str(invoice.number))}
    audit.record(session, "payment registered", "payment", payment_id, by=by, changes=changes)
    return payment


def _parts(session: Session, invoice: Invoice, paid: Paid) -> tuple[int, list[Part]]:
    """The money with its sign, and where it goes."""
    if paid.amount_ore <= 0:
        raise NoMoney(field="amount")
    if paid.on < invoice.issued_on:
        raise BeforeTheInvoice(field="on", day=invoice.issued_on.isoformat())
    open_ore = invoice.open_ore
    if invoice.payable_ore < 0:
        if paid.amount_ore > -open_ore:
            raise CreditNotePaidOver(field="amount", left=rules.print_ore(-open_ore))
        wanted = [ToInvoice(invoice.public_id, -paid.amount_ore)]
        return -paid.amount_ore, placing.invoice_parts(session, wanted, on=paid.on)
    owed = beside.owed(session, [invoice.id], on=paid.on).get(invoice.id, Owed())
    onto = min(paid.amount_ore, open_ore + owed.total_ore)
    wanted = [ToInvoice(invoice.public_id, onto)]
    parts = placing.invoice_parts(session, wanted, on=paid.on) if onto else []
    if over := paid.amount_ore - onto:
        text = f"Överbetalning faktura {invoice.number}"
        parts.append(Part(Use.CREDIT, over, rules.CUSTOMER_CREDIT, text, None, invoice.company_id))
    return paid.amount_ore, parts
