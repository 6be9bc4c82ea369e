"""The fiscal years, their series and what they began with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.ledger.commands.numbers import VOUCHERS
from infosoc.ledger.commands.years import year_at
from infosoc.ledger.models import Account, FiscalYear, NumberSeries, OpeningBalance, Voucher


@dataclass(frozen=True)
class SeriesCount:
    """A series of a year: how many vouchers, and the day of the last one."""

    series: str
    last_number: int


@dataclass(frozen=True)
class YearPage:
    """One year with its series and opening balances."""

    year: FiscalYear
    series: list[SeriesCount]
    opening: list[tuple[OpeningBalance, Account]]
    has_before: bool


def years(session: Session) -> list[FiscalYear]:
    """All years, the latest first."""
    return list(session.scalars(select(FiscalYear).order_by(FiscalYear.starts_on.desc())))


def year_of(known: Sequence[FiscalYear], day: date) -> FiscalYear | None:
    """The year that a day is in; else the one nearest before it, else the first."""
    earlier = [one for one in known if one.starts_on <= day]
    return max(earlier, key=lambda one: one.starts_on) if earlier else min(
        known, key=lambda one: one.starts_on, default=None
    )  # fmt: skip


def year_page(session: Session, public_id: str) -> YearPage:
    """One year; raises NotFound."""
    year = year_at(session, public_id)
    series = session.scalars(
        select(NumberSeries)
        .where(NumberSeries.kind == VOUCHERS, NumberSeries.fiscal_year_id == year.id)
        .order_by(NumberSeries.series)
    )
    opening = session.execute(
        select(OpeningBalance, Account)
        .join(Account, Account.number == OpeningBalance.account)
        .where(OpeningBalance.fiscal_year_id == year.id)
        .order_by(OpeningBalance.account)
    )
    before = session.scalar(select(FiscalYear.id).where(FiscalYear.ends_on < year.starts_on).limit(1))
    return YearPage(
        year, [SeriesCount(one.series, one.last_number) for one in series],
        [(balance, account) for balance, account in opening], before is not None,
    )  # fmt: skip


def vouchers_by_year(session: Session) -> dict[int, int]:
    """How many vouchers each year has, by what its series are counted to."""
    query = (
        select(NumberSeries.fiscal_year_id, func.sum(NumberSeries.last_number))
        .where(NumberSeries.kind == VOUCHERS)
        .group_by(NumberSeries.fiscal_year_id)
    )
    return {year_id: int(count) for year_id, count in session.execute(query) if year_id is not None}


def series_in_use(session: Session) -> list[str]:
    """The series that vouchers have, in any year."""
    query = select(NumberSeries.series).where(NumberSeries.kind == VOUCHERS).distinct().order_by(NumberSeries.series)
    return list(session.scalars(query))


def last_voucher(session: Session) -> Voucher | None:
    """The voucher that was registered last: whose day is the likely one of the next."""
    return session.scalar(select(Voucher).order_by(Voucher.id.desc()).limit(1))
