"""Numbers without gaps: taken from a locked row, in the transaction that uses them, so that a rollback gives them back.

Vouchers count by year and series; invoices and the like for good, without a year. Whoever books also writes the audit
log, whose end is one row a tenant: it is locked first, always, so that two who book never wait crosswise.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.ledger.models import NumberSeries

VOUCHERS = "voucher"


def take_numbers(
    session: Session, kind: str, series: str, count: int = 1, *, fiscal_year_id: int | None = None
) -> range:
    """The next `count` numbers of a series, for this transaction alone. They must all be used in it."""
    audit.take_turn(session)
    of_year = NumberSeries.fiscal_year_id == fiscal_year_id if fiscal_year_id else NumberSeries.fiscal_year_id.is_(None)
    counter = session.scalar(
        select(NumberSeries)
        .where(NumberSeries.kind == kind, NumberSeries.series == series, of_year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if counter is None:
        counter = NumberSeries(kind=kind, series=series, fiscal_year_id=fiscal_year_id, last_number=0)
        session.add(counter)
    first = counter.last_number + 1
    counter.last_number += count
    session.flush()
    return range(first, first + count)
