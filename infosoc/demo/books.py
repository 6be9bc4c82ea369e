"""The demo's books: this year, what it began with, and what the office costs a month. Sales come with the invoices."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from infosoc.ledger.commands import years
from infosoc.ledger.commands.posting import post_many
from infosoc.ledger.queries import years as years_of
from infosoc.ledger.rules import NewLine, NewVoucher, add_months, last_of_month

# In whole öre, debit positive; the sums are zero.
OPENING = {
    1220: 184_000_00, 1229: -96_000_00, 1630: 12_450_00, 1930: 1_264_380_00, 2081: -100_000_00, 2091: -1_012_230_00,
    2440: -38_600_00, 2650: -96_400_00, 2710: -48_200_00, 2731: -69_400_00,
}  # fmt: skip
# Day of the month, account, net, VAT code and VAT in öre, text, counterparty, document.
MONTHLY = (
    (1, 5010, 24_000_00, "I25", 6_000_00, "Hyra kontor", "Fastighets AB Svalan", "Avi från hyresvärden"),
    (5, 6230, 3_200_00, "I25", 800_00, "Servrar och datatrafik", "Norrservrar AB", "Faktura i pärm 2"),
    (12, 5420, 1_890_00, "I25", 472_50, "Programlicenser", "Kontorsprogram Sverige AB", "Kvitto"),
    (28, 6570, 185_00, "I0", 0, "Bankavgift", "Banken", "Kontoutdrag"),
)


def write(session: Session, *, by: int, now: datetime) -> None:
    """The books of the tenant of the scope, from the first of January to today; nothing is locked yet."""
    today = now.date()
    first, last = date(today.year, 1, 1), date(today.year, 12, 31)
    year = years.add_year(session, first, last, by=by, now=now)
    years.set_opening_balances(session, year.public_id, OPENING, by=by)
    post_many(session, [one for one in _vouchers(first) if one.voucher_on <= today], by=by, now=now)


def lock(session: Session, *, by: int, now: datetime) -> None:
    """What is older than two months is closed: call it when everything has been posted."""
    today = now.date()
    if today.month > 3:
        closed = add_months(date(today.year, 1, 1), today.month - 3)
        (year,) = years_of.years(session)
        years.lock(session, year.public_id, last_of_month(closed), by=by)


def _vouchers(first: date) -> list[NewVoucher]:
    made = []
    for month in range(12):
        for day, account, net, code, vat, text, counterparty, document in MONTHLY:
            on = add_months(first, month).replace(day=day)
            lines = [NewLine(account, net, code), NewLine(1930, -net - vat, "N")]
            if vat:
                lines.insert(1, NewLine(2641, vat, "I"))
            made.append(
                NewVoucher(
                    "A", on, text, lines, f"demo:{account}:{on}", counterparty=counterparty, documents=document,
                    rule="demo",
                )
            )  # fmt: skip
    return sorted(made, key=lambda one: one.voucher_on)
