"""Billing runs: the list, and one of them with its sums, invoices and problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from infosoc.crm.models.companies import Company
from infosoc.invoicing.models import BillingProblem, BillingRun, Invoice
from infosoc.kernel.errors import NotFound
from infosoc.subscriptions.models import Agreement

ROWS = 50


@dataclass(frozen=True)
class Sums:
    """What a run has issued, in öre."""

    invoices: int
    net_ore: int
    vat_ore: int
    payable_ore: int


@dataclass(frozen=True)
class Problem:
    """An agreement that a run could not invoice: what the error says, as message and values."""

    agreement: Agreement
    company: Company | None
    text: str
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        return self.company.name if self.company else ""


def runs(session: Session, *, before: int | None = None) -> list[BillingRun]:
    """The latest runs, or those before one: one row more than a page, where there is another page."""
    query = select(BillingRun).order_by(BillingRun.id.desc()).limit(ROWS + 1)
    if before is not None:
        query = query.where(BillingRun.id < before)
    return list(session.scalars(query))


def run(session: Session, public_id: str) -> BillingRun:
    """The run at an address."""
    found = session.scalar(select(BillingRun).where(BillingRun.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def sums(session: Session, run: BillingRun) -> Sums:
    """What the run has issued by now."""
    return sums_of(session, [run.id]).get(run.id, Sums(0, 0, 0, 0))


def sums_of(session: Session, run_ids: list[int]) -> dict[int, Sums]:
    """What each of some runs has issued."""
    query: Any = select(
        Invoice.run_id, func.count(), func.sum(Invoice.net_ore), func.sum(Invoice.vat_ore),
        func.sum(Invoice.payable_ore),
    ).where(Invoice.run_id.in_(run_ids)).group_by(Invoice.run_id)  # fmt: skip
    return {
        at: Sums(count, int(net), int(vat), int(payable)) for at, count, net, vat, payable in session.execute(query)
    }


def problems(session: Session, run: BillingRun, *, most: int = 500) -> list[Problem]:
    """The agreements that the run could not invoice, by number."""
    query = (
        select(BillingProblem, Agreement)
        .join(Agreement, Agreement.id == BillingProblem.agreement_id)
        .where(BillingProblem.run_id == run.id)
        .options(joinedload(Agreement.company))
        .order_by(Agreement.number)
        .limit(most)
    )
    return [
        Problem(agreement, agreement.company, one.message, dict(one.facts)) for one, agreement in session.execute(query)
    ]


def invoices(session: Session, run: BillingRun, *, after: int = 0) -> list[Invoice]:
    """The run's invoices by number, from one on: one row more than a page, where there is another page."""
    query = select(Invoice).where(Invoice.run_id == run.id, Invoice.number > after)
    return list(session.scalars(query.order_by(Invoice.number).limit(ROWS + 1)))
