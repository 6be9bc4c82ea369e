"""The chart, the years, the counters, and vouchers with their lines.

Lines are written before their voucher (their key to it is checked at commit): when the voucher comes, the database
looks at all of it, and from then on nothing of it can be changed, removed or added to (migration 0008).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
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


class Account(HasPublicId, TenantScoped, Base):
    """An account of the tenant's chart. Its number never changes; a used one can be closed, never removed."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("number between 1000 and 9999", name="number"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    name_sv: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[str] = mapped_column(String(1))
    vat_code: Mapped[str] = mapped_column(String(6), default="N")
    sru: Mapped[str] = mapped_column(String(12), default="")
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class FiscalYear(HasPublicId, TenantScoped, Base):
    """A year of bookkeeping. Nothing is posted on a day up to and with `locked_through`."""

    __tablename__ = "fiscal_year"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "starts_on"),
        UniqueConstraint("tenant_id", "ends_on"),
        CheckConstraint("starts_on < ends_on", name="order"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    locked_through: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class NumberSeries(TenantScoped, Base):
    """The last number given in an unbroken series: of vouchers within a year, of invoices for good (no year)."""

    __tablename__ = "number_series"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "series", "fiscal_year_id"),
        Index(
            "uq_number_series_without_year", "tenant_id", "kind", "series", unique=True,
            sqlite_where=text("fiscal_year_id is null"), postgresql_where=text("fiscal_year_id is null"),
        ),
        ForeignKeyConstraint(["tenant_id", "fiscal_year_id"], ["fiscal_year.tenant_id", "fiscal_year.id"]),
        Index("ix_number_series_year", "tenant_id", "fiscal_year_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    series: Mapped[str] = mapped_column(String(20))
    fiscal_year_id: Mapped[int | None]
    last_number: Mapped[int] = mapped_column(default=0)


class VoucherLine(TenantScoped, Base):
    """One account and its amount: debit positive, credit negative, in whole öre. Final.

    `voucher_on` is the voucher's day, so that an account is read along one index.
    """

    __tablename__ = "voucher_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "voucher_id"], ["voucher.tenant_id", "voucher.id"],
            deferrable=True, initially="DEFERRED", use_alter=True,
            name="fk_voucher_line_tenant_id_voucher_id_voucher",
        ),
        ForeignKeyConstraint(["tenant_id", "account"], ["ledger_account.tenant_id", "ledger_account.number"]),
        UniqueConstraint("tenant_id", "voucher_id", "position"),
        Index("ix_voucher_line_account", "tenant_id", "account", "voucher_on", "voucher_id", "position"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    voucher_id: Mapped[int]
    position: Mapped[int] = mapped_column(Integer)
    account: Mapped[int] = mapped_column(Integer)
    amount_ore: Mapped[int]
    vat_code: Mapped[str] = mapped_column(String(6), default="N")
    vat_on: Mapped[date] = mapped_column(Date)
    voucher_on: Mapped[date] = mapped_column(Date)
    text: Mapped[str] = mapped_column(String(200), default="")
    objects: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Voucher(HasPublicId, TenantScoped, Base):
    """A posted voucher (BFL 5:7). Final: a correction is a new voucher that names this one.

    `amount_ore` is the debit side's sum; `text_folded` what the list is searched by; `fingerprint` a digest of all that
    was posted under `source`.
    """

    __tablename__ = "voucher"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "fiscal_year_id", "series", "number"),
        UniqueConstraint("tenant_id", "source"),
        UniqueConstraint("tenant_id", "reverses_id"),
        UniqueConstraint("tenant_id", "replaces_id"),
        ForeignKeyConstraint(["tenant_id", "fiscal_year_id"], ["fiscal_year.tenant_id", "fiscal_year.id"]),
        ForeignKeyConstraint(["tenant_id", "reverses_id"], ["voucher.tenant_id", "voucher.id"]),
        ForeignKeyConstraint(["tenant_id", "replaces_id"], ["voucher.tenant_id", "voucher.id"]),
        Index("ix_voucher_newest", "tenant_id", "voucher_on", "id"),
        Index("ix_voucher_registered_by", "registered_by"),
        CheckConstraint("number >= 1", name="number"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fiscal_year_id: Mapped[int]
    series: Mapped[str] = mapped_column(String(3))
    number: Mapped[int]
    voucher_on: Mapped[date] = mapped_column(Date)
    event_on: Mapped[date] = mapped_column(Date)
    text: Mapped[str] = mapped_column(String(200))
    text_folded: Mapped[str] = mapped_column(String(400), default="")
    counterparty: Mapped[str] = mapped_column(String(200), default="")
    documents: Mapped[str] = mapped_column(String(200), default="")
    amount_ore: Mapped[int]
    source: Mapped[str] = mapped_column(String(120))
    rule: Mapped[str] = mapped_column(String(60))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    reverses_id: Mapped[int | None]
    replaces_id: Mapped[int | None]
    registered_at: Mapped[datetime]
    registered_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    @property
    def name(self) -> str:
        """What the voucher is called: its series and number."""
        return f"{self.series}{self.number}"


# Lines go before their voucher, in the order of tables that walks of the schema follow.
Voucher.__table__.add_is_dependent_on(VoucherLine.__table__)  # type: ignore[attr-defined]  # a Table


class AccountMonth(TenantScoped, Base):
    """What was posted on an account in a month: kept by the database when a voucher comes, recounted by the checker."""

    __tablename__ = "account_month"
    __table_args__ = (
        UniqueConstraint("tenant_id", "fiscal_year_id", "account", "month"),
        ForeignKeyConstraint(["tenant_id", "fiscal_year_id"], ["fiscal_year.tenant_id", "fiscal_year.id"]),
        ForeignKeyConstraint(["tenant_id", "account"], ["ledger_account.tenant_id", "ledger_account.number"]),
        Index("ix_account_month_account", "tenant_id", "account"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fiscal_year_id: Mapped[int]
    account: Mapped[int] = mapped_column(Integer)
    month: Mapped[date] = mapped_column(Date)
    debit_ore: Mapped[int] = mapped_column(default=0)
    credit_ore: Mapped[int] = mapped_column(default=0)


class OpeningBalance(TenantScoped, Base):
    """What an account of the balance sheet held when a year began; a property of the year, not a voucher."""

    __tablename__ = "opening_balance"
    __table_args__ = (
        UniqueConstraint("tenant_id", "fiscal_year_id", "account"),
        ForeignKeyConstraint(["tenant_id", "fiscal_year_id"], ["fiscal_year.tenant_id", "fiscal_year.id"]),
        ForeignKeyConstraint(["tenant_id", "account"], ["ledger_account.tenant_id", "ledger_account.number"]),
        Index("ix_opening_balance_account", "tenant_id", "account"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fiscal_year_id: Mapped[int]
    account: Mapped[int] = mapped_column(Integer)
    amount_ore: Mapped[int]
