"""Booking a chunk of a bank file: payments, what they are matched with, and a voucher for each deposit.

All of it in the transaction of the caller. What a checked reference decides is settled at once; all else stands on the
clearing account until somebody says what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from infosoc.db import bulk
from infosoc.invoicing.commands import claims
from infosoc.invoicing.commands.claims import How, NewSettlement
from infosoc.kernel.public_id import new_public_ids
from infosoc.kernel.text import clean
from infosoc.ledger.commands.posting import post_many
from infosoc.payments import beside, rules
from infosoc.payments.beside import Owed
from infosoc.payments.matching import match_exactly
from infosoc.payments.models import BankEntry, IncomingPayment, PaymentAllocation
from infosoc.payments.open_items import Balances, Proposal, money_ore
from infosoc.payments.queries import items
from infosoc.payments.queries.items import Items
from infosoc.payments.readers.records import Payment
from infosoc.payments.rules import Part, Use

PAYMENT_COLUMNS = (
    "id", "public_id", "entry_id", "position", "kind", "amount_ore", "left_ore", "serial", "payer_name",
    "payer_account", "payer_number", "texts", "voucher_id", "account",
)  # fmt: skip
ALLOCATION_COLUMNS = (
    "id", "payment_id", "kind", "invoice_id", "settlement_id", "company_id", "amount_ore", "voucher_id",
)  # fmt: skip
MOST_TEXTS = 40


@dataclass(frozen=True, slots=True)
class Coming:
    """A payment that is to be booked: of which deposit, and where it stands in it."""

    entry_id: int
    position: int
    payment: Payment


@dataclass(frozen=True)
class EntryFacts:
    """What a voucher says of its deposit."""

    id: int
    account: str
    serial: str
    paid_on: date
    ledger_account: int = rules.BANK


@dataclass(slots=True)
class _Booked:
    id: int
    coming: Coming
    parts: list[Part]
    is_matched: bool


def entry_facts(entry: BankEntry) -> EntryFacts:
    return EntryFacts(entry.id, entry.account, entry.serial, entry.paid_on, entry.ledger_account)


def book(
    session: Session, coming: Sequence[Coming], entries: Mapping[int, EntryFacts], *, by: int | None, now: datetime
) -> int:
    """Book payments of one day; says how many were matched."""
    on = entries[coming[0].entry_id].paid_on
    known = items.named_by(session, [one.payment for one in coming], on=on)
    ids = bulk.new_ids(session, IncomingPayment, len(coming))
    proposals = [match_exactly(one.payment, known.balances) for one in coming]
    over = {_item_of(one, known.balances) for one in proposals if one and one.over_ore}
    owed = beside.owed(session, over, on=on)
    booked = [
        _Booked(at, one, _parts(proposal, known, owed), proposal is not None)
        for at, one, proposal in zip(ids, coming, proposals, strict=True)
    ]
    vouchers = _post(session, booked, entries, by=by, now=now)
    _write_payments(session, booked, vouchers, entries, by=by, now=now)
    _write_allocations(session, booked, vouchers, on, by=by, now=now)
    return sum(one.is_matched for one in booked)


def _item_of(proposal: Proposal, balances: Balances) -> int:
    """The invoice of a payment that has one checked reference, whether or not anything was open on it."""
    return balances.by_ocr[proposal.payment.references[0].text].id


def _parts(proposal: Proposal | None, known: Items, owed: Mapping[int, Owed]) -> list[Part]:
    if proposal is None:
        return []
    facts = known.facts
    parts = [
        Part(Use.INVOICE, ore, facts[at].account, facts[at].text, at, facts[at].company_id)
        for at, ore in proposal.allocations
    ]
    if over := proposal.over_ore:
        at = _item_of(proposal, known.balances)
        late = beside.parts(owed.get(at), over, invoice_id=at, company_id=facts[at].company_id, about=facts[at].about)
        parts += late
        over -= sum(part.amount_ore for part in late)
    if over:
        text = "Överbetalning " + ", ".join(one.text for one in proposal.payment.references)
        parts.append(Part(Use.CREDIT, over, rules.CUSTOMER_CREDIT, text, None, proposal.customer_id))
    return parts


def _post(
    session: Session, booked: Sequence[_Booked], entries: Mapping[int, EntryFacts], *, by: int | None, now: datetime
) -> dict[int, int]:
    """A voucher for each deposit, or for this chunk of it; those that come to nothing at all have none."""
    of_entry: dict[int, list[_Booked]] = {}
    for one in booked:
        of_entry.setdefault(one.coming.entry_id, []).append(one)
    new = {}
    for entry_id, group in of_entry.items():
        entry = entries[entry_id]
        lines = rules.together(
            entry.ledger_account,
            [
                (money_ore(one.coming.payment), one.parts, "" if one.is_matched else _left_text(one.coming.payment))
                for one in group
            ],
        )
        if lines:
            text = f"Inbetalning {entry.account} {entry.serial}".strip()
            new[entry_id] = rules.voucher(
                entry.paid_on, text, lines, source=f"deposit:{entry_id}:{group[0].coming.position}",
                rule=rules.IMPORT_RULE, documents=entry.serial,
            )  # fmt: skip
    posted = post_many(session, list(new.values()), by=by, now=now) if new else []
    return {entry_id: voucher.id for entry_id, voucher in zip(new, posted, strict=True)}


def _left_text(payment: Payment) -> str:
    words = [payment.payer.name, *(one.text for one in payment.references), *payment.texts]
    return clean("Okänd inbetalning " + " ".join(filter(None, words)))


def _write_payments(
    session: Session, booked: Sequence[_Booked], vouchers: Mapping[int, int], entries: Mapping[int, EntryFacts], *,
    by: int | None, now: datetime,
) -> None:  # fmt: skip
    rows = []
    for public_id, one in zip(new_public_ids(len(booked)), booked, strict=True):
        payment, ore = one.coming.payment, money_ore(one.coming.payment)
        payer = payment.payer
        rows.append(
            (one.id, public_id, one.coming.entry_id, one.coming.position, payment.kind.value, ore, ore,
             payment.serial[:80], clean(f"{payer.name} {payer.extra_name}")[:140], payer.account[:40],
             payer.organisation_number[:20], _texts(payment), vouchers.get(one.coming.entry_id),
             entries[one.coming.entry_id].ledger_account)
        )  # fmt: skip
    on = entries[booked[0].coming.entry_id].paid_on
    bulk.add(session, IncomingPayment, PAYMENT_COLUMNS, rows, paid_on=on, set_aside_why="", made_by=by, made_at=now)


def _texts(payment: Payment) -> list[str]:
    texts = [one.text for one in payment.references] + list(payment.texts)
    return [clean(text)[:200] for text in texts[:MOST_TEXTS]]


def _write_allocations(
    session: Session, booked: Sequence[_Booked], vouchers: Mapping[int, int], on: date, *, by: int | None, now: datetime
) -> None:
    flat = [(one, part) for one in booked for part in one.parts]
    ids = bulk.new_ids(session, PaymentAllocation, len(flat))
    new = [
        NewSettlement(part.invoice_id, on, How.PAYMENT, part.amount_ore, f"allocation:{at}", _of(one, vouchers))
        for at, (one, part) in zip(ids, flat, strict=True)
        if part.use is Use.INVOICE and part.invoice_id is not None
    ]
    settled = iter(claims.settle_bulk(session, new, by=by, now=now)) if new else iter(())
    rows = [
        (at, one.id, part.use.value, part.invoice_id, next(settled) if part.use is Use.INVOICE else None,
         part.company_id, part.amount_ore, _of(one, vouchers))
        for at, (one, part) in zip(ids, flat, strict=True)
    ]  # fmt: skip
    bulk.add(session, PaymentAllocation, ALLOCATION_COLUMNS, rows, allocated_on=on, made_by=by, made_at=now)
    placed = ((at, part, _of(one, vouchers)) for at, (one, part) in zip(ids, flat, strict=True))
    beside.note(session, placed, on=on, by=by, now=now)


def _of(one: _Booked, vouchers: Mapping[int, int]) -> int | None:
    return vouchers.get(one.coming.entry_id)
