"""Contact persons: the joint identity, where they work, and one tenant's relation to them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, Text, UniqueConstraint, case, exists, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infosoc.crm.models.companies import Address, Company, CompanyRelation, ContactPoint
from infosoc.db.base import LASTING_IDS, Base, HasPublicId, SortKey
from infosoc.db.tenancy import Joint, TenantScoped, joint_visibility


class Contact(HasPublicId, Joint, Base):
    """A contact person in their work role. There is no field for a personal identity number, on purpose."""

    __tablename__ = "contact"
    __table_args__ = (
        # The few that lists leave out, so that counting them costs nothing.
        Index(
            "ix_contact_protected", "id", sqlite_where=text("is_protected IS 1"),
            postgresql_where=text("is_protected IS true"),
        ),
        LASTING_IDS,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str | None] = mapped_column(String(2))
    is_protected: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    posts: Mapped[list[Post]] = relationship(lazy="raise", order_by="Post.id")
    points: Mapped[list[ContactPoint]] = relationship(lazy="raise", order_by="ContactPoint.id")

    __mapper_args__ = {"version_id_col": version}


class Post(Joint, Base):
    """That a person works at a company, as what; one of a person's posts is the main one."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("contact_id", "company_id"), Index("ix_post_company", "company_id"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    title: Mapped[str] = mapped_column(String(120), default="")
    is_main: Mapped[bool] = mapped_column(Boolean, default=True)

    company: Mapped[Company] = relationship(lazy="raise")
    contact: Mapped[Contact] = relationship(lazy="raise", viewonly=True)


_FILTERED, _IN_ORDER = ("tenant_id", "trashed_at"), ("name_sort", "id", "contact_id")


class ContactRelation(TenantScoped, Base):
    """What one tenant knows of a contact person.

    The copies that lists sort by are kept by the commands; `company_status`, `company_owner_id` and `municipality`,
    which tell of the company of the main post as this tenant knows it, by triggers (migration 0004).
    """

    __tablename__ = "contact_relation"
    __table_args__ = (
        UniqueConstraint("tenant_id", "contact_id"),
        Index("ix_contact_relation_contact", "contact_id"),
        Index("ix_contact_relation_name", "tenant_id", "trashed_at", "name_sort", "id"),
        Index("ix_contact_relation_company_sort", "tenant_id", "trashed_at", "company_sort", "name_sort", "id"),
        Index("ix_contact_relation_contacted", "tenant_id", "trashed_at", "last_contact_at", "id"),
        Index("ix_contact_relation_status", *_FILTERED, "company_status", *_IN_ORDER),
        Index("ix_contact_relation_owner", *_FILTERED, "company_owner_id", *_IN_ORDER),
        Index("ix_contact_relation_municipality", *_FILTERED, "municipality", *_IN_ORDER),
        Index("ix_contact_relation_marketing", *_FILTERED, "marketing", *_IN_ORDER),
        Index(
            "ix_contact_relation_blocked", "tenant_id", "trashed_at", "name_sort", "id", "contact_id",
            sqlite_where=text("call_blocked_at IS NOT NULL"), postgresql_where=text("call_blocked_at IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    notes: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(120))
    source_on: Mapped[date]
    legal_ground: Mapped[str | None] = mapped_column(String(30))
    informed_on: Mapped[date | None]
    marketing: Mapped[str] = mapped_column(String(12), default="allowed")
    call_blocked_at: Mapped[datetime | None]
    name_sort: Mapped[str] = mapped_column(SortKey)
    company_sort: Mapped[str] = mapped_column(SortKey, default="")
    last_contact_at: Mapped[datetime | None]
    company_status: Mapped[str | None] = mapped_column(String(20))
    company_owner_id: Mapped[int | None]
    municipality: Mapped[str | None] = mapped_column(String(60))
    trashed_at: Mapped[datetime | None]
    trashed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    contact: Mapped[Contact] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}


# ---- when a joint row is there for a tenant -------------------------------------------------------------------------

_company = CompanyRelation.__table__.c
_contact = ContactRelation.__table__.c


def _held(relation, shown: tuple[int, ...], own: int):
    """Held by the tenant itself, or (not in the trash) by one that shows it its register."""
    others = [tenant for tenant in shown if tenant != own]
    if not others:
        return relation.tenant_id == own
    return or_(relation.tenant_id == own, relation.tenant_id.in_(others) & relation.trashed_at.is_(None))


def _company_held(company_id, shown, own):
    return exists(
        select(1)
        .where(_company.company_id == company_id, _held(_company, shown, own))
        .correlate_except(CompanyRelation.__table__)
    )


def _contact_held(contact_id, shown, own):
    return exists(
        select(1)
        .where(_contact.contact_id == contact_id, _held(_contact, shown, own))
        .correlate_except(ContactRelation.__table__)
    )


joint_visibility(Company, lambda shown, own: _company_held(Company.id, shown, own))
joint_visibility(Address, lambda shown, own: _company_held(Address.company_id, shown, own))
joint_visibility(Contact, lambda shown, own: _contact_held(Contact.id, shown, own))
joint_visibility(Post, lambda shown, own: _contact_held(Post.contact_id, shown, own))
joint_visibility(
    # It has one of the two. CASE asks only of that one; OR would ask of both for each row (SQLite: twice the time).
    ContactPoint,
    lambda shown, own: case(
        (ContactPoint.company_id.is_not(None), _company_held(ContactPoint.company_id, shown, own)),
        else_=_contact_held(ContactPoint.contact_id, shown, own),
    ),
)
