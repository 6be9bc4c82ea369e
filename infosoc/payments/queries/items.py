"""Open items: the invoices that payments name, read for a chunk of payments at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Executable, select, union_all
from sqlalchemy.orm import Session

from infosoc.db import prepared
from infosoc.db.within import packed, within_bound
from infosoc.invoicing.models import Invoice
from infosoc.invoicing.queries.invoices import HAS_OCR
from infosoc.invoicing.rules.record import Kind
from infosoc.payments.open_items import Balances, ItemKind, OpenItem
from infosoc.payments.readers.records import Payment, PaymentKind, ReferenceKind

_COLUMNS = (
    Invoice.id, Invoice.kind, Invoice.number, Invoice.company_id, Invoice.open_ore, Invoice.due_on, Invoice.ocr,
    Invoice.credits_id, Invoice.claim_account, Invoice.buyer_name,
)  # fmt: skip
LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What a voucher says of an item."""

    number: int
    account: int
    company_id: int
    buyer: str
    is_credit: bool

    @property
    def text(self) -> str:
        return f"{'Kreditfaktura' if self.is_credit else 'Faktura'} {self.number} {self.buyer}"

    @property
    def about(self) -> str:
        """What costs and interest of it are about."""
        return f"faktura {self.number} {self.buyer}"


@dataclass
class Items:
    """What is open on the invoices that some payments name."""

    balances: Balances
    facts: dict[int, ItemFacts]


def named_by(
    session: Session, payments: Sequence[Payment], *, on: date, taken: Mapping[int, int] | None = None
) -> Items:
    """The invoices that checked references name, with their credit notes, as far as they were issued by a day.

    `taken` is what others, not written yet, have used of each.
    """
    checked = {
        one.text for payment in payments for one in payment.references if one.kind is ReferenceKind.CHECKED
    }  # fmt: skip
    rows = _found(session, "ocr", checked, on) if checked else []
    notes = _found(session, "credits_id", [row[0] for row in rows], on) if rows else []
    if numbers := _credit_numbers(payments):
        notes += _found(session, "number", numbers, on)
    there = {row[0]: row for row in rows}
    rows += {row[0]: row for row in notes if row[0] not in there}.values()
    return items_of(rows, taken or {})


def items_of(rows: Iterable[Any], taken: Mapping[int, int]) -> Items:
    items, facts = [], {}
    for at, kind, number, company_id, open_ore, due_on, ocr, credits_id, account, buyer in rows:
        is_credit = kind == Kind.CREDIT_NOTE.value
        item_kind = ItemKind.CREDIT if is_credit else ItemKind.INVOICE
        left = abs(open_ore) - taken.get(at, 0)
        items.append(OpenItem(at, item_kind, str(number), company_id, left, due_on, ocr, credits_id))
        facts[at] = ItemFacts(number, account, company_id, buyer, is_credit)
    return Items(Balances(items), facts)


def open_rows(session: Session, ways: Iterable[ColumnElement[bool]], *, limit: int) -> list[Any]:
    """Rows for `items_of`, of open invoices that answer to any of these; of each the oldest, up to a limit."""
    # Each for itself, by its own index; in the order of the days of issue, which those indexes can tell.
    found = [
        select(
            select(*_COLUMNS).where(way, Invoice.open_ore != 0).order_by(Invoice.issued_on, Invoice.id).limit(limit)
            .subquery()
        )
        for way in ways
    ]  # fmt: skip
    rows = {row.id: row for row in session.execute(union_all(*found))}
    return sorted(rows.values(), key=lambda row: (row.due_on, row.id))


def _found(session: Session, column: str, values: Iterable[Any], on: date) -> list[Any]:
    """The invoices with one of these values, issued by a day; credit notes alone but where the value is a reference."""

    def query() -> Executable:
        asked = select(*_COLUMNS).where(
            within_bound(session, getattr(Invoice, column), "given"), Invoice.issued_on <= prepared.bound("on", Date())
        )
        # The index of references is a partial one: it is used where the statement itself says that there is one.
        is_wanted = HAS_OCR if column == "ocr" else Invoice.kind == Kind.CREDIT_NOTE.value
        return asked.where(is_wanted)

    return prepared.rows(session, ("items", column), query, {"given": packed(session, values), "on": on})


def _credit_numbers(payments: Iterable[Payment]) -> set[int]:
    """Numbers by which a deduction, or a reference to a credit note, may name it."""
    return {
        int(one.text)
        for payment in payments
        for one in payment.references
        if (one.is_credit or payment.kind is PaymentKind.DEDUCTION)
        and one.text.isascii() and one.text.isdigit() and len(one.text) <= LONGEST_NUMBER
    }  # fmt: skip
