"""Accounts: the chart with what stands on it, one account's months and lines, and the picker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from infosoc.kernel.text import fold
from infosoc.ledger import rules
from infosoc.ledger.commands.chart import account_at
from infosoc.ledger.models import Account, AccountMonth, FiscalYear, OpeningBalance, Voucher, VoucherLine

PAGE = 100
MOST_CHOICES = 12


@dataclass(frozen=True)
class ChartRow:
    """An account with its balance in a year, opening balance included; in öre, debit positive."""

    account: Account
    balance_ore: int
    is_moved: bool


@dataclass(frozen=True)
class Month:
    """A month of an account: what came and went, and what stood there at its end, in öre."""

    first: date
    debit_ore: int
    credit_ore: int
    balance_ore: int


@dataclass(frozen=True)
class AccountLine:
    """A line on the account, with what stood there after it."""

    line: VoucherLine
    voucher: Voucher
    balance_ore: int


@dataclass(frozen=True)
class AccountPage:
    """An account in a year: its months, and the lines of the year or of one month, a page of them."""

    account: Account
    year: FiscalYear | None
    opening_ore: int
    months: list[Month]
    month: date | None
    before_ore: int
    lines: list[AccountLine]
    number: int
    pages: int

    @property
    def closing_ore(self) -> int:
        return self.months[-1].balance_ore if self.months else self.opening_ore


def chart(session: Session, year: FiscalYear | None) -> list[ChartRow]:
    """All accounts by number, with their balances in the year."""
    accounts = list(session.scalars(select(Account).order_by(Account.number)))
    balances = balances_of(session, year) if year else {}
    return [ChartRow(one, balances.get(one.number, 0), one.number in balances) for one in accounts]


def balances_of(session: Session, year: FiscalYear) -> dict[int, int]:
    """What stands on each account at the end of the year, or by now, in öre; accounts without anything are left out."""
    found: dict[int, int] = {}
    opening = select(OpeningBalance.account, OpeningBalance.amount_ore)
    moved = select(AccountMonth.account, func.sum(AccountMonth.debit_ore - AccountMonth.credit_ore))
    for query in (
        opening.where(OpeningBalance.fiscal_year_id == year.id),
        moved.where(AccountMonth.fiscal_year_id == year.id).group_by(AccountMonth.account),
    ):
        for number, amount in session.execute(query):
            found[number] = found.get(number, 0) + int(amount)
    return found


def account_page(
    session: Session, public_id: str, year: FiscalYear | None, month: date | None, number: int
) -> AccountPage:
    """An account in a year; raises NotFound."""
    account = account_at(session, public_id)
    if year is None:
        return AccountPage(account, None, 0, [], None, 0, [], 1, 1)
    opening = session.scalar(
        select(OpeningBalance.amount_ore).where(
            OpeningBalance.fiscal_year_id == year.id, OpeningBalance.account == account.number
        )
    )
    months = _months(session, account, year, int(opening or 0))
    month = month if month in {one.first for one in months} else None
    first, last = (max(month, year.starts_on), rules.last_of_month(month)) if month else (year.starts_on, year.ends_on)
    before = next((one.balance_ore for one in reversed(months) if month and one.first < month), int(opening or 0))
    count = session.scalar(select(func.count()).select_from(VoucherLine).where(*_in_days(account, first, last))) or 0
    pages = max(1, -(-count // PAGE))
    number = min(number, pages)
    lines = _lines(session, account, first, last, before, number)
    return AccountPage(account, year, int(opening or 0), months, month, before, lines, number, pages)


def _months(session: Session, account: Account, year: FiscalYear, opening_ore: int) -> list[Month]:
    """The months of the year up to the last with something in it."""
    kept = {
        (one.month.year, one.month.month): one
        for one in session.scalars(
            select(AccountMonth).where(AccountMonth.fiscal_year_id == year.id, AccountMonth.account == account.number)
        )
    }
    months, balance = [], opening_ore
    last = max(kept, default=None)
    for first in rules.months_of(year.starts_on, year.ends_on):
        if last is None or (first.year, first.month) > last:
            break
        sums = kept.get((first.year, first.month))
        debit, credit = (sums.debit_ore, sums.credit_ore) if sums else (0, 0)
        balance += debit - credit
        months.append(Month(first, debit, credit, balance))
    return months


def _in_days(account: Account, first: date, last: date) -> tuple:
    return (VoucherLine.account == account.number, VoucherLine.voucher_on.between(first, last))


def _lines(
    session: Session, account: Account, first: date, last: date, before_ore: int, number: int
) -> list[AccountLine]:
    """A page of the lines in order of day, with the balance after each: summed along the index by the database."""
    order = (VoucherLine.voucher_on, VoucherLine.voucher_id, VoucherLine.position)
    running = (
        select(VoucherLine.id, func.sum(VoucherLine.amount_ore).over(order_by=order).label("balance"))
        .where(*_in_days(account, first, last))
        .order_by(*order)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
        .subquery()
    )
    query = (
        select(VoucherLine, Voucher, running.c.balance)
        .join(running, running.c.id == VoucherLine.id)
        .join(Voucher, Voucher.id == VoucherLine.voucher_id)
        .order_by(*order)
    )
    return [AccountLine(line, voucher, before_ore + int(balance)) for line, voucher, balance in session.execute(query)]


def choices(session: Session, words: str, *, limit: int = MOST_CHOICES) -> list[Account]:
    """Open accounts whose number begins so, or whose name has every one of these words."""
    words = words.strip()[:60]
    if not words:
        return []
    if words[:4].isdigit():
        starts = words.split()[0][:4]
        query = select(Account).where(cast(Account.number, String).startswith(starts, autoescape=True))
        return list(session.scalars(query.where(Account.closed_at.is_(None)).order_by(Account.number).limit(limit)))
    wanted = fold(words).split()
    everything = session.scalars(select(Account).where(Account.closed_at.is_(None)).order_by(Account.number))
    found = (one for one in everything if _has(fold(f"{one.name_sv} {one.name_en}"), wanted))
    return [one for one, _ in zip(found, range(limit), strict=False)]


def _has(name: str, wanted: list[str]) -> bool:
    return all(word in name for word in wanted)


def named(session: Session, number: int) -> Account | None:
    """The account with this number."""
    return session.scalar(select(Account).where(Account.number == number))


def accounts_named(session: Session, numbers: set[int]) -> dict[int, Account]:
    """The accounts with these numbers."""
    if not numbers:
        return {}
    return {one.number: one for one in session.scalars(select(Account).where(Account.number.in_(numbers)))}
