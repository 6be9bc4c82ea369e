"""Invoices and the company register: they hold a company there, and follow it when records are merged."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.commands import holding, merge
from infosoc.invoicing.models import CustomerAccount, Invoice, InvoiceDraft

merge.MOVING |= {"invoices": Invoice, "invoice_drafts": InvoiceDraft, "customer_accounts": CustomerAccount}
holding.OF_COMPANY += [Invoice, InvoiceDraft, CustomerAccount]


@holding.holds
def with_invoices(session: Session, company_ids: Collection[int]) -> set[int]:
    """Those of the companies that have been invoiced, or are about to be; they are kept (BFL 7 kap. 2 §)."""
    found: set[int] = set()
    for model in (Invoice, InvoiceDraft, CustomerAccount) if company_ids else ():
        found |= set(session.scalars(select(model.company_id).where(model.company_id.in_(company_ids)).distinct()))
    return found
