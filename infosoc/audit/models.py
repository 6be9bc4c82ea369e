"""The chain and its erasable values."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import Base
from infosoc.db.tenancy import TenantScoped


class AuditHead(TenantScoped, Base):
    """The end of a tenant's chain; its row is the lock that keeps the chain in one line."""

    __tablename__ = "audit_head"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"\0" * 32)


class AuditEvent(TenantScoped, Base):
    """One deed. `actor_id` is nobody for the system's own work; `actor_name` is what it says instead."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "id"),
        Index("ix_audit_event_subject", "tenant_id", "subject_kind", "subject_id", "number"),
        Index("ix_audit_event_actor", "tenant_id", "actor_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    happened_at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    actor_name: Mapped[str] = mapped_column(String(60), default="")
    deed: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    request_id: Mapped[str] = mapped_column(String(32), default="")
    values_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditValue(TenantScoped, Base):
    """One field of a change, from and to, as text. Erasable."""

    __tablename__ = "audit_value"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "event_id"], ["audit_event.tenant_id", "audit_event.id"]),
        Index("ix_audit_value_event", "tenant_id", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    field: Mapped[str] = mapped_column(String(60))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
