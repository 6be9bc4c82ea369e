"""Invoicing's background work: papers are drawn, invoices go out, and what became of them is noted."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from flask import Flask

from infosoc.db.session import db
from infosoc.documents.pool import Pool
from infosoc.invoicing import delivering, drawing
from infosoc.jobs.registry import Worker, lane, scheduled
from infosoc.tenancy.queries import all_tenants

IDLE = 120.0  # seconds; then the drawing processes give their memory back


class _Drawers:
    """The pool of this worker, while there is something to draw."""

    def __init__(self) -> None:
        self._pool: Pool | None = None
        self._used = 0.0

    def pool(self) -> Pool:
        self._pool, self._used = self._pool or Pool(), time.monotonic()
        return self._pool

    def rest(self) -> None:
        if self._pool is not None and time.monotonic() - self._used > IDLE:
            self._pool.close()
            self._pool = None


_drawers = _Drawers()


@lane("papers")
def draw_papers(worker: Worker, app: Flask) -> bool:
    """Draw the papers of what has been issued, some dozens at a time."""
    with app.app_context():
        found = drawing.draw_waiting(worker, _drawers.pool)
    if not found:
        _drawers.rest()
    return found


@lane("deliveries")
def deliver(worker: Worker, app: Flask) -> bool:
    """Send issued invoices on their way."""
    with app.app_context():
        return delivering.deliver_waiting(worker)


@scheduled("invoicing.receipts", every=timedelta(minutes=1))
def read_receipts(now: datetime) -> None:
    """What has been put into the folders of access points."""
    for tenant in all_tenants(db.session()):
        delivering.read_receipts(tenant.id, now)


@scheduled("invoicing.ask_for_receipts", every=timedelta(minutes=15))
def ask_for_receipts(now: datetime) -> None:
    """What access points with an address say."""
    for tenant in all_tenants(db.session()):
        delivering.ask_for_receipts(tenant.id, now)
