"""Cases and their letters, one-time links, the erasure record, the register of processing, and incidents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class PrivacyCase(HasPublicId, TenantScoped, Base):
    """Somebody has asked for something that the law gives them (P-20, P-21). No contact person is made of it."""

    __tablename__ = "privacy_case"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index("ix_privacy_case_due", "tenant_id", "closed_at", "due_on", "id"),
        Index("ix_privacy_case_digest", "tenant_id", "digest"),
        Index("ix_privacy_case_contact", "contact_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(20))
    received_on: Mapped[date]
    due_on: Mapped[date]
    extended_on: Mapped[date | None]
    extension_reason: Mapped[str] = mapped_column(Text, default="")
    is_joint: Mapped[bool] = mapped_column(Boolean, default=False)
    requester: Mapped[str] = mapped_column(String(254), default="")
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text, default="")
    identity_method: Mapped[str] = mapped_column(String(30), default="")
    identified_at: Mapped[datetime | None]
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(30), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reduced_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class CaseLetter(HasPublicId, TenantScoped, Base):
    """A letter of a case, as it was sent or printed."""

    __tablename__ = "case_letter"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "case_id"], ["privacy_case.tenant_id", "privacy_case.id"]),
        Index("ix_case_letter_case", "tenant_id", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2), default="sv")
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    way: Mapped[str] = mapped_column(String(10), default="mail")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class RequestLink(TenantScoped, Base):
    """A one-time link of "am I registered?": first to confirm the address, then to read the extract.

    The token itself is in the letter only. The address is kept until the link is used or old.
    """

    __tablename__ = "request_link"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_request_link_ends", "tenant_id", "ends_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    purpose: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(254), default="")
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    case_id: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(2), default="sv")
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Erasure(HasPublicId, TenantScoped, Base):
    """That a person was removed, and what of: ids, counts and the hash, never a name. The journal repeats it (P-42)."""

    __tablename__ = "erasure"
    __table_args__ = (Index("ix_erasure_newest", "tenant_id", "erased_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int | None]
    digests: Mapped[list[str]] = mapped_column(default=list)
    channel: Mapped[str] = mapped_column(String(20))
    case_id: Mapped[int | None]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    erased_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    erased_at: Mapped[datetime]


class Restriction(TenantScoped, Base):
    """That a person's data are kept but not used (GDPR article 18); the whole system obeys (P-31)."""

    __tablename__ = "restriction"
    __table_args__ = (
        Index("ix_restriction_contact", "contact_id"),
        Index("ix_restriction_current", "tenant_id", "lifted_at", "contact_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    case_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    lifted_note: Mapped[str] = mapped_column(String(300), default="")


class ProcessingActivity(HasPublicId, TenantScoped, Base):
    """A line of the register of processing (GDPR article 30), as controller or processor. A change is a new row."""

    __tablename__ = "processing_activity"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "key", "edition"),
        Index("ix_processing_activity_current", "tenant_id", "replaced_at", "key"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    edition: Mapped[int] = mapped_column(default=1)
    role: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_public: Mapped[bool] = mapped_column(Boolean, default=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    replaced_at: Mapped[datetime | None]


class BalancingTest(HasPublicId, TenantScoped, Base):
    """The written weighing behind a legitimate interest (GDPR article 6(1)(f)); due again after two years (P-15)."""

    __tablename__ = "balancing_test"
    __table_args__ = (Index("ix_balancing_test_current", "tenant_id", "replaced_at", "purpose"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(120))
    interest: Mapped[str] = mapped_column(Text)
    necessity: Mapped[str] = mapped_column(Text)
    balance: Mapped[str] = mapped_column(Text)
    decided_on: Mapped[date]
    review_on: Mapped[date]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Incident(HasPublicId, TenantScoped, Base):
    """A personal data breach (GDPR articles 33 and 34) with its clocks. What was decided is in the entries (P-70)."""

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index("ix_incident_open", "tenant_id", "closed_at", "aware_at", "id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(160))
    role: Mapped[str] = mapped_column(String(12))
    aware_at: Mapped[datetime]
    report_by: Mapped[datetime]
    reported_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class IncidentEntry(TenantScoped, Base):
    """One line of an incident's log. Never changed, never removed: the database refuses."""

    __tablename__ = "incident_entry"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "incident_id"], ["incident.tenant_id", "incident.id"]),
        Index("ix_incident_entry_incident", "tenant_id", "incident_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    written_at: Mapped[datetime]


class RetentionNotice(TenantScoped, Base):
    """A person whose time is out: proposed for removal, and removed on a day unless somebody says why not (P-50)."""

    __tablename__ = "retention_notice"
    __table_args__ = (
        UniqueConstraint("tenant_id", "contact_id"),
        Index("ix_retention_notice_contact", "contact_id"),
        Index("ix_retention_notice_day", "tenant_id", "remove_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    rule: Mapped[str] = mapped_column(String(30))
    proposed_on: Mapped[date]
    remove_on: Mapped[date]
    kept_reason: Mapped[str] = mapped_column(String(300), default="")
    kept_until: Mapped[date | None]
    kept_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)


class PersonReading(TenantScoped, Base):
    """How many persons' pages somebody opened in a day, and how many persons they took out (P-71). Counts alone."""

    __tablename__ = "person_reading"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "day"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["membership.tenant_id", "membership.user_id"]),
        Index("ix_person_reading_noticed", "tenant_id", "noticed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    day: Mapped[date]
    pages: Mapped[int] = mapped_column(default=0)
    exported: Mapped[int] = mapped_column(default=0)
    noticed_at: Mapped[datetime | None]
