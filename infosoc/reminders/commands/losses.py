"""Losses on invoices: written down when they are feared, written off with their VAT when they are certain.

VAT may be taken back when the loss is confirmed: bankruptcy, failed enforcement, or collection in vain (SKV 409).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from infosoc.audit import commands as audit
from infosoc.invoicing.commands import claims
from infosoc.invoicing.commands.claims import How, NewSettlement
from infosoc.invoicing.models import Invoice, Settlement
from infosoc.invoicing.rules import archive
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.money import print_ore
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.ledger.commands.posting import post
from infosoc.ledger.rules import NewLine
from infosoc.reminders.commands import costs
from infosoc.reminders.commands.stops import invoice_at
from infosoc.reminders.models import BadDebt
from infosoc.reminders.rules import booking
from infosoc.reminders.rules.booking import About, LossPart
from infosoc.reminders.rules.words import OF_CLAIM, LossKind

RULE = "bad-debt/1"


class WhyLost(Invalid):
    message = N_("Enter how the loss was confirmed, such as bankruptcy or failed enforcement.")


class NothingToLose(Refused):
    message = N_("There is nothing left to pay of the invoice.")


class LossBeforeInvoice(Invalid):
    message = N_("The invoice was issued on %(day)s; it cannot have been lost before that.")


class AlreadyExpected(Refused):
    message = N_("The expected loss has already been posted.")


class LossNotExpected(Refused):
    message = N_("No expected loss has been posted.")


class NotWrittenOff(Refused):
    message = N_("The invoice has not been written off.")


def expect(session: Session, public_id: str, reason: str, *, on: date, by: int | None, now: datetime) -> BadDebt:
    """Write down what is left of a claim, without VAT; the claim stands."""
    invoice, parts = _checked(session, public_id, reason, on)
    if written_down(session, invoice.id):
        raise AlreadyExpected
    net = sum(part.net_ore for part in parts)
    return _booked(
        session, invoice, LossKind.EXPECTED, booking.expected(net), reason, on, net, 0, "loss expected", by=by, now=now
    )


def no_longer_expect(session: Session, public_id: str, *, on: date, by: int | None, now: datetime) -> BadDebt:
    """Take a writing down back."""
    invoice = invoice_at(session, public_id)
    net = written_down(session, invoice.id)
    if not net:
        raise LossNotExpected
    return _booked(
        session, invoice, LossKind.NOT_EXPECTED, booking.not_expected(net), "", on, -net, 0, "loss not expected",
        by=by, now=now,
    )  # fmt: skip


def write_off(session: Session, public_id: str, reason: str, *, on: date, by: int | None, now: datetime) -> BadDebt:
    """A loss that is certain: the claim ends, its VAT is taken back, and costs that were asked for are let go of."""
    invoice, parts = _checked(session, public_id, reason, on)
    down, lost = written_down(session, invoice.id), invoice.open_ore
    if costs.outstanding(session, invoice.id) > 0:
        costs.let_go_of(session, invoice, on=on, by=by, now=now)
    lines = booking.confirmed(parts, invoice.claim_account, written_down_ore=down)
    voucher_id = _post(session, invoice, lines, LossKind.CONFIRMED, on, by=by, now=now)
    if down:
        _note(session, invoice.id, LossKind.NOT_EXPECTED, reason, on, -down, 0, voucher_id, None, by, now)
    settled = claims.settle(
        session, [NewSettlement(invoice.id, on, How.WRITE_OFF, lost, f"write-off:{voucher_id}", voucher_id)],
        by=by, now=now,
    )  # fmt: skip
    net, vat = sum(part.net_ore for part in parts), sum(part.vat_ore for part in parts)
    row = _note(session, invoice.id, LossKind.CONFIRMED, reason, on, net, vat, voucher_id, settled[0].id, by, now)
    changes = {"amount": (None, print_ore(lost)), "reason": (None, row.reason)}
    audit.record(session, "invoice written off", "invoice", invoice.id, by=by, changes=changes)
    return row


def take_back(session: Session, public_id: str, *, on: date, by: int | None, now: datetime) -> BadDebt:
    """The last write-off was wrong: new entries turn it, and the claim stands again. What was let go of stays so."""
    invoice = invoice_at(session, public_id)
    lost = _last_write_off(session, invoice.id)
    if lost is None:
        raise NotWrittenOff
    settlement = session.get_one(Settlement, lost.settlement_id)
    day = max(on, lost.booked_on)
    parts = booking.loss(archive.from_json(invoice.record), settlement.amount_ore)
    lines = booking.taken_back(parts, invoice.claim_account)
    voucher_id = _post(session, invoice, lines, LossKind.TAKEN_BACK, day, by=by, now=now)
    undone = claims.undo(session, settlement, on=day, voucher_id=voucher_id, by=by, now=now)
    row = _note(
        session, invoice.id, LossKind.TAKEN_BACK, "", day, -lost.net_ore, -lost.vat_ore, voucher_id, undone.id, by, now
    )
    changes = {"amount": (None, print_ore(settlement.amount_ore))}
    audit.record(session, "write-off taken back", "invoice", invoice.id, by=by, changes=changes)
    return row


def _last_write_off(session: Session, invoice_id: int) -> BadDebt | None:
    """The latest one that stands."""
    undoing = aliased(Settlement)
    return session.scalar(
        select(BadDebt)
        .where(BadDebt.invoice_id == invoice_id, BadDebt.kind == LossKind.CONFIRMED.value)
        .where(~select(undoing.id).where(undoing.undoes_id == BadDebt.settlement_id).exists())
        .order_by(BadDebt.id.desc())
        .limit(1)
    )


def written_down(session: Session, invoice_id: int) -> int:
    """What of the invoice stands as an expected loss."""
    query = select(func.coalesce(func.sum(BadDebt.net_ore), 0)).where(
        BadDebt.invoice_id == invoice_id, BadDebt.kind.not_in(OF_CLAIM)
    )
    return int(session.scalar(query) or 0)


def _checked(session: Session, public_id: str, reason: str, on: date) -> tuple[Invoice, list[LossPart]]:
    invoice = invoice_at(session, public_id)
    if not reason.strip():
        raise WhyLost(field="reason")
    if invoice.open_ore <= 0:
        raise NothingToLose(field="reason")
    if on < invoice.issued_on:
        raise LossBeforeInvoice(field="on", day=invoice.issued_on.isoformat())
    return invoice, booking.loss(archive.from_json(invoice.record), invoice.open_ore)


def _booked(
    session: Session, invoice: Invoice, kind: LossKind, lines: list[NewLine], reason: str, on: date, net: int, vat: int,
    deed: str, *, by: int | None, now: datetime,
) -> BadDebt:  # fmt: skip
    voucher_id = _post(session, invoice, lines, kind, on, by=by, now=now)
    row = _note(session, invoice.id, kind, reason, on, net, vat, voucher_id, None, by, now)
    changes = {"amount": (None, print_ore(abs(net)))}
    audit.record(session, deed, "invoice", invoice.id, by=by, changes=changes)
    return row


_WORDS = {
    LossKind.EXPECTED: "Befarad kundförlust", LossKind.NOT_EXPECTED: "Återförd befarad kundförlust",
    LossKind.CONFIRMED: "Konstaterad kundförlust", LossKind.TAKEN_BACK: "Återtagen kundförlust",
}  # fmt: skip


def _post(
    session: Session, invoice: Invoice, lines: list[NewLine], kind: LossKind, on: date, *, by: int | None, now: datetime
) -> int:
    count = session.scalar(select(func.count()).select_from(BadDebt).where(BadDebt.invoice_id == invoice.id))
    voucher = booking.voucher(
        booking.LOSSES_SERIES, on, _WORDS[kind], About(invoice.number, invoice.buyer_name), lines,
        source=f"bad-debt:{invoice.id}:{count}", rule=RULE,
    )  # fmt: skip
    return post(session, voucher, by=by, now=now).id


def _note(
    session: Session, invoice_id: int, kind: LossKind, reason: str, on: date, net: int, vat: int, voucher_id: int,
    settlement_id: int | None, by: int | None, now: datetime,
) -> BadDebt:  # fmt: skip
    row = BadDebt(
        invoice_id=invoice_id, kind=kind.value, booked_on=on, reason=clean(reason)[:300], net_ore=net, vat_ore=vat,
        voucher_id=voucher_id, settlement_id=settlement_id, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row
