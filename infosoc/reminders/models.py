"""The policy, runs and letters, what they cost, stops, hand-overs to collection, and losses.

What has gone out or been posted is final: the database refuses every change (migration 0012). What happens to it
afterwards is another row.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import Base, HasPublicId
from infosoc.db.tenancy import TenantScoped

_STANDS: dict[str, Any] = {"sqlite_where": sql("ended_at IS NULL"), "postgresql_where": sql("ended_at IS NULL")}
_INVOICE = ["invoice.tenant_id", "invoice.id"]
_VOUCHER = ["voucher.tenant_id", "voucher.id"]


def _of_invoice() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id", "invoice_id"], _INVOICE)


def _of_voucher() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id", "voucher_id"], _VOUCHER)


class ReminderPolicy(TenantScoped, Base):
    """How a tenant reminds: `steps` as kind, days late and days to pay, in order. One row each."""

    __tablename__ = "reminder_policy"
    __table_args__ = (Unique("tenant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    smallest_ore: Mapped[int] = mapped_column(default=0)
    asks_interest: Mapped[bool] = mapped_column(Boolean, default=True)
    asks_compensation: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ReferenceRate(TenantScoped, Base):
    """A reference rate that somebody has read at the Riksbank and checked; the newest of a half-year counts. Final."""

    __tablename__ = "reference_rate"
    __table_args__ = (
        Index("ix_reference_rate_half_year", "tenant_id", "starts_on", "id"),
        CheckConstraint("percent_hundredths between 0 and 10000", name="percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    percent_hundredths: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class ReminderRun(HasPublicId, TenantScoped, Base):
    """The letters of one day, written by a job that can be resumed."""

    __tablename__ = "reminder_run"
    __table_args__ = (Unique("tenant_id", "id"), Index("ix_reminder_run_newest", "tenant_id", "made_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    run_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    planned: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ReminderProblem(TenantScoped, Base):
    """An invoice that a run could not remind of, and why: the message of the error and what it says."""

    __tablename__ = "reminder_problem"
    __table_args__ = (
        Unique("tenant_id", "run_id", "invoice_id"),
        ForeignKeyConstraint(["tenant_id", "run_id"], ["reminder_run.tenant_id", "reminder_run.id"]),
        _of_invoice(),
        Index("ix_reminder_problem_invoice", "tenant_id", "invoice_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int]
    invoice_id: Mapped[int]
    message: Mapped[str] = mapped_column(String(300))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Reminder(HasPublicId, TenantScoped, Base):
    """A letter about one invoice. Final. `record` is everything printed, as JSON (`rules.letter`).

    Its sums are what the whole claim came to that day, less what had been paid of costs and interest. An invoice has
    one letter a step (`position`), so that no run writes one twice. One by e-mail has its message in the outbox.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        Unique("tenant_id", "id"),
        Unique("tenant_id", "invoice_id", "position"),
        _of_invoice(),
        ForeignKeyConstraint(["tenant_id", "run_id"], ["reminder_run.tenant_id", "reminder_run.id"]),
        Index("ix_reminder_run", "tenant_id", "run_id", "id"),
        Index("ix_reminder_outbox", "outbox_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int]
    run_id: Mapped[int | None]
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    reminded_on: Mapped[date]
    pay_by: Mapped[date]
    open_ore: Mapped[int]
    interest_ore: Mapped[int]
    fees_ore: Mapped[int]
    compensation_ore: Mapped[int]
    to_pay_ore: Mapped[int]
    record: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(String(254), default="")
    outbox_id: Mapped[int | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class ReminderPaper(TenantScoped, Base):
    """The one rendering of a letter: where the file lies in the data folder, and its SHA-256. Final."""

    __tablename__ = "reminder_paper"
    __table_args__ = (
        Unique("tenant_id", "reminder_id"),
        ForeignKeyConstraint(["tenant_id", "reminder_id"], ["reminder.tenant_id", "reminder.id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reminder_id: Mapped[int]
    file: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int]
    made_at: Mapped[datetime]


class ReminderCost(TenantScoped, Base):
    """What a late claim costs beside itself, as it is booked. Final.

    Fees and compensation that letters asked for are positive; what was paid or let go of is negative. Their sum is the
    balance of the account of such claims (1680), of any day. Interest stands here when it has been paid, and never on
    that account. `source` tells it from all others.
    """

    __tablename__ = "reminder_cost"
    __table_args__ = (
        Unique("tenant_id", "source"),
        _of_invoice(),
        _of_voucher(),
        Index("ix_reminder_cost_invoice", "tenant_id", "invoice_id", "id"),
        Index("ix_reminder_cost_voucher", "tenant_id", "voucher_id"),
        CheckConstraint("amount_ore <> 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    booked_on: Mapped[date]
    amount_ore: Mapped[int]
    source: Mapped[str] = mapped_column(String(120))
    voucher_id: Mapped[int]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class ReminderStop(TenantScoped, Base):
    """That an invoice is not to be reminded of, why, and until when: it stands while it has not been ended."""

    __tablename__ = "reminder_stop"
    __table_args__ = (
        _of_invoice(),
        Index("uq_reminder_stop_stands", "tenant_id", "invoice_id", unique=True, **_STANDS),
        Index("ix_reminder_stop_invoice", "tenant_id", "invoice_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    ended_at: Mapped[datetime | None]


class CollectionBatch(HasPublicId, TenantScoped, Base):
    """Claims handed over to a collection company, with the file that was made for it. Final."""

    __tablename__ = "collection_batch"
    __table_args__ = (Unique("tenant_id", "id"), Index("ix_collection_batch_newest", "tenant_id", "made_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    handed_over_on: Mapped[date]
    partner: Mapped[str] = mapped_column(String(120))
    claims: Mapped[int]
    total_ore: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class CollectionItem(TenantScoped, Base):
    """One claim of a hand-over; an invoice is handed over once. Final."""

    __tablename__ = "collection_item"
    __table_args__ = (
        Unique("tenant_id", "invoice_id"),
        _of_invoice(),
        ForeignKeyConstraint(["tenant_id", "batch_id"], ["collection_batch.tenant_id", "collection_batch.id"]),
        Index("ix_collection_item_batch", "tenant_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int]
    invoice_id: Mapped[int]
    handed_over_on: Mapped[date]
    open_ore: Mapped[int]
    interest_ore: Mapped[int]
    costs_ore: Mapped[int]


class BadDebt(TenantScoped, Base):
    """A loss on an invoice: expected (written down), taken back again, or confirmed (written off). Final.

    `settlement_id` is what lowered the claim of a confirmed one.
    """

    __tablename__ = "bad_debt"
    __table_args__ = (
        _of_invoice(),
        _of_voucher(),
        ForeignKeyConstraint(["tenant_id", "settlement_id"], ["settlement.tenant_id", "settlement.id"]),
        Unique("tenant_id", "settlement_id"),
        Index("ix_bad_debt_invoice", "tenant_id", "invoice_id", "id"),
        Index("ix_bad_debt_voucher", "tenant_id", "voucher_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    booked_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    net_ore: Mapped[int]
    vat_ore: Mapped[int]
    voucher_id: Mapped[int | None]
    settlement_id: Mapped[int | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
