"""Issuing: the one way in which an invoice comes to be, for a person's single one and for a chunk of a billing run.

Number, voucher, invoice, lines and claim are written in one transaction, or none of them (ML 17 kap. 24 § 2: the
number is unique and unbroken). The same `source` gives the invoice that is there; a period of an agreement's line that
has been invoiced is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.invoicing.models import Delivery, Invoice, InvoicedCharge, InvoiceLine
from infosoc.invoicing.rules import archive, posting
from infosoc.invoicing.rules import record as records
from infosoc.invoicing.rules.posting import Accounts
from infosoc.invoicing.rules.record import Invoice as Record
from infosoc.invoicing.rules.record import Row
from infosoc.kernel.errors import Refused
from infosoc.kernel.public_id import new_public_ids
from infosoc.kernel.text import sort_key
from infosoc.kernel.words import N_
from infosoc.ledger.commands.numbers import take_numbers
from infosoc.ledger.commands.posting import post_many

NUMBERS, SERIES = "invoice", "F"
CREATED = "created"
INVOICE_COLUMNS = (
    "id", "public_id", "kind", "number", "company_id", "agreement_id", "run_id", "credits_id", "source", "issued_on",
    "due_on", "ocr", "buyer_name", "buyer_sort", "language", "net_ore", "vat_ore", "payable_ore", "claim_account",
    "record", "record_hash", "voucher_id", "open_ore", "settled_on", "delivery", "delivery_state",
)  # fmt: skip
LINE_COLUMNS = (
    "invoice_id", "position", "issued_on", "text", "net_ore", "vat_code", "account", "deferral_account", "period_start",
    "period_end",
)  # fmt: skip
CHARGE_COLUMNS = ("agreement_line_id", "period_on", "invoice_id", "net_ore")
DELIVERY_COLUMNS = ("public_id", "invoice_id", "channel", "state", "recipient", "receipt", "problem")


class AlreadyInvoiced(Refused):
    message = N_("The period from %(day)s has been invoiced already.")


@dataclass(frozen=True)
class Charged:
    """A period of an agreement's line that goes onto an invoice; `period_on` is the first day of the whole period."""

    agreement_line_id: int
    period_on: date
    net_ore: int


@dataclass(frozen=True)
class NewInvoice:
    """What is to be issued: a record that has been checked (`rules.record.made`), still without its number."""

    source: str
    company_id: int
    record: Record
    accounts: Accounts
    delivery: str
    recipient: str = ""
    agreement_id: int | None = None
    run_id: int | None = None
    credits_id: int | None = None
    charges: tuple[Charged, ...] = ()


@dataclass(frozen=True)
class Issued:
    """An invoice that has come to be: where it is, and its record with the number."""

    id: int
    public_id: str
    record: Record
    was_there: bool = False


def issue(session: Session, new: NewInvoice, *, by: int | None, now: datetime) -> Issued:
    """Issue one."""
    return issue_many(session, [new], by=by, now=now)[0]


def issue_many(session: Session, new: Sequence[NewInvoice], *, by: int | None, now: datetime) -> list[Issued]:
    """Issue a chunk in the order given; what has been issued before comes back as it is."""
    audit.take_turn(session)  # nobody else of the tenant issues or posts until this commits
    there = _there(session, [one.source for one in new])
    coming = list({one.source: one for one in new if one.source not in there}.values())
    if coming:
        _refuse_charged(session, [charge for one in coming for charge in one.charges])
        there |= _write(session, coming, by=by, now=now)
    return [there[one.source] for one in new]


def _there(session: Session, sources: list[str]) -> dict[str, Issued]:
    query = select(Invoice.source, Invoice.id, Invoice.public_id, Invoice.record).where(Invoice.source.in_(sources))
    return {
        source: Issued(at, public_id, archive.from_json(text), was_there=True)
        for source, at, public_id, text in session.execute(query)
    }


def _refuse_charged(session: Session, charges: list[Charged]) -> None:
    """The key of the table would stop it too, but not say which period it is."""
    if not charges:
        return
    keys = {(one.agreement_line_id, one.period_on) for one in charges}
    days = [one.period_on for one in charges]
    query = select(InvoicedCharge.agreement_line_id, InvoicedCharge.period_on).where(
        InvoicedCharge.agreement_line_id.in_({line for line, _ in keys}),
        InvoicedCharge.period_on.between(min(days), max(days)),
    )
    if twice := keys & {(line, day) for line, day in session.execute(query)}:
        raise AlreadyInvoiced(day=min(day for _, day in twice).isoformat())


def _write(session: Session, new: list[NewInvoice], *, by: int | None, now: datetime) -> dict[str, Issued]:
    numbers = take_numbers(session, NUMBERS, SERIES, len(new))
    numbered = [records.numbered(one.record, number) for one, number in zip(new, numbers, strict=True)]
    vouchers = _post(session, list(zip(new, numbered, strict=True)), by=by, now=now)
    ids = bulk.new_ids(session, Invoice, len(new))
    public_ids = new_public_ids(2 * len(new))
    made = [Issued(*one) for one in zip(ids, public_ids[: len(new)], numbered, strict=True)]
    rows = [
        _invoice_row(one, issued, number, vouchers.get(number))
        for one, issued, number in zip(new, made, numbers, strict=True)
    ]
    bulk.add(session, Invoice, INVOICE_COLUMNS, rows, series=SERIES, issued_at=now, issued_by=by)
    bulk.add(session, InvoiceLine, LINE_COLUMNS, [
        row for one, issued in zip(new, made, strict=True) for row in _line_rows(issued, one.accounts)
    ])  # fmt: skip
    charged = [(charge, issued) for one, issued in zip(new, made, strict=True) for charge in one.charges]
    bulk.add(session, InvoicedCharge, CHARGE_COLUMNS, [
        (charge.agreement_line_id, charge.period_on, issued.id, charge.net_ore) for charge, issued in charged
    ])  # fmt: skip
    bulk.add(session, Delivery, DELIVERY_COLUMNS, [
        (public_id, issued.id, one.delivery, CREATED, one.recipient, "", "")
        for public_id, one, issued in zip(public_ids[len(new) :], new, made, strict=True)
    ], made_by=by, made_at=now, changed_at=now)  # fmt: skip
    deeds = [(_deed(issued.record), "invoice", issued.id, []) for issued in made]
    audit.record_bulk(session, deeds, by=by)
    return {one.source: issued for one, issued in zip(new, made, strict=True)}


def _deed(record: Record) -> str:
    return "credit note issued" if record.is_credit_note else "invoice issued"


def _post(session: Session, new: list[tuple[NewInvoice, Record]], *, by: int | None, now: datetime) -> dict[int, int]:
    """The voucher of each by its number; what comes to nothing has none."""
    vouchers = {}
    for one, record in new:
        source = f"invoice:{SERIES}{record.heading.number}"
        made = posting.voucher(record, source=source, accounts=one.accounts, text=_text(record))
        if made.lines:
            vouchers[int(record.heading.number)] = made
    posted = post_many(session, list(vouchers.values()), by=by, now=now)
    return {number: voucher.id for number, voucher in zip(vouchers, posted, strict=True)}


def _text(record: Record) -> str:
    word = "Kreditfaktura" if record.is_credit_note else "Faktura"
    return f"{word} {record.heading.number} {record.buyer.name}"


def _invoice_row(one: NewInvoice, issued: Issued, number: int, voucher_id: int | None) -> tuple[object, ...]:
    record = issued.record
    sign = -1 if record.is_credit_note else 1
    text = archive.to_json(record)
    payable = sign * record.payable_ore
    return (
        issued.id, issued.public_id, record.heading.kind.value, number, one.company_id, one.agreement_id, one.run_id,
        one.credits_id, one.source, record.heading.issued_on, record.terms.due_on, record.terms.ocr, record.buyer.name,
        sort_key(record.buyer.name), record.heading.language, sign * record.net_ore, sign * record.vat_ore, payable,
        one.accounts.receivable, text, hashlib.sha256(text.encode()).digest(), voucher_id, payable,
        None if payable else record.heading.issued_on, one.delivery, CREATED,
    )  # fmt: skip


def _line_rows(issued: Issued, accounts: Accounts) -> list[tuple[object, ...]]:
    record, day = issued.record, issued.record.heading.issued_on
    sign = -1 if record.is_credit_note else 1
    return [
        (issued.id, at, day, row.text[:200], sign * row.net_ore, row.vat_code, row.account,
         _deferral_account(row, record, accounts), row.period_start, row.period_end)
        for at, row in enumerate(record.lines, 1)
    ]  # fmt: skip


def _deferral_account(row: Row, record: Record, accounts: Accounts) -> int | None:
    """The account that something of the row was moved to; none where all of it is earned at once."""
    return row.deferral_account if posting.deferred(row, record, accounts) else None
