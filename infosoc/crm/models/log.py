"""The contact log and the follow-ups."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infosoc.accounts.models import User
from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact
from infosoc.crm.rules import EntryKind
from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class LogEntry(TenantScoped, HasPublicId, Base):
    """One contact or contact attempt with a company. An imported one has no author: nobody here says it was theirs."""

    __tablename__ = "contact_log_entry"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "company_id"], ["company_relation.tenant_id", "company_relation.company_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "contact_id"], ["contact_relation.tenant_id", "contact_relation.contact_id"]
        ),
        ForeignKeyConstraint(["tenant_id", "by_id"], ["membership.tenant_id", "membership.user_id"]),
        Index("ix_contact_log_entry_company", "tenant_id", "company_id", "happened_at", "id"),
        Index("ix_contact_log_entry_contact", "tenant_id", "contact_id", "happened_at", "id"),
        Index("ix_contact_log_entry_by", "tenant_id", "by_id", "happened_at", "id"),
        Index("ix_contact_log_entry_when", "tenant_id", "trashed_at", "happened_at", "id"),
        Index("ix_contact_log_entry_kind", "tenant_id", "trashed_at", "kind", "happened_at", "id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int]
    contact_id: Mapped[int | None]
    kind: Mapped[EntryKind] = mapped_column(String(10))
    direction: Mapped[str] = mapped_column(String(3), default="out")
    outcome: Mapped[str | None] = mapped_column(String(20))
    by_id: Mapped[int | None]
    happened_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text, default="")
    trashed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    company: Mapped[Company] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(LogEntry.company_id) == Company.id"
    )
    contact: Mapped[Contact | None] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(LogEntry.contact_id) == Contact.id"
    )
    by: Mapped[User | None] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(LogEntry.by_id) == User.id"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_attempt(self) -> bool:
        return self.kind == EntryKind.ATTEMPT


class FollowUp(TenantScoped, HasPublicId, Base):
    """Something to do about a company on a day. Done, moved and removed are told by who and when."""

    __tablename__ = "follow_up"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "company_id"], ["company_relation.tenant_id", "company_relation.company_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "contact_id"], ["contact_relation.tenant_id", "contact_relation.contact_id"]
        ),
        ForeignKeyConstraint(["tenant_id", "assignee_id"], ["membership.tenant_id", "membership.user_id"]),
        ForeignKeyConstraint(["tenant_id", "made_in_id"], ["contact_log_entry.tenant_id", "contact_log_entry.id"]),
        ForeignKeyConstraint(["tenant_id", "done_in_id"], ["contact_log_entry.tenant_id", "contact_log_entry.id"]),
        Index("ix_follow_up_company", "tenant_id", "company_id", "done_at", "due_on"),
        Index("ix_follow_up_contact", "tenant_id", "contact_id"),
        Index("ix_follow_up_assignee", "tenant_id", "assignee_id", "done_at", "trashed_at", "due_on", "id"),
        Index("ix_follow_up_made_in", "tenant_id", "made_in_id"),
        Index("ix_follow_up_done_in", "tenant_id", "done_in_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int]
    contact_id: Mapped[int | None]
    assignee_id: Mapped[int]
    due_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(400), default="")
    made_in_id: Mapped[int | None]
    done_in_id: Mapped[int | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    trashed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)

    company: Mapped[Company] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(FollowUp.company_id) == Company.id"
    )
    contact: Mapped[Contact | None] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(FollowUp.contact_id) == Contact.id"
    )
    assignee: Mapped[User] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(FollowUp.assignee_id) == User.id"
    )

    __mapper_args__ = {"version_id_col": version}


class ActivityCount(TenantScoped, Base):
    """How many entries of a kind somebody wrote in a Swedish week, trash apart; kept by triggers, so nobody counts.

    `by_id` is 0 for entries without an author.
    """

    __tablename__ = "activity_count"
    __table_args__ = (UniqueConstraint("tenant_id", "monday", "by_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    monday: Mapped[date]
    by_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    rows: Mapped[int] = mapped_column(default=0)
