"""The papers of issued invoices, and the ways that they went out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import Base, HasPublicId
from infosoc.db.tenancy import TenantScoped

_UNPREPARED: dict[str, Any] = {
    "sqlite_where": text("prepared_at IS NULL"), "postgresql_where": text("prepared_at IS NULL"),
}  # fmt: skip


class InvoicePaper(TenantScoped, Base):
    """The one rendering of an invoice: where the file lies in the data folder, and its SHA-256. Final."""

    __tablename__ = "invoice_paper"
    __table_args__ = (
        UniqueConstraint("tenant_id", "invoice_id"),
        ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int]
    file: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int]
    made_at: Mapped[datetime]


class Delivery(HasPublicId, TenantScoped, Base):
    """One way that an invoice went out, or is to: by e-mail, as an e-invoice, or printed. The newest one counts.

    The message in the outbox may be gone before the invoice; no key holds it. Until `prepared_at` a worker has it
    before it. `checked` says of an e-invoice which layers of rules were asked, and what they said. The state of one by
    e-mail follows its message, and the invoice's follows this (migration 0013).
    """

    __tablename__ = "invoice_delivery"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        Index("ix_invoice_delivery_invoice", "tenant_id", "invoice_id", "id"),
        Index("ix_invoice_delivery_state", "tenant_id", "channel", "state", "id"),
        Index("ix_invoice_delivery_outbox", "outbox_id"),
        Index("ix_invoice_delivery_unprepared", "tenant_id", "id", **_UNPREPARED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default="created")
    recipient: Mapped[str] = mapped_column(String(254), default="")
    outbox_id: Mapped[int | None]
    receipt: Mapped[str] = mapped_column(String(120), default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    checked: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    prepared_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
