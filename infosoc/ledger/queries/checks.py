"""The proof that the books are whole: everything recounted from the lines, and compared with what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Integer, cast, extract, func, select
from sqlalchemy.orm import Session

from infosoc.kernel.money import print_ore
from infosoc.ledger.commands.numbers import VOUCHERS
from infosoc.ledger.models import AccountMonth, FiscalYear, NumberSeries, OpeningBalance, Voucher, VoucherLine


@dataclass
class Books:
    """How much was gone through, and what was wrong with it, a line each."""

    vouchers: int = 0
    lines: int = 0
    faults: list[str] = field(default_factory=list)


def check(session: Session) -> Books:
    """Go through all the books of the tenant: balances, numbers, days, kept sums, opening balances."""
    books = Books(
        vouchers=session.scalar(select(func.count()).select_from(Voucher)) or 0,
        lines=session.scalar(select(func.count()).select_from(VoucherLine)) or 0,
    )
    for part in (_unbalanced, _gaps, _outside, _wrong_sums, _openings):
        books.faults += part(session)
    return books


def _unbalanced(session: Session) -> Iterator[str]:
    """Vouchers whose lines do not sum to zero, or to another turnover than the voucher says."""
    debit = func.sum(VoucherLine.amount_ore).filter(VoucherLine.amount_ore > 0)
    of_voucher = (
        select(
            VoucherLine.voucher_id, func.sum(VoucherLine.amount_ore).label("sum"),
            func.coalesce(debit, 0).label("debit"),
        )
        .group_by(VoucherLine.voucher_id)
        .subquery()
    )  # fmt: skip
    query = (
        select(Voucher.series, Voucher.number, Voucher.amount_ore, of_voucher.c.sum, of_voucher.c.debit)
        .outerjoin(of_voucher, of_voucher.c.voucher_id == Voucher.id)
        .where(
            (func.coalesce(of_voucher.c.sum, 1) != 0) | (func.coalesce(of_voucher.c.debit, -1) != Voucher.amount_ore)
        )
    )
    for series, number, amount, total, debit_ore in session.execute(query):
        if total is None:
            yield f"{series}{number} has no lines."
        elif total:
            yield f"{series}{number} does not balance: its lines sum to {print_ore(int(total))}."
        else:
            yield f"{series}{number} says {print_ore(amount)}, and its lines {print_ore(int(debit_ore))}."


def _gaps(session: Session) -> Iterator[str]:
    """Series with numbers missing, or a counter that says another number than the last one."""
    counted = (
        select(
            Voucher.fiscal_year_id, Voucher.series, func.count().label("count"),
            func.min(Voucher.number).label("first"), func.max(Voucher.number).label("last"),
        )
        .group_by(Voucher.fiscal_year_id, Voucher.series)
        .subquery()
    )  # fmt: skip
    query = (
        select(FiscalYear.starts_on, NumberSeries.series, NumberSeries.last_number, counted)
        .join(FiscalYear, FiscalYear.id == NumberSeries.fiscal_year_id)
        .outerjoin(
            counted,
            (counted.c.fiscal_year_id == NumberSeries.fiscal_year_id) & (counted.c.series == NumberSeries.series),
        )
        .where(NumberSeries.kind == VOUCHERS)
    )
    for starts_on, series, last_number, _, _, count, first, last in session.execute(query):
        if (count or 0) != (last or 0) or (count and first != 1):
            yield f"Series {series} of {starts_on:%Y} has {count} vouchers numbered {first} to {last}."
        if (last or 0) != last_number:
            yield f"Series {series} of {starts_on:%Y} is counted to {last_number}, and its last voucher is {last or 0}."


def _outside(session: Session) -> Iterator[str]:
    """Vouchers on a day that is not in their year, and lines on another day than their voucher."""
    query = (
        select(Voucher.series, Voucher.number, Voucher.voucher_on)
        .join(FiscalYear, FiscalYear.id == Voucher.fiscal_year_id)
        .where((Voucher.voucher_on < FiscalYear.starts_on) | (Voucher.voucher_on > FiscalYear.ends_on))
    )
    for series, number, day in session.execute(query):
        yield f"{series}{number} is dated {day}, outside its fiscal year."
    lines = (
        select(Voucher.series, Voucher.number)
        .join(VoucherLine, VoucherLine.voucher_id == Voucher.id)
        .where(VoucherLine.voucher_on != Voucher.voucher_on)
        .distinct()
    )
    for series, number in session.execute(lines):
        yield f"{series}{number} has lines on another day than its own."


Sums = dict[tuple[int, int, int, int], tuple[int, int]]


def _wrong_sums(session: Session) -> Iterator[str]:
    """Kept sums of a month that are not what the lines come to."""
    kept: Sums = {
        (row.fiscal_year_id, row.account, row.month.year, row.month.month): (row.debit_ore, row.credit_ore)
        for row in session.scalars(select(AccountMonth))
        if row.debit_ore or row.credit_ore
    }
    counted = {key: sums for key, sums in _recounted(session).items() if any(sums)}
    for key in sorted(kept.keys() | counted.keys()):
        if kept.get(key, (0, 0)) != counted.get(key, (0, 0)):
            _, account, year, month = key
            (debit, credit), (right_debit, right_credit) = kept.get(key, (0, 0)), counted.get(key, (0, 0))
            yield (
                f"Account {account} in {year}-{month:02d} is kept as {print_ore(debit)} / {print_ore(credit)}; "
                f"its lines come to {print_ore(right_debit)} / {print_ore(right_credit)}."
            )


def _recounted(session: Session) -> Sums:
    """The sums of each account and month, counted from the lines by the database."""
    day = VoucherLine.voucher_on
    year, month = cast(extract("year", day), Integer), cast(extract("month", day), Integer)
    debit = func.coalesce(func.sum(VoucherLine.amount_ore).filter(VoucherLine.amount_ore > 0), 0)
    credit = func.coalesce(func.sum(-VoucherLine.amount_ore).filter(VoucherLine.amount_ore < 0), 0)
    query = (
        select(Voucher.fiscal_year_id, VoucherLine.account, year, month, debit, credit)
        .join(Voucher, Voucher.id == VoucherLine.voucher_id)
        .group_by(Voucher.fiscal_year_id, VoucherLine.account, year, month)
    )
    return {(one[0], one[1], one[2], one[3]): (int(one[4]), int(one[5])) for one in session.execute(query)}


def _openings(session: Session) -> Iterator[str]:
    """Years whose opening balances do not sum to zero."""
    total = func.sum(OpeningBalance.amount_ore)
    query = (
        select(FiscalYear.starts_on, total)
        .join(OpeningBalance, OpeningBalance.fiscal_year_id == FiscalYear.id)
        .group_by(FiscalYear.starts_on)
        .having(total != 0)
    )
    for starts_on, difference in session.execute(query):
        yield f"The opening balances of {starts_on:%Y} do not balance: they sum to {print_ore(int(difference))}."
