"""One row a message; the row is the truth and the claim."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class OutboxMessage(TenantScoped, HasPublicId, Base):
    """A message to one address, in the name of one tenant. Only the worker reads those of all tenants.

    A secret one (it carries a sign-in link) is never shown, and its text is blanked once it has been handed over.
    `attached` names what goes along, as kind and number (`outbox.attachments`): files are read when it is sent.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("tenant_id", "unique_key"),
        Index("ix_outbox_message_state", "state", "not_before"),
        Index("ix_outbox_message_tenant", "tenant_id", "created_at"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(120))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text_body: Mapped[str] = mapped_column(Text)
    html_body: Mapped[str | None] = mapped_column(Text)
    attached: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    is_secret: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    handed_over_at: Mapped[datetime | None]
    message_id: Mapped[str | None] = mapped_column(String(200))
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]


class MailPause(Base):
    """Outgoing mail is off for the whole installation as long as there is a row."""

    __tablename__ = "mail_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    paused_at: Mapped[datetime]


class MailInstance(Base):
    """Which installation last sent from this database: a copy of it elsewhere must not (requirement M-23)."""

    __tablename__ = "mail_instance"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    noted_at: Mapped[datetime]
