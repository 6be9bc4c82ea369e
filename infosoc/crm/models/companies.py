"""Companies: the joint identity, and one tenant's relation to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infosoc.accounts.models import User
from infosoc.crm.rules import Status
from infosoc.db.base import LASTING_IDS, Base, HasPublicId, SortKey
from infosoc.db.tenancy import Joint, TenantScoped
from infosoc.kernel.identity import is_sole_trader_number


class Company(HasPublicId, Joint, Base):
    """A company, municipality or other organisation: public facts only.

    The organisation number is not unique: two tenants that share nothing may each know the same company.
    """

    __tablename__ = "company"
    __table_args__ = (
        Index("ix_company_org_number", "org_number"),
        Index("ix_company_parent_id", "parent_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    org_number: Mapped[str | None] = mapped_column(String(10))
    legal_form: Mapped[str | None] = mapped_column(String(30))
    size: Mapped[str | None] = mapped_column(String(10))
    municipality: Mapped[str | None] = mapped_column(String(60))
    town: Mapped[str | None] = mapped_column(String(60))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    parent: Mapped[Company | None] = relationship(remote_side=[id], lazy="raise")
    addresses: Mapped[list[Address]] = relationship(lazy="raise", order_by="Address.id")
    points: Mapped[list[ContactPoint]] = relationship(lazy="raise", order_by="ContactPoint.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_sole_trader(self) -> bool:
        """Its number is then its owner's personal identity number."""
        return self.legal_form == "sole_trader" or bool(self.org_number and is_sole_trader_number(self.org_number))


class Address(Joint, Base):
    """Where a company is visited, written to or invoiced."""

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("company_id", "kind"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    kind: Mapped[str] = mapped_column(String(10))
    street: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(12), default="")
    town: Mapped[str] = mapped_column(String(60), default="")
    country: Mapped[str] = mapped_column(String(2), default="SE")


class ContactPoint(HasPublicId, Joint, Base):
    """A phone number, e-mail or web address of a company or a contact person (exactly one of them)."""

    __tablename__ = "contact_point"
    __table_args__ = (
        Index("ix_contact_point_company", "company_id"),
        Index("ix_contact_point_contact", "contact_id"),
        Index("ix_contact_point_normalised", "normalised"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(254))
    normalised: Mapped[str] = mapped_column(String(254))
    label: Mapped[str] = mapped_column(String(40), default="")
    is_main: Mapped[bool] = mapped_column(Boolean, default=False)


class LineOfBusiness(TenantScoped, HasPublicId, Base):
    """A tenant's own list of lines of business."""

    __tablename__ = "line_of_business"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    sni_code: Mapped[str] = mapped_column(String(8), default="")
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]


class CompanyRelation(TenantScoped, Base):
    """What one tenant knows of a company.

    `name_sort`, `municipality`, `last_contact_at`, `last_attempt_at`, `next_follow_up_on` and `contacts` are copies
    that lists filter and sort by; the commands keep them, `flask check-copies` recomputes them.
    """

    __tablename__ = "company_relation"
    __table_args__ = (
        UniqueConstraint("tenant_id", "company_id"),
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "owner_id"], ["membership.tenant_id", "membership.user_id"]),
        ForeignKeyConstraint(["tenant_id", "line_id"], ["line_of_business.tenant_id", "line_of_business.id"]),
        Index("ix_company_relation_company", "company_id"),
        Index("ix_company_relation_newest", "tenant_id", "trashed_at", "id"),
        Index("ix_company_relation_name", "tenant_id", "trashed_at", "name_sort", "id"),
        Index("ix_company_relation_status", "tenant_id", "trashed_at", "status", "name_sort", "id"),
        Index("ix_company_relation_municipality", "tenant_id", "trashed_at", "municipality", "name_sort", "id"),
        Index("ix_company_relation_contacts", "tenant_id", "trashed_at", "contacts", "name_sort", "id"),
        Index("ix_company_relation_contacted", "tenant_id", "trashed_at", "last_contact_at", "id"),
        Index("ix_company_relation_follow_up", "tenant_id", "trashed_at", "next_follow_up_on", "id"),
        Index("ix_company_relation_owner", "tenant_id", "owner_id", "trashed_at", "name_sort", "id"),
        Index("ix_company_relation_line", "tenant_id", "line_id", "trashed_at", "name_sort", "id"),
        # Those with nothing planned, as suggested calls are read.
        Index(
            "ix_company_relation_quiet", "tenant_id", "owner_id", "status", "last_contact_at", "id",
            sqlite_where=text("trashed_at IS NULL AND next_follow_up_on IS NULL"),
            postgresql_where=text("trashed_at IS NULL AND next_follow_up_on IS NULL"),
        ),
        LASTING_IDS,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    status: Mapped[Status] = mapped_column(String(20))
    owner_id: Mapped[int | None]
    line_id: Mapped[int | None]
    notes: Mapped[str] = mapped_column(Text, default="")
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str] = mapped_column(String(120), default="")
    source_on: Mapped[date | None]
    legal_ground: Mapped[str | None] = mapped_column(String(30))
    name_sort: Mapped[str] = mapped_column(SortKey)
    municipality: Mapped[str | None] = mapped_column(String(60))
    last_contact_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    next_follow_up_on: Mapped[date | None]
    contacts: Mapped[int] = mapped_column(default=0)
    trashed_at: Mapped[datetime | None]
    trashed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    company: Mapped[Company] = relationship(lazy="raise")
    line: Mapped[LineOfBusiness | None] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(CompanyRelation.line_id) == LineOfBusiness.id"
    )
    owner: Mapped[User | None] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(CompanyRelation.owner_id) == User.id"
    )
    tags: Mapped[list[Tag]] = relationship(
        lazy="raise", viewonly=True, order_by="Tag.name",
        primaryjoin="CompanyRelation.id == foreign(CompanyTag.relation_id)", secondary="company_tag",
        secondaryjoin="foreign(CompanyTag.tag_id) == Tag.id",
    )  # fmt: skip

    __mapper_args__ = {"version_id_col": version}


class Tag(TenantScoped, HasPublicId, Base):
    """A word a tenant sorts its companies by."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


class CompanyTag(TenantScoped, Base):
    """That a company carries a tag."""

    __tablename__ = "company_tag"
    __table_args__ = (
        UniqueConstraint("tenant_id", "relation_id", "tag_id"),
        ForeignKeyConstraint(["tenant_id", "relation_id"], ["company_relation.tenant_id", "company_relation.id"]),
        ForeignKeyConstraint(["tenant_id", "tag_id"], ["tag.tenant_id", "tag.id"]),
        Index("ix_company_tag_tag", "tenant_id", "tag_id", "relation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    relation_id: Mapped[int]
    tag_id: Mapped[int]


class CustomField(TenantScoped, HasPublicId, Base):
    """A field an administrator has added to companies; the values are in `CompanyRelation.custom` by `key`."""

    __tablename__ = "custom_field"
    __table_args__ = (UniqueConstraint("tenant_id", "key"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(10))
    choices: Mapped[list[str]] = mapped_column(default=list)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]
