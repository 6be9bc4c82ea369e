"""The release of deferred income (specification 4.3, rule 10): a voucher a month and account, corrections as new ones.

Debit the deferral account, credit the counterpart that the invoice debited; no VAT code, as VAT was due with the
invoice. What is released is what the invoice lines say less what has been released already, so a repeat does nothing
and an invoice that came late is made good by a voucher of its own.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.session import db, transaction
from infosoc.invoicing.models import DeferralRelease, InvoiceLine
from infosoc.invoicing.queries import deferral as queries
from infosoc.invoicing.rules import deferral as rules
from infosoc.invoicing.rules.posting import Accounts
from infosoc.ledger.commands.posting import post_many
from infosoc.ledger.models import FiscalYear
from infosoc.ledger.queries import years
from infosoc.ledger.rules import NO_VAT, NewLine, NewVoucher, add_months

SERIES = "P"
RULE = "deferral/1"
LOOKS_BACK_MONTHS = 13  # what is corrected later than that is found by the command, which looks at everything


def release_ended(today: date, *, by: int | None, now: datetime, since: date | None = None) -> int:
    """Release what belongs to months that have ended, oldest first, a transaction a month; says how many vouchers.

    Without `since` the last year is looked at. The caller's tenant scope counts; call outside a transaction.
    """
    last = add_months(today.replace(day=1), -1)
    first = since or add_months(last, 1 - LOOKS_BACK_MONTHS)
    months = sorted({month for month, _ in _to_release(db.session(), first, last)})
    db.session().rollback()
    made = 0
    for month in months:
        with transaction() as session:
            made += release(session, month, by=by, now=now)
    return made


def first_month(session: Session) -> date | None:
    """The month of the first invoice that deferred anything."""
    day = session.scalar(select(func.min(InvoiceLine.issued_on)).where(InvoiceLine.deferral_account.is_not(None)))
    return day.replace(day=1) if day else None


def release(session: Session, month: date, *, by: int | None, now: datetime) -> int:
    """Release what is left of a month, one voucher an account; says how many."""
    audit.take_turn(session)
    due = _to_release(session, month, month)
    if not due:
        return 0
    on = _posting_day(years.years(session), rules.month_end(month))
    accounts = sorted(account for _, account in due)
    vouchers = post_many(
        session, [_voucher(month, account, *due[month, account], on) for account in accounts], by=by, now=now
    )
    for account, voucher in zip(accounts, vouchers, strict=True):
        amount, _ = due[month, account]
        session.add(
            DeferralRelease(month=month, account=account, amount_ore=amount, voucher_id=voucher.id, made_at=now)
        )
    session.flush()
    return len(vouchers)


def _to_release(session: Session, first: date, last: date) -> dict[tuple[date, int], tuple[int, int]]:
    """What is still to be released by month and account: how much, and how many vouchers there are already."""
    earned, released = queries.earned(session, first, last), queries.releases(session, first, last)
    found = {}
    for key in earned.keys() | released.keys():
        done, count = released.get(key, (0, 0))
        if rest := earned.get(key, 0) - done:
            found[key] = rest, count
    return found


def _voucher(month: date, account: int, ore: int, count: int, on: date) -> NewVoucher:
    counterpart = Accounts().deferred_income
    text = f"Förutbetalda intäkter {month:%Y-%m}" + (f", rättelse {count}" if count else "")
    lines = [NewLine(account, ore, NO_VAT), NewLine(counterpart, -ore, NO_VAT)]
    return NewVoucher(SERIES, on, text, lines, f"deferral:{month:%Y-%m}:{account}:{count}", rule=RULE)


def _posting_day(known: list[FiscalYear], day: date) -> date:
    """The last day of the month, or the first one after it that is not locked."""
    for year in sorted(known, key=lambda one: one.starts_on):
        if day > year.ends_on:
            continue
        first = max(day, year.starts_on)
        if year.locked_through is not None and first <= year.locked_through:
            first = year.locked_through + timedelta(days=1)
        if first <= year.ends_on:
            return first
    return day  # there is no year for it: posting says so
