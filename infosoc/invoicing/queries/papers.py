"""Issued invoices by their number or address, with the paper that has been made of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from infosoc.documents.kept import Kept
from infosoc.invoicing.models import Invoice, InvoicePaper
from infosoc.invoicing.rules import archive
from infosoc.invoicing.rules.record import Invoice as Record
from infosoc.kernel.errors import NotFound
from infosoc.kernel.words import N_


class NoSuchNumber(NotFound):
    message = N_("There is no invoice with number %(number)s.")


@dataclass(frozen=True)
class Issued:
    """An issued invoice apart from its row: what is on it, and where its paper lies."""

    id: int
    public_id: str
    record: Record
    paper: Kept | None

    @property
    def number(self) -> str:
        return self.record.heading.number


def at(session: Session, public_id: str) -> Issued:
    """The invoice at this address."""
    found = _one(session, Invoice.public_id == public_id)
    if found is None:
        raise NotFound
    return found


def numbered(session: Session, number: int) -> Issued:
    """The invoice or credit note with this number."""
    found = _one(session, Invoice.number == number)
    if found is None:
        raise NoSuchNumber(number=number)
    return found


def has_number(session: Session, number: int) -> bool:
    """Whether the company has issued an invoice or credit note with this number."""
    return session.scalar(select(Invoice.id).where(Invoice.number == number)) is not None


def with_id(session: Session, invoice_id: int) -> Issued:
    """The invoice with this internal id."""
    found = _one(session, Invoice.id == invoice_id)
    if found is None:
        raise NotFound
    return found


def paper(session: Session, invoice_id: int) -> Kept | None:
    """Where the paper lies, if it has been made."""
    columns = (InvoicePaper.file, InvoicePaper.sha256, InvoicePaper.size)
    row = session.execute(select(*columns).where(InvoicePaper.invoice_id == invoice_id)).one_or_none()
    return Kept(*row) if row else None


def _one(session: Session, which: ColumnElement[bool]) -> Issued | None:
    query = select(
        Invoice.id, Invoice.public_id, Invoice.record, InvoicePaper.file, InvoicePaper.sha256, InvoicePaper.size
    ).outerjoin(InvoicePaper, InvoicePaper.invoice_id == Invoice.id)
    row = session.execute(query.where(which)).one_or_none()
    if row is None:
        return None
    at, public_id, record, file, sha256, size = row
    return Issued(at, public_id, archive.from_json(record), Kept(file, sha256, size) if file else None)
