"""Writing down where the paper of an invoice lies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.documents.kept import Kept
from infosoc.invoicing.models import InvoicePaper


def note(session: Session, made: Sequence[tuple[int, Kept]], *, now: datetime) -> None:
    """Write down the papers of invoices; where somebody else has been first, that one stands."""
    ids = [invoice_id for invoice_id, _ in made]
    there = set(session.scalars(select(InvoicePaper.invoice_id).where(InvoicePaper.invoice_id.in_(ids))))
    session.add_all(
        InvoicePaper(invoice_id=invoice_id, file=kept.file, sha256=kept.sha256, size=kept.size, made_at=now)
        for invoice_id, kept in made
        if invoice_id not in there
    )
