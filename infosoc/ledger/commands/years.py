"""Fiscal years: adding them, their opening balances, and locking periods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.kernel.errors import Invalid, NotFound, Refused, Stale
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.ledger import rules
from infosoc.ledger.commands.posting import NoSuchAccount
from infosoc.ledger.models import Account, AccountMonth, FiscalYear, OpeningBalance
from infosoc.ledger.rules import BALANCE_KINDS

RESULT_ACCOUNT = 2099


class YearLocked(Refused):
    message = N_("The year is locked through %(day)s: its opening balances are final.")


class NotABalanceAccount(Invalid):
    message = N_("Account %(number)s is no balance account: it begins every year at zero.")


class OpeningNotBalanced(Invalid):
    message = N_("The opening balances do not balance: assets less equity and liabilities are %(difference)s.")


class NoYearBefore(Refused):
    message = N_("There is no year before this one to bring balances forward from.")


class OutsideYear(Invalid):
    message = N_("The day is not in this fiscal year.")


class ReasonMissing(Invalid):
    message = N_("Enter why the period is unlocked; it is shown in the audit log.")


def add_year(session: Session, starts_on: date, ends_on: date, *, by: int | None, now: datetime) -> FiscalYear:
    """A new year: the first one, the one after the last, or one before the first (when history is brought in)."""
    audit.take_turn(session)
    first, last = session.execute(select(func.min(FiscalYear.starts_on), func.max(FiscalYear.ends_on))).one()
    rules.check_year(starts_on, ends_on, is_first=first is None or starts_on < first)
    if first is not None and starts_on != rules.next_year(last)[0] and rules.next_year(ends_on)[0] != first:
        raise rules.YearNotNext(field="starts_on", day=rules.next_year(last)[0].isoformat())
    made = FiscalYear(starts_on=starts_on, ends_on=ends_on, created_at=now)
    session.add(made)
    session.flush()
    said = f"{starts_on} – {ends_on}"
    audit.record(session, "fiscal year added", "fiscal_year", made.id, by=by, changes={"fiscal year": (None, said)})
    return made


def lock(session: Session, public_id: str, through: date, *, version: int | None = None, by: int | None) -> FiscalYear:
    """Let nothing more be posted on days up to and with this one."""
    audit.take_turn(session)
    year = year_at(session, public_id)
    if version is not None and version != year.version:
        raise Stale
    if not year.starts_on <= through <= year.ends_on:
        raise OutsideYear(field="through")
    before = year.locked_through
    if before is not None and through < before:
        raise rules.LockBackwards(field="through", day=before.isoformat())
    if before != through:
        year.locked_through = through
        session.flush()
        audit.record(
            session, "period locked", "fiscal_year", year.id, by=by, changes={"locked through": (before, through)}
        )
    return year


def unlock(
    session: Session, public_id: str, through: date | None, reason: str, *, version: int | None = None, by: int | None
) -> FiscalYear:
    """Lock less than before (or nothing), for a reason that the log keeps."""
    audit.take_turn(session)
    year = year_at(session, public_id)
    if version is not None and version != year.version:
        raise Stale
    reason = clean(reason)[:300]
    if not reason:
        raise ReasonMissing(field="reason")
    if through is not None and not year.starts_on <= through <= year.ends_on:
        raise OutsideYear(field="through")
    before = year.locked_through
    if before is not None and (through is None or through < before):
        year.locked_through = through
        session.flush()
        changes = {"locked through": (before, through), "reason": (None, reason)}
        audit.record(session, "period unlocked", "fiscal_year", year.id, by=by, changes=changes)
    return year


def set_opening_balances(session: Session, public_id: str, amounts: Mapping[int, int], *, by: int | None) -> FiscalYear:
    """What the accounts of the balance sheet held when the year began, in öre; all of them, and they must balance."""
    audit.take_turn(session)
    year = year_at(session, public_id)
    if year.locked_through is not None:
        raise YearLocked(day=year.locked_through.isoformat())
    amounts = {number: amount for number, amount in amounts.items() if amount}
    _check_opening(session, amounts)
    before = _opening(session, year)
    if before == amounts:
        return year
    session.execute(delete(OpeningBalance).where(OpeningBalance.fiscal_year_id == year.id))
    columns = ("account", "amount_ore")
    bulk.add(session, OpeningBalance, columns, sorted(amounts.items()), fiscal_year_id=year.id)
    changes = {
        f"opening {number}": (before.get(number), amounts.get(number))
        for number in sorted(before.keys() | amounts.keys())
        if before.get(number) != amounts.get(number)
    }
    audit.record(session, "opening balances set", "fiscal_year", year.id, by=by, changes=changes)
    return year


def bring_forward(session: Session, public_id: str, *, by: int | None) -> FiscalYear:
    """Begin the year with what the year before ended with; its result, as far as it is not booked, goes to 2099."""
    year = year_at(session, public_id)
    amounts = closing_balances(session, year)
    return set_opening_balances(session, public_id, amounts, by=by)


def closing_balances(session: Session, year: FiscalYear) -> dict[int, int]:
    """What the year before this one ended with, in öre, by account of the balance sheet."""
    before = session.scalar(
        select(FiscalYear).where(FiscalYear.ends_on < year.starts_on).order_by(FiscalYear.ends_on.desc()).limit(1)
    )
    if before is None:
        raise NoYearBefore
    amounts = _opening(session, before)
    moved = session.execute(
        select(AccountMonth.account, Account.kind, func.sum(AccountMonth.debit_ore - AccountMonth.credit_ore))
        .join(Account, Account.number == AccountMonth.account)
        .where(AccountMonth.fiscal_year_id == before.id)
        .group_by(AccountMonth.account, Account.kind)
    )
    for number, kind, amount in moved:
        account = number if kind in BALANCE_KINDS else RESULT_ACCOUNT
        amounts[account] = amounts.get(account, 0) + int(amount)
    return amounts


def year_at(session: Session, public_id: str) -> FiscalYear:
    found = session.scalar(select(FiscalYear).where(FiscalYear.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _opening(session: Session, year: FiscalYear) -> dict[int, int]:
    rows = session.scalars(select(OpeningBalance).where(OpeningBalance.fiscal_year_id == year.id))
    return {row.account: row.amount_ore for row in rows}


def _check_opening(session: Session, amounts: Mapping[int, int]) -> None:
    rows = session.execute(select(Account.number, Account.kind).where(Account.number.in_(amounts)))
    known = dict(rows.all())
    for number in amounts:
        if number not in known:
            raise NoSuchAccount(number=number)
        if known[number] not in BALANCE_KINDS:
            raise NotABalanceAccount(number=number)
    difference = sum(amounts.values())
    if difference:
        raise OpeningNotBalanced(difference=rules.kronor(difference))
