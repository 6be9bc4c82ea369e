"""How people look at lists: saved views and chosen columns."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class SavedView(TenantScoped, HasPublicId, Base):
    """A named query string of a list; shared with the whole tenant or the owner's alone."""

    __tablename__ = "saved_view"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "owner_id"], ["membership.tenant_id", "membership.user_id"]),
        Index("ix_saved_view_list", "tenant_id", "list_name", "owner_id"),
        Index("ix_saved_view_owner", "tenant_id", "owner_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_name: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int]
    is_shared: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]


class ListColumns(TenantScoped, Base):
    """The columns a person has chosen for a list."""

    __tablename__ = "list_columns"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "list_name"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["membership.tenant_id", "membership.user_id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    list_name: Mapped[str] = mapped_column(String(20))
    columns: Mapped[list[str]]


class RegisterCount(TenantScoped, Base):
    """How many rows a tenant has, kept by triggers, so that pages never count.

    By `kind`: companies of each status, contact persons, and (trash included) companies by the id of their line or tag.
    """

    __tablename__ = "register_count"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(20), default="")
    rows: Mapped[int] = mapped_column(default=0)
