"""The demo's payments: bank files made in memory, and imported as those of a real bank.

Most customers pay on the due day, some late, one in a while a part; some have not paid at all, one has written the
number of the invoice instead of its reference.
"""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.invoicing.models import Invoice, InvoicingSettings
from infosoc.kernel import clock
from infosoc.payments import importing

LATE, WIDTH = 17, 80
UNPAID_OF, LATE_OF, PART_OF = 19, 7, 23  # one invoice in so many


@dataclass(frozen=True)
class _Paid:
    """A payment as the bank tells of it."""

    ore: int
    name: str
    reference: str = ""
    text: str = ""


def write(session: Session, *, by: int, now: datetime) -> None:
    """A bank file for each month of the year so far, with what had come to the bank by its end."""
    bankgiro = session.scalars(select(InvoicingSettings.bankgiro)).one()
    months: dict[date, dict[date, list[_Paid]]] = defaultdict(lambda: defaultdict(list))
    for on, paid in _payments(session, clock.local(now).date()):
        months[on.replace(day=1)][on].append(paid)
    for first, days in sorted(months.items()):
        made = _bgmax(bankgiro, days, now=now)
        importing.import_within(session, io.BytesIO(made), name=f"bgmax-{first:%Y-%m}.txt", by=by, now=now)
    session.expire_all()


def _payments(session: Session, today: date) -> list[tuple[date, _Paid]]:
    """Who has paid what on which day, before today."""
    query = select(Invoice).where(Invoice.open_ore > 0).order_by(Invoice.number)
    found: list[tuple[date, _Paid]] = []
    last: Invoice | None = None
    for invoice in session.scalars(query):
        on = invoice.due_on + timedelta(days=LATE if invoice.number % LATE_OF == 0 else 0)
        if invoice.number % UNPAID_OF == 0 or on >= today:
            continue
        share = 2 if invoice.number % PART_OF == 0 else 1
        found.append((on, _Paid(invoice.open_ore // share, invoice.buyer_name, invoice.ocr)))
        last = invoice
    if last is not None:
        at, (on, paid) = len(found) - 1, found[-1]
        found[at] = (on, _Paid(paid.ore, paid.name, text=f"FAKT {last.number:04d} TACK"))
        found.append((on, _Paid(49_900, "Lindgren Maja", text="KURSAVGIFT")))
    return found


def _bgmax(bankgiro: str, days: dict[date, list[_Paid]], *, now: datetime) -> bytes:
    """A BgMax file with a deposit for each day (specification 3.3)."""
    lines = [f"01BGMAX               01{clock.local(now):%Y%m%d%H%M%S}000000P"]
    serial = details = 0
    for number, (on, payments) in enumerate(sorted(days.items()), 1):
        lines.append(f"05{bankgiro:0>10}          SEK")
        for one in payments:
            serial += 1
            code = 2 if one.reference else 0
            lines.append(f"20{0:010}{one.reference:>25}{one.ore:018}{code}1{on:%y%m}{serial:08}0")
            if one.text:
                lines.append(f"25{one.text:<50}")
            lines.append(f"26{one.name[:35]:<35}")
            details += 1
        total = sum(one.ore for one in payments)
        lines.append(f"15{0:035}{on:%Y%m%d}{on:%j}{number:02}{total:018}SEK{len(payments):08}")
    lines.append(f"70{details:08}{0:08}{0:08}{len(days):08}")
    return "".join(f"{line:<{WIDTH}}\r\n" for line in lines).encode("latin-1", "replace")
