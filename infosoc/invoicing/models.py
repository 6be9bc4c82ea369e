"""Settings, drafts, issued invoices with their lines and claims, papers, deliveries and billing runs.

An issued invoice is final: the database refuses every change of what was printed or posted (migration 0010). What
happens to it afterwards stands beside it: `Settlement` rows lower the claim, `Delivery` rows say how it went out.
Amounts of a credit note are negative here, as it is a debt to the customer; in its record they are positive.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infosoc.crm.models.companies import Company
from infosoc.db.base import LASTING_IDS, Base, HasPublicId, SortKey
from infosoc.db.tenancy import TenantScoped
from infosoc.invoicing.outgoing_models import Delivery as Delivery
from infosoc.invoicing.outgoing_models import InvoicePaper as InvoicePaper
from infosoc.invoicing.receiving_models import ReceivingAccount as ReceivingAccount

_HAS_OCR: dict[str, Any] = {"sqlite_where": text("ocr <> ''"), "postgresql_where": text("ocr <> ''")}
_OPEN: dict[str, Any] = {"sqlite_where": text("open_ore <> 0"), "postgresql_where": text("open_ore <> 0")}
_COMPANY = ["company_relation.tenant_id", "company_relation.company_id"]


class InvoicingSettings(TenantScoped, Base):
    """What a tenant prints on its invoices and how it books them; one row each. Numbers are digits, without signs.

    Until `bills_from` is set nothing is billed by agreements: what was invoiced elsewhere is not invoiced again.
    """

    __tablename__ = "invoicing_settings"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seller_name: Mapped[str] = mapped_column(String(200), default="")
    org_number: Mapped[str] = mapped_column(String(10), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    seat: Mapped[str] = mapped_column(String(100), default="")
    has_f_tax: Mapped[bool] = mapped_column(Boolean, default=True)
    bankgiro: Mapped[str] = mapped_column(String(8), default="")
    plusgiro: Mapped[str] = mapped_column(String(8), default="")
    iban: Mapped[str] = mapped_column(String(34), default="")
    bic: Mapped[str] = mapped_column(String(11), default="")
    endpoint: Mapped[str] = mapped_column(String(60), default="")
    contact: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    website: Mapped[str] = mapped_column(String(120), default="")
    logo: Mapped[str] = mapped_column(Text, default="")
    payment_days: Mapped[int] = mapped_column(default=30)
    to_kronor: Mapped[bool] = mapped_column(Boolean, default=False)
    least_deferred_ore: Mapped[int] = mapped_column(default=0)
    bills_from: Mapped[date | None]
    access_point: Mapped[str] = mapped_column(String(10), default="download")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class CustomerAccount(TenantScoped, Base):
    """What invoicing knows of a company beside its agreements. A group company's claims are on an account of their own.

    `has_agreed_fee` says that reminder fees stand in the agreement (lagen 1981:739).
    """

    __tablename__ = "customer_account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        ForeignKeyConstraint(["tenant_id", "company_id"], _COMPANY),
        Index("ix_customer_account_company", "tenant_id", "company_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    company_id: Mapped[int]
    is_group: Mapped[bool] = mapped_column(Boolean, default=False)
    vat_number: Mapped[str] = mapped_column(String(20), default="")
    has_agreed_fee: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class InvoiceDraft(HasPublicId, TenantScoped, Base):
    """An invoice or credit note being written. `rows` are the lines of the form, in order; nothing is posted yet."""

    __tablename__ = "invoice_draft"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "company_id"], _COMPANY),
        ForeignKeyConstraint(["tenant_id", "agreement_id"], ["agreement.tenant_id", "agreement.id"]),
        ForeignKeyConstraint(["tenant_id", "credits_id"], ["invoice.tenant_id", "invoice.id"]),
        Index("ix_invoice_draft_newest", "tenant_id", "changed_at", "id"),
        Index("ix_invoice_draft_company", "tenant_id", "company_id"),
        Index("ix_invoice_draft_agreement", "tenant_id", "agreement_id"),
        Index("ix_invoice_draft_credits", "tenant_id", "credits_id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    company_id: Mapped[int]
    agreement_id: Mapped[int | None]
    credits_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    issued_on: Mapped[date | None]
    payment_days: Mapped[int] = mapped_column(default=30)
    language: Mapped[str] = mapped_column(String(2), default="sv")
    delivery: Mapped[str] = mapped_column(String(10), default="email")
    recipient_name: Mapped[str] = mapped_column(String(120), default="")
    recipient_email: Mapped[str] = mapped_column(String(254), default="")
    reference: Mapped[str] = mapped_column(String(80), default="")
    order_number: Mapped[str] = mapped_column(String(80), default="")
    cost_centre: Mapped[str] = mapped_column(String(80), default="")
    einvoice_address: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    to_kronor: Mapped[bool] = mapped_column(Boolean, default=False)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    payable_ore: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    company: Mapped[Company] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(InvoiceDraft.company_id) == Company.id"
    )

    __mapper_args__ = {"version_id_col": version}


class BillingRun(HasPublicId, TenantScoped, Base):
    """The invoices of all agreements for days `first_on` through `through_on`, made by a job that can be resumed."""

    __tablename__ = "billing_run"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index("ix_billing_run_newest", "tenant_id", "made_at", "id"),
        LASTING_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_on: Mapped[date]
    through_on: Mapped[date]
    issued_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    planned: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BillingProblem(TenantScoped, Base):
    """An agreement that a run could not invoice, and why: the message of the error and what it says."""

    __tablename__ = "billing_problem"
    __table_args__ = (
        UniqueConstraint("tenant_id", "run_id", "agreement_id"),
        ForeignKeyConstraint(["tenant_id", "run_id"], ["billing_run.tenant_id", "billing_run.id"]),
        ForeignKeyConstraint(["tenant_id", "agreement_id"], ["agreement.tenant_id", "agreement.id"]),
        Index("ix_billing_problem_agreement", "tenant_id", "agreement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int]
    agreement_id: Mapped[int]
    message: Mapped[str] = mapped_column(String(300))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Invoice(HasPublicId, TenantScoped, Base):
    """An issued invoice or credit note. Final, but for where its company is found and what is left of the claim.

    `record` is everything printed, as JSON (`rules.archive`), `record_hash` its SHA-256. `open_ore` is payable less all
    settlements, kept by the database itself; negative for a credit note that has not been used. `source` says what it
    was made of, so that the same thing is never invoiced twice. Without a voucher it came to nothing at all.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "series", "number"),
        UniqueConstraint("tenant_id", "source"),
        UniqueConstraint("tenant_id", "voucher_id"),
        Index("uq_invoice_ocr", "tenant_id", "ocr", unique=True, **_HAS_OCR),
        ForeignKeyConstraint(["tenant_id", "company_id"], _COMPANY),
        ForeignKeyConstraint(["tenant_id", "agreement_id"], ["agreement.tenant_id", "agreement.id"]),
        ForeignKeyConstraint(["tenant_id", "run_id"], ["billing_run.tenant_id", "billing_run.id"]),
        ForeignKeyConstraint(["tenant_id", "credits_id"], ["invoice.tenant_id", "invoice.id"]),
        ForeignKeyConstraint(["tenant_id", "voucher_id"], ["voucher.tenant_id", "voucher.id"]),
        Index("ix_invoice_newest", "tenant_id", "issued_on", "number"),
        Index("ix_invoice_number", "tenant_id", "number", "id"),
        Index("ix_invoice_due", "tenant_id", "due_on", "number", **_OPEN),
        Index("ix_invoice_buyer", "tenant_id", "buyer_sort", "number"),
        Index("ix_invoice_amount", "tenant_id", "payable_ore", "number"),
        Index("ix_invoice_company", "tenant_id", "company_id", "issued_on"),
        Index("ix_invoice_agreement", "tenant_id", "agreement_id", "issued_on"),
        Index("ix_invoice_run", "tenant_id", "run_id", "number"),
        Index("ix_invoice_credits", "tenant_id", "credits_id"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint(
            "payable_ore >= 0 and open_ore between 0 and payable_ore or "
            "payable_ore < 0 and open_ore between payable_ore and 0", name="open",
        ),
        LASTING_IDS,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    series: Mapped[str] = mapped_column(String(8))
    number: Mapped[int]
    company_id: Mapped[int]
    agreement_id: Mapped[int | None]
    run_id: Mapped[int | None]
    credits_id: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(120))
    issued_on: Mapped[date]
    due_on: Mapped[date]
    ocr: Mapped[str] = mapped_column(String(25), default="")
    buyer_name: Mapped[str] = mapped_column(String(200))
    buyer_sort: Mapped[str] = mapped_column(SortKey)
    language: Mapped[str] = mapped_column(String(2))
    net_ore: Mapped[int]
    vat_ore: Mapped[int]
    payable_ore: Mapped[int]
    claim_account: Mapped[int]
    record: Mapped[str] = mapped_column(Text)
    record_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    voucher_id: Mapped[int | None]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    open_ore: Mapped[int]
    settled_on: Mapped[date | None]
    delivery: Mapped[str] = mapped_column(String(10))
    delivery_state: Mapped[str] = mapped_column(String(12), default="created")

    company: Mapped[Company] = relationship(
        lazy="raise", viewonly=True, primaryjoin="foreign(Invoice.company_id) == Company.id"
    )
    credits: Mapped[Invoice | None] = relationship(
        lazy="raise", viewonly=True, remote_side="Invoice.id", primaryjoin="foreign(Invoice.credits_id) == Invoice.id"
    )


class InvoiceLine(TenantScoped, Base):
    """A line that costs something, as the books and the figures need it; a credit note's are negative. Final."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "invoice_id", "position"),
        ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        Index("ix_invoice_line_deferred", "tenant_id", "deferral_account", "period_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int]
    position: Mapped[int]
    issued_on: Mapped[date]
    text: Mapped[str] = mapped_column(String(200))
    net_ore: Mapped[int]
    vat_code: Mapped[str] = mapped_column(String(4))
    account: Mapped[int]
    deferral_account: Mapped[int | None]
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]


class InvoicedCharge(TenantScoped, Base):
    """That a period of an agreement's line has been invoiced: the key makes a second time impossible. Final."""

    __tablename__ = "invoiced_charge"
    __table_args__ = (
        UniqueConstraint("tenant_id", "agreement_line_id", "period_on"),
        ForeignKeyConstraint(["tenant_id", "agreement_line_id"], ["agreement_line.tenant_id", "agreement_line.id"]),
        ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        Index("ix_invoiced_charge_invoice", "tenant_id", "invoice_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_line_id: Mapped[int]
    period_on: Mapped[date]
    invoice_id: Mapped[int]
    net_ore: Mapped[int]


class Settlement(HasPublicId, TenantScoped, Base):
    """What lowers a claim from a day: a payment, a credit note, a loss. Final; taken back by another one.

    Positive for what lowers an invoice's claim, negative for what uses up a credit note. `source` tells it from all
    others. The sum of all claims less all settlements up to a day is the balance of the claim accounts on that day.
    """

    __tablename__ = "settlement"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "source"),
        ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        ForeignKeyConstraint(["tenant_id", "voucher_id"], ["voucher.tenant_id", "voucher.id"]),
        ForeignKeyConstraint(["tenant_id", "undoes_id"], ["settlement.tenant_id", "settlement.id"]),
        Index("ix_settlement_invoice", "tenant_id", "invoice_id", "settled_on"),
        Index("ix_settlement_day", "tenant_id", "settled_on", "invoice_id"),
        Index("ix_settlement_voucher", "tenant_id", "voucher_id"),
        Index("uq_settlement_undoes", "tenant_id", "undoes_id", unique=True),
        CheckConstraint("amount_ore <> 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int]
    settled_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(12))
    amount_ore: Mapped[int]
    source: Mapped[str] = mapped_column(String(120))
    voucher_id: Mapped[int | None]
    undoes_id: Mapped[int | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime]


class DeferralRelease(TenantScoped, Base):
    """What of the deferred income of a month has been made income of, and by which voucher. Final."""

    __tablename__ = "deferral_release"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "voucher_id"], ["voucher.tenant_id", "voucher.id"]),
        Index("ix_deferral_release_month", "tenant_id", "month", "account"),
        Index("ix_deferral_release_voucher", "tenant_id", "voucher_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]
    account: Mapped[int]
    amount_ore: Mapped[int]
    voucher_id: Mapped[int]
    made_at: Mapped[datetime]
