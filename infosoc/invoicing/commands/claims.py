"""Settling claims: whatever lowers what a customer owes, or uses up a credit note, is one row here.

The voucher that books a settlement has the settlement's own day, so that the customer ledger of any day is the balance
of the claim accounts on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk, prepared
from infosoc.db.within import packed, within_bound
from infosoc.invoicing.models import Invoice, Settlement
from infosoc.kernel.errors import Refused
from infosoc.kernel.money import print_ore
from infosoc.kernel.public_id import new_public_ids
from infosoc.kernel.words import N_

T = TypeVar("T")


class How(StrEnum):
    """What lowers a claim."""

    PAYMENT = "payment"
    CREDIT = "credit"
    WRITE_OFF = "write_off"


HOW_LABELS = {How.PAYMENT: N_("Payment"), How.CREDIT: N_("Credit note"), How.WRITE_OFF: N_("Written off")}


class MoreThanLeft(Refused):
    message = N_("There is %(left)s kr left of invoice %(number)s.")


class BeforeIssued(Refused):
    message = N_("Invoice %(number)s was issued on %(day)s; it cannot be settled on a day before that.")


class AlreadyUndone(Refused):
    message = N_("This has already been reverted.")


class _Claim(NamedTuple):
    """What must be known of an invoice before its claim is lowered."""

    id: int
    number: int
    issued_on: date
    payable_ore: int
    open_ore: int


@dataclass(frozen=True, slots=True)
class NewSettlement:
    """Positive for what lowers an invoice, negative for what uses up a credit note.

    `source` tells it from all others.
    """

    invoice_id: int
    settled_on: date
    how: How
    amount_ore: int
    source: str
    voucher_id: int | None = None
    undoes_id: int | None = None


def settle(session: Session, new: Sequence[NewSettlement], *, by: int | None, now: datetime) -> list[Settlement]:
    """Write settlements; those whose source is there come back as they are. Raises before anything is written."""
    audit.take_turn(session)
    sources = [one.source for one in new]
    there = {one.source: one for one in session.scalars(select(Settlement).where(Settlement.source.in_(sources)))}
    coming = list({one.source: one for one in new if one.source not in there}.values())
    claims = _checked(session, coming)
    for some in _rounds(coming, lambda one: one.invoice_id):
        for one in some:
            there[one.source] = Settlement(
                invoice_id=one.invoice_id, settled_on=one.settled_on, kind=one.how.value, amount_ore=one.amount_ore,
                source=one.source, voucher_id=one.voucher_id, undoes_id=one.undoes_id, made_by=by, made_at=now,
            )  # fmt: skip
            session.add(there[one.source])
        session.flush()
    for claim in claims:
        session.expire(claim, ["open_ore", "settled_on"])  # the database has lowered it
    deeds = [("claim settled" if not one.undoes_id else "settlement taken back", "invoice", one.invoice_id, [])
             for one in coming]  # fmt: skip
    audit.record_bulk(session, deeds, by=by)
    return [there[source] for source in sources]


SETTLEMENT_COLUMNS = (
    "id", "public_id", "invoice_id", "settled_on", "kind", "amount_ore", "source", "voucher_id", "undoes_id",
)  # fmt: skip


def settle_bulk(session: Session, new: Sequence[NewSettlement], *, by: int | None, now: datetime) -> list[int]:
    """Write very many at once, none of which is there yet: like `settle`, without an object of each. Returns ids.

    Invoices that the session holds are not brought up to date: whoever calls it has none.
    """
    audit.take_turn(session)
    given = packed(session, {one.invoice_id for one in new})
    found = prepared.rows(session, "claims", lambda: _claims_query(session), {"given": given})
    _check({row[0]: _Claim(*row) for row in found}, new)
    ids = bulk.new_ids(session, Settlement, len(new))
    rows = [
        (at, public_id, one.invoice_id, one.settled_on, one.how.value, one.amount_ore, one.source,
         one.voucher_id, one.undoes_id)
        for at, public_id, one in zip(ids, new_public_ids(len(new)), new, strict=True)
    ]  # fmt: skip
    for some in _rounds(rows, lambda row: row[2]):
        bulk.add(session, Settlement, SETTLEMENT_COLUMNS, some, made_by=by, made_at=now)
    audit.record_bulk(session, [("claim settled", "invoice", one.invoice_id, []) for one in new], by=by)
    return ids


def _claims_query(session: Session) -> Select[int, int, date, int, int]:
    query = select(Invoice.id, Invoice.number, Invoice.issued_on, Invoice.payable_ore, Invoice.open_ore)
    return query.where(within_bound(session, Invoice.id, "given"))


def undo(
    session: Session, settlement: Settlement, *, on: date, voucher_id: int | None, by: int | None, now: datetime
) -> Settlement:
    """Take a settlement back by its opposite."""
    if session.scalar(select(Settlement.id).where(Settlement.undoes_id == settlement.id)):
        raise AlreadyUndone
    opposite = NewSettlement(
        settlement.invoice_id, on, How(settlement.kind), -settlement.amount_ore, f"undo:{settlement.source}"[:120],
        voucher_id, settlement.id,
    )  # fmt: skip
    return settle(session, [opposite], by=by, now=now)[0]


def _rounds(rows: Sequence[T], invoice_of: Callable[[T], Any]) -> list[list[T]]:
    """The rows in as many parts as there are settlements of one invoice: a statement lowers each claim once.

    PostgreSQL fires its triggers when all rows of a statement are there, and each looks at the sum of them.
    """
    rounds: list[list[T]] = []
    seen: dict[Any, int] = {}
    for row in rows:
        at = seen.get(invoice_of(row), 0)
        seen[invoice_of(row)] = at + 1
        if at == len(rounds):
            rounds.append([])
        rounds[at].append(row)
    return rounds


def _checked(session: Session, new: Sequence[NewSettlement]) -> list[Invoice]:
    """No claim is lowered beyond nothing, nor raised beyond what it was, nor before it was there."""
    query = select(Invoice).where(Invoice.id.in_([one.invoice_id for one in new]))
    invoices = {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}
    _check(invoices, new)
    return list(invoices.values())


def _check(invoices: Mapping[int, Any], new: Sequence[NewSettlement]) -> None:
    left = {at: one.open_ore for at, one in invoices.items()}
    for one in new:
        invoice = invoices[one.invoice_id]
        if one.settled_on < invoice.issued_on:
            raise BeforeIssued(number=invoice.number, day=invoice.issued_on.isoformat())
        before = left[invoice.id]
        left[invoice.id] = before - one.amount_ore
        low, high = sorted((0, invoice.payable_ore))
        if not low <= left[invoice.id] <= high:
            raise MoreThanLeft(left=print_ore(before), number=invoice.number)
