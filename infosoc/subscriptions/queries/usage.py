"""Reported usage, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.crm.models.companies import Company
from infosoc.subscriptions.models import Agreement, AgreementLine, Product, UsageReport


@dataclass(frozen=True)
class Row:
    """One reported figure with whose it is."""

    report: UsageReport
    agreement: Agreement
    company: Company
    product: Product
    by: str


def newest(session: Session, *, most: int = 100) -> list[Row]:
    """The figures reported last that hold."""
    query = (
        select(UsageReport, Agreement, Company, Product, User.name)
        .join(AgreementLine, AgreementLine.id == UsageReport.line_id)
        .join(Agreement, Agreement.id == AgreementLine.agreement_id)
        .join(Company, Company.id == Agreement.company_id)
        .join(Product, Product.id == AgreementLine.product_id)
        .outerjoin(User, User.id == UsageReport.made_by)
        .where(UsageReport.replaced_at.is_(None))
        .order_by(UsageReport.made_at.desc(), UsageReport.id.desc())
        .limit(most)
    )
    return [Row(report, agreement, company, product, by or "") for report, agreement, company, product, by
            in session.execute(query)]  # fmt: skip
