"""The accounts that customers pay to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class ReceivingAccount(HasPublicId, TenantScoped, Base):
    """A number that payments come to, from a day through a day, and the account of the chart that holds the money.

    Which of them invoices print stands in the settings; what was printed stands on each invoice. `number` is digits, or
    an IBAN.
    """

    __tablename__ = "receiving_account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "number"),
        CheckConstraint("valid_through >= valid_from", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(34))
    bic: Mapped[str] = mapped_column(String(11), default="")
    ledger_account: Mapped[int]
    valid_from: Mapped[date | None]
    valid_through: Mapped[date | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
