"""Numbers without gaps: taken from a locked row, in the transaction that uses them, so that a rollback gives them back.

Vouchers count by year and series; invoices and the like for good, without a year. Whoever books also writes the audit
log, whose end is one row a tenant: it is locked first, always, so that two who book never wait crosswise.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, String, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk, prepared
from infosoc.ledger.models import NumberSeries

VOUCHERS = "voucher"


def take_numbers(
    session: Session, kind: str, series: str, count: int = 1, *, fiscal_year_id: int | None = None
) -> range:
    """The next `count` numbers of a series, for this transaction alone. They must all be used in it."""
    audit.take_turn(session)
    session.flush()
    values: dict[str, Any] = {"kind": kind, "series": series}
    if fiscal_year_id is not None:
        values["year"] = fiscal_year_id
    key = ("counter", fiscal_year_id is None)
    found = prepared.rows(session, key, lambda: _counter_query(fiscal_year_id), values)
    if found:
        counter_id, last = found[0]
        bulk.change(session, NumberSeries, {"id": counter_id}, {"last_number": last + count})
        return range(last + 1, last + 1 + count)
    counter = NumberSeries(kind=kind, series=series, fiscal_year_id=fiscal_year_id, last_number=count)
    session.add(counter)
    session.flush()
    return range(1, 1 + count)


def _counter_query(fiscal_year_id: int | None) -> Select[int, int]:
    of_year: ColumnElement[bool] = NumberSeries.fiscal_year_id.is_(None)
    if fiscal_year_id is not None:
        of_year = NumberSeries.fiscal_year_id == prepared.bound("year", BigInteger())
    return (
        select(NumberSeries.id, NumberSeries.last_number)
        .where(
            NumberSeries.kind == prepared.bound("kind", String()),
            NumberSeries.series == prepared.bound("series", String()), of_year,
        )
        .with_for_update()
    )  # fmt: skip
