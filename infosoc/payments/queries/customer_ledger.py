"""The customer ledger of any day: what each customer owes, how old it is, and that it agrees with the books.

What is open on a day is each claim issued by then less its settlements by then, never today's state (specification 5).
Amounts are whole öre; a credit note that has not been used lessens what is owed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import and_, case, func, select, union_all
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company
from infosoc.db.within import within
from infosoc.invoicing.models import CustomerAccount, Invoice, Settlement
from infosoc.invoicing.rules.posting import CLAIM_ACCOUNTS
from infosoc.kernel.text import sort_key
from infosoc.kernel.words import N_
from infosoc.ledger.models import FiscalYear, OpeningBalance, VoucherLine
from infosoc.payments.models import PaymentAllocation
from infosoc.payments.rules import CUSTOMER_CREDIT

# Days after the due day, the last one included; what is not due comes before them, what is older after.
AGES = (0, 30, 60, 90)
AGE_LABELS = (N_("Not due"), N_("1–30 days"), N_("31–60 days"), N_("61–90 days"), N_("Over 90 days"))


def age_of(due_on: date, on: date) -> int:
    """Which of the ages a claim is in on a day: 0 while it is not overdue."""
    late = (on - due_on).days
    return next((at for at, most in enumerate(AGES) if late <= most), len(AGES))


@dataclass(frozen=True)
class Item:
    """An invoice or credit note on which something was open."""

    public_id: str
    number: int
    kind: str
    company_id: int
    issued_on: date
    due_on: date
    ocr: str
    claim_account: int
    payable_ore: int
    open_ore: int

    def days_late(self, on: date) -> int:
        return max((on - self.due_on).days, 0)


@dataclass
class CustomerRow:
    """A customer with what it owes by age, and its open items."""

    company_id: int
    name: str = ""
    public_id: str = ""
    number: int | None = None
    ages: list[int] = field(default_factory=lambda: [0] * len(AGE_LABELS))
    credit_ore: int = 0
    items: list[Item] = field(default_factory=list)

    @property
    def open_ore(self) -> int:
        return sum(self.ages)


@dataclass(frozen=True)
class Agreement:
    """An account of the customers: what they owe on it, what stands on it, and the difference, which is nothing.

    Their credit (2420) is owed to them, and so below nothing.
    """

    account: int
    owed_ore: int
    booked_ore: int

    @property
    def difference_ore(self) -> int:
        return self.booked_ore - self.owed_ore


@dataclass(frozen=True)
class CustomerLedger:
    """The ledger of a day."""

    on: date
    rows: list[CustomerRow]
    accounts: list[Agreement]

    @cached_property
    def ages(self) -> list[int]:
        return [sum(row.ages[at] for row in self.rows) for at in range(len(AGE_LABELS))]

    @property
    def open_ore(self) -> int:
        return sum(self.ages)

    @property
    def credit_ore(self) -> int:
        return sum(row.credit_ore for row in self.rows)


def ledger(session: Session, on: date, *, company_id: int | None = None) -> CustomerLedger:
    """What was open on a day by invoice, in Swedish order of the customers; of one alone if said, without its name."""
    rows: dict[int, CustomerRow] = {}
    owed = dict.fromkeys(CLAIM_ACCOUNTS, 0)
    for item in open_items(session, on, company_id=company_id):
        row = rows.setdefault(item.company_id, CustomerRow(item.company_id))
        row.items.append(item)
        row.ages[age_of(item.due_on, on)] += item.open_ore
        owed[item.claim_account] = owed.get(item.claim_account, 0) + item.open_ore
    return _assembled(session, on, rows, owed, company_id)


def overview(session: Session, on: date) -> CustomerLedger:
    """The same with the sums of each customer alone: six statements, whatever is open."""
    left = _left(on).subquery()
    # An invoice is in the first age while no more days than that are over since it was due.
    due = [on - timedelta(days=days) for days in AGES]
    first = [None, *due[:-1]]
    ages = [
        func.sum(case((and_(left.c.due_on >= low, *([left.c.due_on < high] if high else [])), left.c.ore), else_=0))
        for low, high in zip(due, first, strict=True)
    ]
    ages.append(func.sum(case((left.c.due_on < due[-1], left.c.ore), else_=0)))
    query = select(left.c.company_id, left.c.claim_account, *ages).group_by(left.c.company_id, left.c.claim_account)
    rows: dict[int, CustomerRow] = {}
    owed = dict.fromkeys(CLAIM_ACCOUNTS, 0)
    for at, account, *parts in session.execute(query):
        row = rows.setdefault(at, CustomerRow(at))
        row.ages = [have + int(more) for have, more in zip(row.ages, parts, strict=True)]
        owed[account] = owed.get(account, 0) + int(sum(parts))
    return _assembled(session, on, rows, owed)


def _assembled(
    session: Session, on: date, rows: dict[int, CustomerRow], owed: dict[int, int], company_id: int | None = None
) -> CustomerLedger:
    """With the credits and names, and held against the books where it is the ledger of all."""
    for at, ore in _credits(session, on, company_id):
        rows.setdefault(at, CustomerRow(at)).credit_ore = ore
    accounts = []
    if company_id is None:
        _name(session, rows)
        owed[CUSTOMER_CREDIT] = -sum(row.credit_ore for row in rows.values())
        booked = balances(session, owed, on)
        accounts = [Agreement(one, owed[one], booked.get(one, 0)) for one in owed]
    return CustomerLedger(on, sorted(rows.values(), key=lambda row: (sort_key(row.name), row.company_id)), accounts)


def open_items(session: Session, on: date, *, company_id: int | None = None) -> list[Item]:
    """Claims issued by a day and not settled by it, oldest due day first."""
    query = _left(on).order_by(Invoice.due_on, Invoice.number)
    if company_id is not None:
        query = query.where(Invoice.company_id == company_id)
    return [Item(*facts, open_ore=int(ore)) for *facts, ore in session.execute(query)]


def _left(on: date) -> Any:
    """What was open on a day, as columns of an item.

    What is settled by now, and was by then, cannot be among it: the claims looked at are those that are open now and
    those settled since. That is little on the days that are asked for most.
    """
    since = select(Settlement.invoice_id).where(Settlement.settled_on > on)
    now = select(Invoice.id).where(Invoice.open_ore != 0)
    settled = (
        select(func.coalesce(func.sum(Settlement.amount_ore), 0))
        .where(Settlement.invoice_id == Invoice.id, Settlement.settled_on <= on)
        .correlate(Invoice)
        .scalar_subquery()
    )
    left = Invoice.payable_ore - settled
    return select(
        Invoice.public_id, Invoice.number, Invoice.kind, Invoice.company_id, Invoice.issued_on, Invoice.due_on,
        Invoice.ocr, Invoice.claim_account, Invoice.payable_ore, left.label("ore"),
    ).where(Invoice.id.in_(now.union(since)), Invoice.issued_on <= on, left != 0)  # fmt: skip


def balances(session: Session, accounts: Iterable[int], on: date) -> dict[int, int]:
    """What stands on accounts of the balance sheet at the end of a day, in öre."""
    days = list(session.scalars(select(FiscalYear.starts_on).order_by(FiscalYear.starts_on)))
    if not days or days[0] > on:
        return {}
    # The opening balances of the first year, and everything posted since: later ones only repeat it.
    opening = (
        select(OpeningBalance.account, OpeningBalance.amount_ore.label("ore"))
        .join(FiscalYear, FiscalYear.id == OpeningBalance.fiscal_year_id)
        .where(OpeningBalance.account.in_(accounts), FiscalYear.starts_on == days[0])
    )
    moved = (
        select(VoucherLine.account, func.sum(VoucherLine.amount_ore))
        .where(VoucherLine.account.in_(accounts), VoucherLine.voucher_on <= on)
        .group_by(VoucherLine.account)
    )
    found: dict[int, int] = {}
    for account, ore in session.execute(union_all(opening, moved)):
        found[account] = found.get(account, 0) + int(ore)
    return found


def _credits(session: Session, on: date, company_id: int | None) -> list[tuple[int, int]]:
    """What customers have paid beyond their invoices (2420), which is theirs still on a day."""
    total = func.sum(PaymentAllocation.amount_ore)
    query = (
        select(PaymentAllocation.company_id, total)
        .where(PaymentAllocation.kind == "credit", PaymentAllocation.allocated_on <= on)
        .group_by(PaymentAllocation.company_id)
        .having(total != 0)
    )
    if company_id is not None:
        query = query.where(PaymentAllocation.company_id == company_id)
    return [(at, int(ore)) for at, ore in session.execute(query) if at is not None]


def _name(session: Session, rows: dict[int, CustomerRow]) -> None:
    """Names and customer numbers; after a merge there may be two, and the older counts."""
    if not rows:
        return
    query = (
        select(Company.id, Company.name, Company.public_id, CustomerAccount.number)
        .outerjoin(CustomerAccount, CustomerAccount.company_id == Company.id)
        .where(within(session, Company.id, rows))
        .order_by(CustomerAccount.id.desc())
    )
    for at, name, public_id, number in session.execute(query):
        rows[at].name, rows[at].public_id, rows[at].number = name, public_id, number
