"""Settling a deposit that came without its payments: tied to one that tells of it, or split by hand; and undone.

Whoever comes first has the money: what is settled here is not taken from a file, and what has been taken from a file
is not settled here. The turn that is taken first makes both wait for each other, and the database refuses the second.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.invoicing.models import Invoice
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.ledger.commands.posting import NoSuchAccount, post
from infosoc.ledger.models import Account
from infosoc.ledger.rules import NO_VAT
from infosoc.payments import rules
from infosoc.payments.commands import placing
from infosoc.payments.commands.by_hand import BeforeTheInvoice
from infosoc.payments.commands.placing import ToInvoice
from infosoc.payments.models import BankEntry, DepositAnswer, IncomingPayment, PaymentAllocation
from infosoc.payments.queries import lumps
from infosoc.payments.queries.lumps import Lump, LumpState
from infosoc.payments.rules import Part, Use


class Settled(Refused):
    message = N_("The deposit has been settled already. Look at it again.")


class NotSettled(Refused):
    message = N_("Nobody has settled the deposit: there is nothing to undo.")


class NotAlike(Refused):
    message = N_("This is another amount, account or day, or the deposit is told of by another file already.")


class OthersTied(Refused):
    message = N_("Another deposit is tied to this one. Undo that first.")


class MayBeThere(Refused):
    message = N_(
        "A deposit of the same amount has been posted on %(day)s. Tie them together, or confirm that it is other money."
    )


class SumDiffers(Invalid):
    message = N_("The rows come to %(sum)s kr and the deposit is %(amount)s kr: %(rest)s kr differs.")


class AccountKept(Invalid):
    message = N_("Account %(number)s is kept by invoices and payments. Choose the invoice or the customer instead.")


class AccountHasVat(Invalid):
    message = N_("Account %(number)s takes VAT. Choose an account without VAT, and post the sale with a voucher.")


@dataclass(frozen=True)
class Split:
    """Where the money goes: to invoices, to customers' credit by company, and to accounts of the chart, in öre."""

    invoices: Sequence[ToInvoice] = ()
    credits: Sequence[tuple[int, int]] = ()
    accounts: Sequence[tuple[int, int]] = ()


def tie(
    session: Session, public_id: str, section: int, other_id: int, *, by: int | None, now: datetime
) -> DepositAnswer:
    """Say that a deposit on the books tells of the same money, by its group: nothing is posted."""
    lump = _open(session, public_id, section)
    other = next((one for one in lumps.alike(session, lump.entry) if one.group_id == other_id), None)
    if other is None:
        raise NotAlike
    answer = _answer(session, lump, other_id=other_id, by=by, now=now)
    _note(session, "deposit tied", lump, by, tied=f"{other.entry.format} {other.entry.paid_on} {other.entry.serial}")
    return answer


def settle(
    session: Session, public_id: str, section: int, split: Split, *, other_than: Collection[int], by: int | None,
    now: datetime,
) -> IncomingPayment:  # fmt: skip
    """Book the deposit with where it goes, to the öre. `other_than` are the groups of deposits that might have been the
    same money, of which somebody has said that they are not.
    """
    lump = _open(session, public_id, section)
    for one in lumps.alike(session, lump.entry):
        if one.group_id not in other_than:
            raise MayBeThere(day=one.entry.paid_on.isoformat())
    on = placing.first_open(session, lump.entry.paid_on)
    parts = _parts(session, lump.entry, split, on)
    payment = _write(session, lump.entry, parts, on, by=by, now=now)
    _answer(session, lump, payment_id=payment.id, by=by, now=now)
    _note(session, "deposit split", lump, by, amount=rules.print_ore(lump.entry.amount_ore))
    return payment


def undo(session: Session, public_id: str, section: int, *, by: int | None, now: datetime) -> None:
    """The deposit waits again: a tie is untied, a split is turned back by a voucher of its own."""
    lump = _locked(session, public_id, section)
    if lump.answer is None:
        raise NotSettled
    if lumps.is_tied_to(session, lump.entry.group_id):
        raise OthersTied
    if lump.payment is not None:
        _withdraw(session, lump.payment, by=by, now=now)
    lump.answer.undone_at = now
    _note(session, "deposit settlement undone", lump, by, amount=rules.print_ore(lump.entry.amount_ore))


def keep_apart(session: Session, public_id: str, section: int, *, by: int | None, now: datetime) -> None:
    """Say that deposits of the same amount about that day are other money than the one that was settled by hand."""
    lump = _locked(session, public_id, section)
    if lump.answer is None or lump.payment is None:
        raise NotSettled
    if lump.answer.apart_at is None:
        lump.answer.apart_at = now
        _note(session, "deposit kept apart", lump, by, amount=rules.print_ore(lump.entry.amount_ore))


def _locked(session: Session, public_id: str, section: int) -> Lump:
    audit.take_turn(session)
    return lumps.lump(session, public_id, section)


def _open(session: Session, public_id: str, section: int) -> Lump:
    """The deposit, which nobody has settled."""
    lump = _locked(session, public_id, section)
    if lump.state is not LumpState.WAITING or not lump.entry.amount_ore:
        raise Settled
    return lump


def _answer(
    session: Session, lump: Lump, *, by: int | None, now: datetime, other_id: int | None = None,
    payment_id: int | None = None,
) -> DepositAnswer:  # fmt: skip
    made = DepositAnswer(
        group_id=lump.entry.group_id, other_id=other_id, payment_id=payment_id, made_by=by, made_at=now
    )
    session.add(made)
    session.flush()
    return made


def _parts(session: Session, entry: BankEntry, split: Split, on: date) -> list[Part]:
    """What goes where; together it is the deposit, to the öre."""
    named = {one.public_id for one in split.invoices}
    issued = session.scalar(select(func.max(Invoice.issued_on)).where(Invoice.public_id.in_(named))) if named else None
    if issued and issued > on:
        raise BeforeTheInvoice(day=issued.isoformat())
    parts = placing.invoice_parts(session, split.invoices, on=on) if named else []
    for company_id, ore in split.credits:
        parts.append(Part(Use.CREDIT, ore, rules.CUSTOMER_CREDIT, "Kundtillgodo", None, company_id))
    text = clean(f"Insättning {entry.account} {entry.serial}")
    for number, ore in split.accounts:
        _check_account(session, entry, number)
        parts.append(Part(Use.ACCOUNT, ore, number, text))
    if (total := sum(part.amount_ore for part in parts)) != entry.amount_ore:
        rest = rules.print_ore(abs(entry.amount_ore - total))
        raise SumDiffers(sum=rules.print_ore(total), amount=rules.print_ore(entry.amount_ore), rest=rest)
    rules.check_parts(entry.amount_ore, entry.amount_ore, parts)
    return parts


def _check_account(session: Session, entry: BankEntry, number: int) -> None:
    if number in rules.KEPT_ACCOUNTS or number == entry.ledger_account:
        raise AccountKept(number=number)
    vat_code = session.scalar(select(Account.vat_code).where(Account.number == number))
    if vat_code is None:
        raise NoSuchAccount(number=number)
    if vat_code != NO_VAT:
        raise AccountHasVat(number=number)


def _write(
    session: Session, entry: BankEntry, parts: Sequence[Part], on: date, *, by: int | None, now: datetime
) -> IncomingPayment:
    """The deposit as one payment, with its voucher and its parts."""
    (payment_id,) = bulk.new_ids(session, IncomingPayment, 1)
    before = session.scalar(select(func.count()).where(IncomingPayment.entry_id == entry.id)) or 0
    voucher = rules.voucher(
        on, clean(f"Inbetalning {entry.account} {entry.serial}"),
        rules.together(entry.ledger_account, [(entry.amount_ore, parts, "")]),
        source=f"deposit-by-hand:{payment_id}", rule=rules.LUMP_RULE, documents=entry.serial,
    )  # fmt: skip
    voucher_id = post(session, voucher, by=by, now=now).id
    payment = IncomingPayment(
        id=payment_id, entry_id=entry.id, position=before + 1, kind=rules.LUMP, paid_on=entry.paid_on,
        amount_ore=entry.amount_ore, left_ore=entry.amount_ore, serial=entry.serial, account=entry.ledger_account,
        voucher_id=voucher_id, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(payment)
    session.flush()
    ids = bulk.new_ids(session, PaymentAllocation, len(parts))
    placing.write(session, payment_id, list(zip(ids, parts, strict=True)), on, voucher_id, by=by, now=now)
    session.expire(payment, ["left_ore"])
    return payment


def _withdraw(session: Session, payment: IncomingPayment, *, by: int | None, now: datetime) -> None:
    """Turn back everything that a deposit was split over, and the money itself."""
    standing = placing.allocations_of(session, payment.id)
    parts = placing.opposites(session, payment, standing)
    whole = Part(Use.WITHDRAWN, payment.amount_ore, payment.account, "Uppdelning återtagen")
    last = max((one.allocated_on for one in standing), default=payment.paid_on)
    placing.place(session, payment, [*parts, whole], by=by, now=now, earliest=last, undone=standing)


def _note(session: Session, deed: str, lump: Lump, by: int | None, **changes: str) -> None:
    about = {"deposit": (None, f"{lump.entry.account} {lump.entry.paid_on}")}
    told = {name: (None, value) for name, value in changes.items()}
    audit.record(session, deed, "bank_file", lump.file.id, by=by, changes=about | told)
