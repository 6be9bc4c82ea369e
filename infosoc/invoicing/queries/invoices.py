"""Invoices as they are read: the list with its filters, orders and sums, and those of a company."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased, load_only

from infosoc.crm.models.companies import Company
from infosoc.crm.queries.companies import AFTER
from infosoc.invoicing.models import Invoice, Settlement
from infosoc.kernel.money import NotAnAmount, parse_ore
from infosoc.kernel.text import sort_key

PAGE = 50
EXPORTED_AT_A_TIME = 1000
ALL, OPEN, OVERDUE, PAID, CREDITED, UNDELIVERED = "all", "open", "overdue", "paid", "credited", "undelivered"
SHOWN = (ALL, OPEN, OVERDUE, PAID, CREDITED, UNDELIVERED)
ON_THE_WAY = ("created", "failed")
# What a list is sorted by, each with the number after it, and whether the largest come first unless asked otherwise.
ORDERS: dict[str, tuple[Any, bool]] = {
    "number": (Invoice.number, True), "date": (Invoice.issued_on, True), "due": (Invoice.due_on, False),
    "buyer": (Invoice.buyer_sort, False), "amount": (Invoice.payable_ore, True),
}  # fmt: skip
COLUMNS = (
    Invoice.id, Invoice.public_id, Invoice.kind, Invoice.number, Invoice.issued_on, Invoice.due_on, Invoice.ocr,
    Invoice.buyer_name, Invoice.buyer_sort, Invoice.net_ore, Invoice.vat_ore, Invoice.payable_ore, Invoice.open_ore,
    Invoice.settled_on, Invoice.delivery, Invoice.delivery_state, Invoice.company_id,
)  # fmt: skip
# Literals, not parameters: the indexes of open claims and of OCR numbers answer to nothing else.
IS_OPEN = Invoice.open_ore != literal_column("0")
HAS_OCR = Invoice.ocr != literal_column("''")
_DIGITS = re.compile(r"\d{1,25}")


@dataclass(frozen=True)
class InvoiceFilter:
    """What of the invoices is shown, and in which order. Nothing chosen is everything."""

    show: str = ALL
    company: str = ""
    first: date | None = None
    last: date | None = None
    words: str = ""
    order: str = "number"
    is_turned: bool = False

    @property
    def is_falling(self) -> bool:
        return ORDERS[self.order][1] != self.is_turned


@dataclass(frozen=True)
class InvoicePage:
    """A page of the list, and the mark after which the next one begins."""

    rows: list[Invoice]
    after: str


@dataclass(frozen=True)
class Sums:
    """What everything within a filter comes to, in öre."""

    count: int
    net_ore: int
    payable_ore: int
    open_ore: int


def page(session: Session, wanted: InvoiceFilter, after: str, *, today: date, limit: int = PAGE) -> InvoicePage:
    """A page of the invoices: one statement, however deep."""
    query = _ordered(_narrowed(select(Invoice), wanted, today), wanted, after)
    rows = list(session.scalars(query.options(load_only(*COLUMNS)).limit(limit + 1)))
    last = rows[limit - 1] if len(rows) > limit else None
    return InvoicePage(rows[:limit], _mark(last, wanted) if last is not None else "")


def every(session: Session, wanted: InvoiceFilter, *, today: date) -> Iterator[Invoice]:
    """All invoices of a filter, read a thousand at a time."""
    after = ""
    while True:
        found = page(session, wanted, after, today=today, limit=EXPORTED_AT_A_TIME)
        yield from found.rows
        after = found.after
        if not after:
            return
        session.expunge_all()


def sums(session: Session, wanted: InvoiceFilter, *, today: date) -> Sums:
    """What the filter comes to. It reads every row of it, so pages ask for it by themselves."""
    amounts = (Invoice.net_ore, Invoice.payable_ore, Invoice.open_ore)
    columns: list[Any] = [func.count(), *(func.coalesce(func.sum(one), 0) for one in amounts)]
    query: Any = select(*columns).select_from(Invoice)
    row = session.execute(_narrowed(query, wanted, today)).one()
    return Sums(*(int(one) for one in row))


def _ordered(query: Select[Any], wanted: InvoiceFilter, after: str) -> Select[Any]:
    falling = wanted.is_falling
    columns = [Invoice.number] if wanted.order == "number" else [ORDERS[wanted.order][0], Invoice.number]
    if (mark := _read_mark(after, wanted)) is not None:
        here, there = tuple_(*columns), mark[-len(columns) :]
        query = query.where(here < there if falling else here > there)
    return query.order_by(*(one.desc() if falling else one.asc() for one in columns))


def _mark(invoice: Invoice, wanted: InvoiceFilter) -> str:
    value = getattr(invoice, ORDERS[wanted.order][0].key)
    return f"{invoice.number}.{value.isoformat() if isinstance(value, date) else value}"


def _read_mark(text: str, wanted: InvoiceFilter) -> tuple[Any, ...] | None:
    """The row that a page begins after; what is no such mark begins at the beginning."""
    number, _, value = text.partition(".")
    if not _DIGITS.fullmatch(number) or len(number) > 12:
        return None
    reading: dict[str, Callable[[str], Any]] = {"date": date.fromisoformat, "due": date.fromisoformat, "buyer": str}
    try:
        return reading.get(wanted.order, _whole)(value), int(number)
    except ValueError:
        return None


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,16}", text):
        raise ValueError(text)
    return int(text)


def _narrowed(query: Select[Any], wanted: InvoiceFilter, today: date) -> Select[Any]:
    if wanted.show != ALL:
        query = query.where(_shown(wanted.show, today))
    if wanted.company:
        query = query.where(Invoice.company_id.in_(select(Company.id).where(Company.public_id == wanted.company)))
    if wanted.first:
        query = query.where(Invoice.issued_on >= wanted.first)
    if wanted.last:
        query = query.where(Invoice.issued_on <= wanted.last)
    return query.where(_answers(wanted.words.strip())) if wanted.words.strip() else query


def _shown(show: str, today: date) -> ColumnElement[bool]:
    if show == OPEN:
        return IS_OPEN
    if show == OVERDUE:
        return and_(IS_OPEN, Invoice.open_ore > 0, Invoice.due_on < today)
    if show == PAID:
        paid = select(Settlement.id).where(Settlement.invoice_id == Invoice.id, Settlement.kind == "payment")
        return and_(Invoice.open_ore == 0, Invoice.payable_ore > 0, paid.exists())
    if show == CREDITED:
        note = aliased(Invoice)
        return Invoice.id.in_(select(note.credits_id).where(note.credits_id.is_not(None)))
    return Invoice.delivery_state.in_(ON_THE_WAY)


def _answers(words: str) -> ColumnElement[bool]:
    """By the buyer's name as it begins; by number, OCR or amount where it is one."""
    key = sort_key(words)
    ways: list[ColumnElement[bool]] = []
    if key:
        ways.append(and_(Invoice.buyer_sort >= key, Invoice.buyer_sort < key + AFTER))
    digits = re.sub(r"\s", "", words)
    if _DIGITS.fullmatch(digits):
        ways.append(and_(Invoice.ocr == digits, HAS_OCR))
        if len(digits) <= 12:
            ways.append(Invoice.number == int(digits))
    with contextlib.suppress(NotAnAmount):
        ways.append(Invoice.payable_ore == parse_ore(words))
    if not ways:
        return Invoice.id.is_(None)
    # Each way by an index of its own, and not by a walk through all invoices.
    return Invoice.id.in_(union_all(*(select(Invoice.id).where(way) for way in ways)))


# ---- a company -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CompanyInvoices:
    """What a company owes us, of that what is late, and its newest invoices."""

    open_ore: int
    overdue_ore: int
    newest: list[Invoice]


def of_company(session: Session, company_id: int, *, today: date, most: int = 5) -> CompanyInvoices:
    """The panel of a company's page: two statements."""
    late = func.sum(Invoice.open_ore).filter(Invoice.due_on < today, Invoice.open_ore > 0)
    owed = select(func.coalesce(func.sum(Invoice.open_ore), 0), func.coalesce(late, 0))
    row = session.execute(owed.where(Invoice.company_id == company_id, IS_OPEN)).one()
    query = select(Invoice).where(Invoice.company_id == company_id).options(load_only(*COLUMNS))
    newest = query.order_by(Invoice.issued_on.desc(), Invoice.number.desc()).limit(most)
    return CompanyInvoices(int(row[0]), int(row[1]), list(session.scalars(newest)))
