"""Products, price lists, agreements with their lines and deeds, usage, indexes and price increases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infosoc.crm.models.companies import Company
from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped

_IN_FORCE: dict[str, Any] = {
    "sqlite_where": text("replaced_at IS NULL"),
    "postgresql_where": text("replaced_at IS NULL"),
}


class Product(HasPublicId, TenantScoped, Base):
    """What a tenant sells. `billing`, `unit` and `tier_kind` are values of `rules.words`; accounts and VAT plain codes.

    Without a deferral account what is charged in advance is income at once.
    """

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "code"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20))
    name_sv: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    billing: Mapped[str] = mapped_column(String(10))
    unit: Mapped[str] = mapped_column(String(3))
    tier_kind: Mapped[str] = mapped_column(String(10), default="graduated")
    vat_code: Mapped[str] = mapped_column(String(4))
    revenue_account: Mapped[str] = mapped_column(String(4))
    deferral_account: Mapped[str] = mapped_column(String(4), default="")
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}

    def name(self, locale: str) -> str:
        """What it is called in a language; Swedish where it has no English name."""
        return self.name_en if locale.startswith("en") and self.name_en else self.name_sv


class PriceList(HasPublicId, TenantScoped, Base):
    """Prices that several customers share."""

    __tablename__ = "price_list"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"), LASTING_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class ListPrice(TenantScoped, Base):
    """The price of a product in a list from a day on. A correction is a new row; the one it replaces is kept.

    `price_ore` is for `per_months`; of a product by usage it is for one unit, and `tiers` holds the steps.
    """

    __tablename__ = "list_price"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "price_list_id"], ["price_list.tenant_id", "price_list.id"]),
        ForeignKeyConstraint(["tenant_id", "product_id"], ["product.tenant_id", "product.id"]),
        Index("uq_list_price_from", "tenant_id", "price_list_id", "product_id", "valid_from", unique=True, **_IN_FORCE),
        Index("ix_list_price_list", "tenant_id", "price_list_id", "product_id", "valid_from"),
        Index("ix_list_price_product", "tenant_id", "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    price_list_id: Mapped[int]
    product_id: Mapped[int]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    price_ore: Mapped[int]
    per_months: Mapped[int] = mapped_column(default=1)
    tiers: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Agreement(HasPublicId, TenantScoped, Base):
    """What a customer has agreed to. Its states are its deeds; its prices are its lines.

    The terms here, from `starts_on` to `index_base`, are those that were signed, and final: which hold on a day, the
    deeds say (`queries.deeds.course_of`).

    `state`, `state_from`, `next_change_on` and `ends_on` are copies of what the deeds say, kept by the commands and
    brought up to date each night. The recipient of the invoices is a person with rights: see `privacy.columns`.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "number"),
        ForeignKeyConstraint(
            ["tenant_id", "company_id"], ["company_relation.tenant_id", "company_relation.company_id"]
        ),
        ForeignKeyConstraint(["tenant_id", "price_list_id"], ["price_list.tenant_id", "price_list.id"]),
        Index("ix_agreement_company", "tenant_id", "company_id", "number"),
        Index("ix_agreement_price_list", "tenant_id", "price_list_id"),
        Index("ix_agreement_contact", "contact_id", "tenant_id"),
        Index("ix_agreement_state", "tenant_id", "state", "number"),
        Index("ix_agreement_next", "tenant_id", "next_change_on"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    company_id: Mapped[int]
    price_list_id: Mapped[int | None]
    starts_on: Mapped[date]
    anchor_on: Mapped[date]
    billing_months: Mapped[int]
    in_advance: Mapped[bool] = mapped_column(Boolean, default=True)
    binding_months: Mapped[int] = mapped_column(default=0)
    notice_months: Mapped[int] = mapped_column(default=0)
    renewal_months: Mapped[int] = mapped_column(default=0)
    payment_days: Mapped[int] = mapped_column(default=30)
    index_kind: Mapped[str] = mapped_column(String(10), default="")
    index_from: Mapped[date | None]
    index_percent: Mapped[int] = mapped_column(default=0)
    index_series: Mapped[str] = mapped_column(String(20), default="")
    index_base: Mapped[date | None]
    delivery: Mapped[str] = mapped_column(String(10), default="email")
    language: Mapped[str] = mapped_column(String(2), default="sv")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    recipient_name: Mapped[str] = mapped_column(String(120), default="")
    recipient_email: Mapped[str] = mapped_column(String(254), default="")
    reference: Mapped[str] = mapped_column(String(80), default="")
    order_number: Mapped[str] = mapped_column(String(80), default="")
    cost_centre: Mapped[str] = mapped_column(String(80), default="")
    einvoice_address: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10))
    state_from: Mapped[date]
    next_change_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)

    company: Mapped[Company] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(Agreement.company_id) == Company.id"
    )
    lines: Mapped[list[AgreementLine]] = relationship(
        lazy="raise", viewonly=True, order_by="AgreementLine.position, AgreementLine.id",
        primaryjoin="Agreement.id == foreign(AgreementLine.agreement_id)",
    )  # fmt: skip
    deeds: Mapped[list[AgreementDeed]] = relationship(
        lazy="raise", viewonly=True, order_by="AgreementDeed.effective_on, AgreementDeed.id",
        primaryjoin="Agreement.id == foreign(AgreementDeed.agreement_id)",
    )  # fmt: skip
    price_list: Mapped[PriceList | None] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(Agreement.price_list_id) == PriceList.id"
    )

    __mapper_args__ = {"version_id_col": version}


class AgreementLine(HasPublicId, TenantScoped, Base):
    """A product at a price, from a day to a day. A change ends the line and begins another (`replaces_id`).

    With `price_ore` the line has a price of its own, else the price list of the agreement says what it costs.
    """

    __tablename__ = "agreement_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "agreement_id"], ["agreement.tenant_id", "agreement.id"]),
        ForeignKeyConstraint(["tenant_id", "product_id"], ["product.tenant_id", "product.id"]),
        ForeignKeyConstraint(["tenant_id", "replaces_id"], ["agreement_line.tenant_id", "agreement_line.id"]),
        Index("ix_agreement_line_agreement", "tenant_id", "agreement_id", "position"),
        Index("ix_agreement_line_product", "tenant_id", "product_id", "agreement_id"),
        Index("ix_agreement_line_replaces", "tenant_id", "replaces_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int]
    product_id: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    quantity_thousandths: Mapped[int] = mapped_column(default=1000)
    price_ore: Mapped[int | None]
    per_months: Mapped[int] = mapped_column(default=1)
    discount: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(String(200), default="")
    replaces_id: Mapped[int | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]

    product: Mapped[Product] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(AgreementLine.product_id) == Product.id"
    )


class AgreementDeed(TenantScoped, Base):
    """What was done to an agreement, from which day, by whom and when; never changed, taken back by another deed.

    `terms` names the terms that a deed changes, each with what it was and what it became (`rules.agreed`).
    """

    __tablename__ = "agreement_deed"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "agreement_id"], ["agreement.tenant_id", "agreement.id"]),
        ForeignKeyConstraint(["tenant_id", "undoes_id"], ["agreement_deed.tenant_id", "agreement_deed.id"]),
        Index("ix_agreement_deed_agreement", "tenant_id", "agreement_id", "effective_on", "id"),
        Index("ix_agreement_deed_undoes", "tenant_id", "undoes_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    effective_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300), default="")
    undoes_id: Mapped[int | None]
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class AgreementProduct(TenantScoped, Base):
    """Which company has which product, and in what state: a copy for lists and for a sister company. It has no prices.

    One row for each product of each agreement, kept by the commands that change the agreement.
    """

    __tablename__ = "agreement_product"
    __table_args__ = (
        UniqueConstraint("tenant_id", "agreement_id", "product_id"),
        ForeignKeyConstraint(["tenant_id", "agreement_id"], ["agreement.tenant_id", "agreement.id"]),
        ForeignKeyConstraint(["tenant_id", "product_id"], ["product.tenant_id", "product.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "company_id"], ["company_relation.tenant_id", "company_relation.company_id"]
        ),
        Index("ix_agreement_product_product", "tenant_id", "product_id", "is_live", "company_id"),
        Index("ix_agreement_product_company", "company_id", "tenant_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int]
    product_id: Mapped[int]
    company_id: Mapped[int]
    name_sv: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(10))
    is_live: Mapped[bool] = mapped_column(Boolean)
    state_from: Mapped[date]


class UsageReport(TenantScoped, Base):
    """How much of a line was used on a day (or up to it). Reported anew, the earlier row is kept as replaced."""

    __tablename__ = "usage_report"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "line_id"], ["agreement_line.tenant_id", "agreement_line.id"]),
        Index("uq_usage_report_day", "tenant_id", "line_id", "used_on", unique=True, **_IN_FORCE),
        Index("ix_usage_report_line", "tenant_id", "line_id"),
        Index("ix_usage_report_newest", "tenant_id", "made_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int]
    used_on: Mapped[date]
    quantity_thousandths: Mapped[int]
    source: Mapped[str] = mapped_column(String(120), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class IndexValue(TenantScoped, Base):
    """The value of an index for a month, in thousandths, as its publisher states it."""

    __tablename__ = "index_value"
    __table_args__ = (UniqueConstraint("tenant_id", "series", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(String(20))
    month: Mapped[date]
    value_thousandths: Mapped[int]
    source: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class PriceIncrease(HasPublicId, TenantScoped, Base):
    """A rise of many prices at once, looked through before it is carried out. `percent` is hundredths of a percent."""

    __tablename__ = "price_increase"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "product_id"], ["product.tenant_id", "product.id"]),
        Index("ix_price_increase_newest", "tenant_id", "made_at", "id"),
        Index("ix_price_increase_product", "tenant_id", "product_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    product_id: Mapped[int | None]
    percent: Mapped[int]
    from_on: Mapped[date]
    letter_subject: Mapped[str] = mapped_column(String(200), default="")
    letter: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    lettered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PriceIncreaseRow(TenantScoped, Base):
    """One line in a price increase, as it was looked at: what it costs, and what it will; both for `per_months`."""

    __tablename__ = "price_increase_row"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "increase_id"], ["price_increase.tenant_id", "price_increase.id"]),
        ForeignKeyConstraint(["tenant_id", "line_id"], ["agreement_line.tenant_id", "agreement_line.id"]),
        ForeignKeyConstraint(["tenant_id", "new_line_id"], ["agreement_line.tenant_id", "agreement_line.id"]),
        UniqueConstraint("tenant_id", "increase_id", "line_id"),
        Index("ix_price_increase_row_line", "tenant_id", "line_id"),
        Index("ix_price_increase_row_new_line", "tenant_id", "new_line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    increase_id: Mapped[int]
    line_id: Mapped[int]
    before_ore: Mapped[int]
    after_ore: Mapped[int]
    per_months: Mapped[int]
    is_from_list: Mapped[bool] = mapped_column(Boolean, default=False)
    is_left_out: Mapped[bool] = mapped_column(Boolean, default=False)
    new_line_id: Mapped[int | None]
