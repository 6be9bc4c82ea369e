"""One invoice with everything that its page shows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased, joinedload, load_only

from infosoc.accounts.models import User
from infosoc.invoicing.models import Invoice, Settlement
from infosoc.invoicing.queries.deliveries import Sent, of_invoice
from infosoc.invoicing.queries.invoices import COLUMNS
from infosoc.invoicing.rules import archive
from infosoc.invoicing.rules.record import Invoice as Record
from infosoc.kernel.errors import NotFound
from infosoc.ledger.models import Voucher
from infosoc.subscriptions.models import Agreement


@dataclass(frozen=True)
class Lowered:
    """One settlement of the claim, with the voucher that booked it and who made it."""

    settlement: Settlement
    voucher: Voucher | None
    by: str
    is_undone: bool


@dataclass(frozen=True)
class InvoiceCard:
    """An invoice, its record, and what has become of it. `credited_ore` is how much of it is credited."""

    invoice: Invoice
    record: Record
    by: str
    voucher: Voucher | None
    agreement: tuple[int, str] | None
    settlements: list[Lowered]
    deliveries: list[Sent]
    original: Invoice | None
    credit_notes: list[Invoice]

    @property
    def credited_ore(self) -> int:
        return -sum(one.payable_ore for one in self.credit_notes)

    @property
    def may_be_credited(self) -> bool:
        return self.invoice.payable_ore > 0 and self.credited_ore < self.invoice.payable_ore


def invoice_at(session: Session, public_id: str) -> Invoice:
    """The invoice at an address; raises NotFound."""
    found = session.scalar(select(Invoice).where(Invoice.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def card(session: Session, public_id: str) -> InvoiceCard:
    """The invoice at an address: four statements."""
    query = (
        select(Invoice, User.name, Voucher, Agreement.number, Agreement.public_id)
        .outerjoin(User, User.id == Invoice.issued_by)
        .outerjoin(Voucher, Voucher.id == Invoice.voucher_id)
        .outerjoin(Agreement, Agreement.id == Invoice.agreement_id)
        .where(Invoice.public_id == public_id)
        .options(joinedload(Invoice.company))
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    invoice, by, voucher, number, address = found
    linked = _linked(session, invoice)
    return InvoiceCard(
        invoice, archive.from_json(invoice.record), by or "", voucher, (number, address) if number else None,
        _settlements(session, invoice.id), of_invoice(session, invoice.id),
        next((one for one in linked if one.id == invoice.credits_id), None),
        [one for one in linked if one.id != invoice.credits_id],
    )  # fmt: skip


def _settlements(session: Session, invoice_id: int) -> list[Lowered]:
    """What has lowered the claim, in the order of its days."""
    query = (
        select(Settlement, Voucher, User.name)
        .outerjoin(Voucher, Voucher.id == Settlement.voucher_id)
        .outerjoin(User, User.id == Settlement.made_by)
        .where(Settlement.invoice_id == invoice_id)
        .order_by(Settlement.settled_on, Settlement.id)
    )
    rows = [(one, voucher, by) for one, voucher, by in session.execute(query)]
    undone = {one.undoes_id for one, _, _ in rows}
    return [Lowered(one, voucher, by or "", one.id in undone) for one, voucher, by in rows]


def _linked(session: Session, invoice: Invoice) -> list[Invoice]:
    """The invoice that this one credits, and the credit notes of this one."""
    other = aliased(Invoice)
    wanted = or_(other.credits_id == invoice.id, other.id == (invoice.credits_id or 0))
    columns = [getattr(other, one.key) for one in COLUMNS]
    return list(session.scalars(select(other).where(wanted).options(load_only(*columns)).order_by(other.number)))
