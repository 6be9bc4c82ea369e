"""Deferred income: what of invoiced periods is not earned yet, by account, and what has been released of it.

What was deferred follows from the invoice lines alone (`rules.deferral`); what has been released stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.invoicing.models import DeferralRelease, InvoiceLine
from infosoc.invoicing.rules import deferral
from infosoc.ledger.models import Voucher, VoucherLine

Amounts = dict[tuple[date, int], int]
AT_A_TIME = 5_000


@dataclass(frozen=True)
class Deferred:
    """One deferral account on a day, in öre: what is not earned by the calendar, and what the sales ledger has left.

    They differ only while the release of a month that has ended is still to be posted.
    """

    account: int
    unearned_ore: int
    left_ore: int


def deferred_income(session: Session, on: date) -> list[Deferred]:
    """What is deferred on a day, by account. `left_ore` is what invoices and releases have put on the account."""
    unearned: dict[int, int] = {}
    left: dict[int, int] = {}
    for account, _, month, ore in _parts(session, issued_through=on):
        left[account] = left.get(account, 0) + ore
        if deferral.month_end(month) > on:
            unearned[account] = unearned.get(account, 0) + ore
    query = (
        select(DeferralRelease.account, func.sum(DeferralRelease.amount_ore))
        .join(Voucher, Voucher.id == DeferralRelease.voucher_id)
        .where(Voucher.voucher_on <= on)
        .group_by(DeferralRelease.account)
    )
    for account, ore in session.execute(query):
        left[account] = left.get(account, 0) - int(ore)
    return [Deferred(account, unearned.get(account, 0), left[account]) for account in sorted(left)]


def ledger_balance(session: Session, account: int, on: date) -> int:
    """What vouchers up to a day have put on a deferral account, as a debt to customers, in öre."""
    query = select(func.coalesce(func.sum(VoucherLine.amount_ore), 0))
    return -int(session.scalar(query.where(VoucherLine.account == account, VoucherLine.voucher_on <= on)) or 0)


def earned(session: Session, since: date, through: date) -> Amounts:
    """What becomes income in the months from one to another, by month and account."""
    found: Amounts = {}
    for account, _, month, ore in _parts(session, ending_from=since):
        if since <= month <= through:
            found[month, account] = found.get((month, account), 0) + ore
    return found


def releases(session: Session, since: date, through: date) -> dict[tuple[date, int], tuple[int, int]]:
    """What has been released of these months by month and account: how much, and in how many vouchers."""
    query = (
        select(DeferralRelease.month, DeferralRelease.account, func.sum(DeferralRelease.amount_ore), func.count())
        .where(DeferralRelease.month >= since, DeferralRelease.month <= through)
        .group_by(DeferralRelease.month, DeferralRelease.account)
    )
    return {(month, account): (int(ore), count) for month, account, ore, count in session.execute(query)}


def _parts(
    session: Session, *, issued_through: date = date.max, ending_from: date = date.min
) -> Iterator[tuple[int, date, date, int]]:
    """Account, day of issue, month and amount of everything that was deferred when it was invoiced."""
    query = (
        select(
            InvoiceLine.deferral_account, InvoiceLine.net_ore, InvoiceLine.period_start, InvoiceLine.period_end,
            InvoiceLine.issued_on,
        )
        .where(
            InvoiceLine.deferral_account.is_not(None), InvoiceLine.period_end >= ending_from,
            InvoiceLine.issued_on <= issued_through,
        )
        .execution_options(yield_per=AT_A_TIME)
    )  # fmt: skip
    for account, net_ore, start, end, issued_on in session.execute(query):
        if start is None or end is None:
            continue  # nothing without a period is deferred
        for month, ore in deferral.released(net_ore, start, end, issued_on=issued_on):
            yield account, issued_on, month, ore
