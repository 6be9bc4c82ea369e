"""Imported files: what was read, what became of each row, and how to take it back; and what was exported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class ImportBatch(TenantScoped, HasPublicId, Base):
    """One file on its way in. Its bytes lie in the data folder under `file_name` until it is settled.

    `policy` says what to do where file and register differ; `good_only` that the user takes the good rows though others
    are refused. `committed_at` is stamped on everything the import makes, which tells it from what was there.
    """

    __tablename__ = "import_batch"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "by_id"], ["membership.tenant_id", "membership.user_id"]),
        Index("ix_import_batch_by", "tenant_id", "by_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    shown_name: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(60))
    sha256: Mapped[str] = mapped_column(String(64))
    sheet: Mapped[str | None] = mapped_column(String(80))
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str] = mapped_column(String(120), default="")
    policy: Mapped[str] = mapped_column(String(10), default="fill")
    good_only: Mapped[bool] = mapped_column(Boolean, default=False)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done_rows: Mapped[int] = mapped_column(default=0)
    total_rows: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None]
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    reverted_at: Mapped[datetime | None]


class ImportRow(TenantScoped, Base):
    """One row of a file: what became of it, and the images that take it back. Erasable row by row."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("tenant_id", "batch_id", "number"),
        ForeignKeyConstraint(["tenant_id", "batch_id"], ["import_batch.tenant_id", "import_batch.id"]),
        Index("ix_import_row_result", "tenant_id", "batch_id", "result", "number"),
        Index("ix_import_row_company", "company_id"),
        Index("ix_import_row_contact", "contact_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int]
    number: Mapped[int]
    result: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    cells: Mapped[list[str] | None]
    before: Mapped[dict[str, Any] | None]
    made: Mapped[dict[str, Any] | None]
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    reverted: Mapped[str | None] = mapped_column(String(10))


class ImportMapping(TenantScoped, Base):
    """How a file with these headings was mapped the last time."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("tenant_id", "signature"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    signature: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]]
    used_at: Mapped[datetime]


class Export(TenantScoped, HasPublicId, Base):
    """That somebody took data out: who, which list, which filter, how many."""

    __tablename__ = "export"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "by_id"], ["membership.tenant_id", "membership.user_id"]),
        Index("ix_export_by", "tenant_id", "by_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_name: Mapped[str] = mapped_column(String(20))
    query: Mapped[str] = mapped_column(Text, default="")
    columns: Mapped[list[str]]
    rows: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None]
    made_at: Mapped[datetime]
