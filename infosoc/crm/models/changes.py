"""Deeds on many rows that can be undone: bulk edits, merges; and pairs that may be the same company."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped

MERGED = "company merged"  # the deed of a merge, in its undo and in the history


class Undo(TenantScoped, HasPublicId, Base):
    """What it takes to undo one deed: the rows as they were. Erasable; gone after 30 days."""

    __tablename__ = "undo"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "by_id"], ["membership.tenant_id", "membership.user_id"]),
        Index("ix_undo_by", "tenant_id", "by_id"),
        Index("ix_undo_made", "tenant_id", "made_at"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deed: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[int]
    made_at: Mapped[datetime]
    images: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]


class UndoPart(TenantScoped, Base):
    """What takes back one chunk of a bulk edit: the value that each company had, by its id. Goes with its undo."""

    __tablename__ = "undo_part"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "undo_id"], ["undo.tenant_id", "undo.id"]),
        Index("ix_undo_part_undo", "tenant_id", "undo_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    undo_id: Mapped[int]
    before: Mapped[dict[str, Any]]


class BulkResult(TenantScoped, Base):
    """What became of one row of a bulk edit."""

    __tablename__ = "bulk_result"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "undo_id"], ["undo.tenant_id", "undo.id"]),
        Index("ix_bulk_result_undo", "tenant_id", "undo_id", "id"),
        Index("ix_bulk_result_company", "company_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    undo_id: Mapped[int]
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    result: Mapped[str] = mapped_column(String(40))


class DuplicatePair(TenantScoped, HasPublicId, Base):
    """Two companies that may be one, found or proposed (when sharing begins); kept apart or merged by a person."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        UniqueConstraint("tenant_id", "first_id", "second_id"),
        Index("ix_duplicate_pair_open", "tenant_id", "settled_at", "score", "id"),
        Index("ix_duplicate_pair_first", "first_id"),
        Index("ix_duplicate_pair_second", "second_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    score: Mapped[int]
    reason: Mapped[str] = mapped_column(String(30))
    found_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_as: Mapped[str | None] = mapped_column(String(12))
