"""Lists, mailings and one row a recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class MailingList(HasPublicId, TenantScoped, Base):
    """What one can get from the tenant, and leave: "News of Journal". `slug` is its List-Id for as long as it lives."""

    __tablename__ = "mailing_list"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "slug"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(300), default="")
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class MailingImage(HasPublicId, TenantScoped, Base):
    """A picture of the tenant's own, sent along inside letters; nothing is ever fetched from outside."""

    __tablename__ = "mailing_image"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    mime: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    added_at: Mapped[datetime]


class Mailing(HasPublicId, TenantScoped, Base):
    """One letter to many. `body` is our small markup (`mailings.markup`), `query` the contacts list's own query string.

    `state` is a value of `mailings.rules.State`. The counts are kept by whoever settles recipients, in the same
    transaction; `flask mail check` recomputes them.
    """

    __tablename__ = "mailing"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "list_id"], ["mailing_list.tenant_id", "mailing_list.id"]),
        Index("ix_mailing_list", "tenant_id", "list_id"),
        Index("ix_mailing_newest", "tenant_id", "created_at", "id"),
        Index("ix_mailing_state", "state", "scheduled_at"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(2), default="sv")
    query: Mapped[str] = mapped_column(Text, default="")
    tells_source: Mapped[bool] = mapped_column(Boolean, default=True)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    state_reason: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    frozen_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    scheduled_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    bounced: Mapped[int] = mapped_column(default=0)
    unsubscribed: Mapped[int] = mapped_column(default=0)
    complained: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[int] = mapped_column(default=0)
    # What had been tried, had failed and was complained of when a person last let it go on: judged no more (M-24).
    excused_tried: Mapped[int] = mapped_column(default=0)
    excused_failed: Mapped[int] = mapped_column(default=0)
    excused_complained: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class MailingRecipient(TenantScoped, Base):
    """One person's letter: the outbox row of the mailing, or (state `skipped`) why there is none.

    `delivery` is the random number in the unsubscribe address; the row outlives the person and the mailing's text, so
    that the address works for ever. `address` and `fields` are emptied when the person is erased.
    """

    __tablename__ = "mailing_recipient"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("mailing_id", "contact_id"),
        UniqueConstraint("mailing_id", "digest"),
        UniqueConstraint("delivery"),
        ForeignKeyConstraint(["tenant_id", "mailing_id"], ["mailing.tenant_id", "mailing.id"]),
        Index("ix_mailing_recipient_state", "mailing_id", "state", "id"),
        Index("ix_mailing_recipient_due", "state", "not_before", "id"),
        Index("ix_mailing_recipient_contact", "contact_id", "tenant_id", "handed_over_at"),
        Index("ix_mailing_recipient_company", "company_id", "tenant_id", "handed_over_at"),
        Index("ix_mailing_recipient_digest", "tenant_id", "digest"),
        Index("ix_mailing_recipient_claim", "claimed_by"),
        Index("ix_mailing_recipient_tenant_mailing", "tenant_id", "mailing_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id", ondelete="SET NULL"))
    delivery: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    address: Mapped[str] = mapped_column(String(254), default="")
    domain: Mapped[str] = mapped_column(String(190), default="")
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(40), default="")
    problem: Mapped[str] = mapped_column(String(300), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    handed_over_at: Mapped[datetime | None]
    message_id: Mapped[str | None] = mapped_column(String(200))
    bounced_at: Mapped[datetime | None]
    complained_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]


class MailingPace(TenantScoped, Base):
    """When the next letter may go: to a domain of recipients, or (no domain) to anybody from this tenant."""

    __tablename__ = "mailing_pace"
    __table_args__ = (UniqueConstraint("tenant_id", "domain"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(String(190), default="")
    next_at: Mapped[datetime]


class InboundMail(Base):
    """A mail from outside that was read: kept as a digest so that it is applied once, and its text only if unread.

    It belongs to no tenant until it is understood; what cannot be understood waits in the review box of the tenant it
    was written to.
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_inbound_mail_tenant", "tenant_id", "settled_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(40), default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
