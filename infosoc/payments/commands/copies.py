"""What payments keep about companies: a customer's credit follows its company, and holds it in the register."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.commands import holding, merge
from infosoc.payments.models import PaymentAllocation

merge.MOVING |= {"payment_allocations": PaymentAllocation}
holding.OF_COMPANY += [PaymentAllocation]


@holding.holds
def with_payments(session: Session, company_ids: Collection[int]) -> set[int]:
    """Those of the companies that have paid something; what was booked is kept (bokföringslagen 7 kap.)."""
    query = select(PaymentAllocation.company_id).where(PaymentAllocation.company_id.in_(company_ids)).distinct()
    return {one for one in session.scalars(query) if one is not None} if company_ids else set()
