"""Bank files with their entries, the payments that came, and what each of them was used for.

A payment and its allocations are final: the database refuses every change of what was booked (migration 0011). What is
left of a payment is its amount less its allocations, kept by the database itself. Money out is negative.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped
from infosoc.payments.rules import BANK

_LEFT: dict[str, Any] = {"sqlite_where": text("left_ore <> 0"), "postgresql_where": text("left_ore <> 0")}
_HAS_ACCOUNT: dict[str, Any] = {
    "sqlite_where": text("payer_account <> ''"), "postgresql_where": text("payer_account <> ''"),
}  # fmt: skip
_OF_COMPANY: dict[str, Any] = {
    "sqlite_where": text("company_id IS NOT NULL"), "postgresql_where": text("company_id IS NOT NULL"),
}  # fmt: skip
_OF_INVOICE: dict[str, Any] = {
    "sqlite_where": text("invoice_id IS NOT NULL"), "postgresql_where": text("invoice_id IS NOT NULL"),
}  # fmt: skip
_LUMP: dict[str, Any] = {"sqlite_where": text("payments = 0"), "postgresql_where": text("payments = 0")}
_STANDS: dict[str, Any] = {
    "sqlite_where": text("undone_at IS NULL"), "postgresql_where": text("undone_at IS NULL"),
}  # fmt: skip
_TIED: dict[str, Any] = {"sqlite_where": text("other_id IS NOT NULL"), "postgresql_where": text("other_id IS NOT NULL")}
_TAKES: dict[str, Any] = {"sqlite_where": text("takes = 1"), "postgresql_where": text("takes")}


class BankFile(HasPublicId, TenantScoped, Base):
    """A file from the bank as it came (compressed), what it holds by its own words, and how far it has been booked.

    `taken` of `total` payments have been gone through; both are set when the booking begins.
    """

    __tablename__ = "bank_file"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index("ix_bank_file_newest", "tenant_id", "made_at", "id"),
        Index("ix_bank_file_hash", "tenant_id", "sha256"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    format: Mapped[str] = mapped_column(String(10))
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="read")
    taken: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]


class BankEntry(TenantScoped, Base):
    """A deposit of BgMax or an entry of an account in camt: money that came to our account on one day. Final.

    The same money may be told of by several files: their entries have one `group_id`, and of these one alone `takes`
    its payments. `key` is what the format itself tells it by, `ledger_account` the account of ours that it came to.
    """

    __tablename__ = "bank_entry"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "file_id", "section"),
        UniqueConstraint("tenant_id", "key"),
        ForeignKeyConstraint(["tenant_id", "file_id"], ["bank_file.tenant_id", "bank_file.id"]),
        ForeignKeyConstraint(["tenant_id", "group_id"], ["bank_entry.tenant_id", "bank_entry.id"]),
        Index("uq_bank_entry_takes", "tenant_id", "group_id", unique=True, **_TAKES),
        Index("ix_bank_entry_group", "tenant_id", "group_id"),
        Index("ix_bank_entry_day", "tenant_id", "paid_on", "id"),
        Index("ix_bank_entry_lump", "tenant_id", "paid_on", "id", **_LUMP),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int]
    section: Mapped[int]
    line: Mapped[int]
    format: Mapped[str] = mapped_column(String(10))
    account: Mapped[str] = mapped_column(String(60))
    serial: Mapped[str] = mapped_column(String(80))
    paid_on: Mapped[date]
    amount_ore: Mapped[int]
    payments: Mapped[int]
    checked: Mapped[int]
    amounts_digest: Mapped[str] = mapped_column(String(16))
    references_digest: Mapped[str] = mapped_column(String(16))
    key: Mapped[str | None] = mapped_column(String(200))
    group_id: Mapped[int]
    takes: Mapped[bool] = mapped_column(Boolean)
    ledger_account: Mapped[int] = mapped_column(default=BANK)


class IncomingPayment(HasPublicId, TenantScoped, Base):
    """One payment, from a file or written down by hand. Final, but for what is left of it and whether it is set aside.

    A deduction, and what we pay out, is negative. `account` is the ledger account that the money came to; what nobody
    has found an owner for yet stands on the clearing account. `texts` are references and words of the payer.
    """

    __tablename__ = "incoming_payment"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "entry_id", "position"),
        ForeignKeyConstraint(["tenant_id", "entry_id"], ["bank_entry.tenant_id", "bank_entry.id"]),
        ForeignKeyConstraint(["tenant_id", "voucher_id"], ["voucher.tenant_id", "voucher.id"]),
        Index("ix_incoming_payment_newest", "tenant_id", "paid_on", "id"),
        Index("ix_incoming_payment_left", "tenant_id", "paid_on", "id", **_LEFT),
        Index("ix_incoming_payment_payer", "tenant_id", "payer_account", **_HAS_ACCOUNT),
        Index("ix_incoming_payment_voucher", "tenant_id", "voucher_id"),
        CheckConstraint(
            "amount_ore >= 0 and left_ore between 0 and amount_ore or "
            "amount_ore < 0 and left_ore between amount_ore and 0", name="left",
        ),
        LASTING_IDS,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int | None]
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    paid_on: Mapped[date]
    amount_ore: Mapped[int]
    left_ore: Mapped[int]
    serial: Mapped[str] = mapped_column(String(80), default="")
    payer_name: Mapped[str] = mapped_column(String(140), default="")
    payer_account: Mapped[str] = mapped_column(String(40), default="")
    payer_number: Mapped[str] = mapped_column(String(20), default="")
    texts: Mapped[list[str]] = mapped_column(default=list)
    account: Mapped[int]
    voucher_id: Mapped[int | None]
    set_aside_at: Mapped[datetime | None]
    set_aside_why: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class PaymentAllocation(TenantScoped, Base):
    """So much of a payment goes to an invoice, to the customer's credit, an `account`, or back to the payer. Final.

    It is taken back by its opposite. The credit of a customer is the sum of its rows of that kind.
    """

    __tablename__ = "payment_allocation"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "settlement_id"),
        UniqueConstraint("tenant_id", "undoes_id"),
        ForeignKeyConstraint(["tenant_id", "payment_id"], ["incoming_payment.tenant_id", "incoming_payment.id"]),
        ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        ForeignKeyConstraint(["tenant_id", "settlement_id"], ["settlement.tenant_id", "settlement.id"]),
        ForeignKeyConstraint(["tenant_id", "voucher_id"], ["voucher.tenant_id", "voucher.id"]),
        ForeignKeyConstraint(["tenant_id", "undoes_id"], ["payment_allocation.tenant_id", "payment_allocation.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "company_id"], ["company_relation.tenant_id", "company_relation.company_id"]
        ),
        Index("ix_payment_allocation_payment", "tenant_id", "payment_id"),
        Index("ix_payment_allocation_invoice", "tenant_id", "invoice_id", **_OF_INVOICE),
        Index("ix_payment_allocation_company", "tenant_id", "company_id", **_OF_COMPANY),
        Index("ix_payment_allocation_voucher", "tenant_id", "voucher_id"),
        CheckConstraint("amount_ore <> 0", name="amount"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    invoice_id: Mapped[int | None]
    settlement_id: Mapped[int | None]
    company_id: Mapped[int | None]
    account: Mapped[int | None]
    amount_ore: Mapped[int]
    allocated_on: Mapped[date]
    voucher_id: Mapped[int | None]
    undoes_id: Mapped[int | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class DepositAnswer(TenantScoped, Base):
    """What somebody has said a deposit without payments is: told of by another, or a payment settled by hand. Final.

    Both are groups of entries. One answer stands at a time, and the database refuses it where payments have been taken
    from a file, and the other way round. `apart_at` is since when deposits of its amount are other money than it.
    """

    __tablename__ = "deposit_answer"
    __table_args__ = (
        UniqueConstraint("tenant_id", "payment_id"),
        ForeignKeyConstraint(["tenant_id", "group_id"], ["bank_entry.tenant_id", "bank_entry.id"]),
        ForeignKeyConstraint(["tenant_id", "other_id"], ["bank_entry.tenant_id", "bank_entry.id"]),
        ForeignKeyConstraint(["tenant_id", "payment_id"], ["incoming_payment.tenant_id", "incoming_payment.id"]),
        Index("uq_deposit_answer_stands", "tenant_id", "group_id", unique=True, **_STANDS),
        Index("ix_deposit_answer_group", "tenant_id", "group_id"),
        Index("ix_deposit_answer_other", "tenant_id", "other_id", **_TIED),
        CheckConstraint("(other_id is null) <> (payment_id is null)", name="one_of_two"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int]
    other_id: Mapped[int | None]
    payment_id: Mapped[int | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    apart_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
