"""The worker's lane that draws papers: a chunk at a time, by a pool of processes that do nothing else.

Safe to be killed at any point: the file is written before its row, and the same drawing gives the same file.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field

from sqlalchemy import select

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.documents import kept
from infosoc.documents.kept import Kept
from infosoc.documents.pool import DrawingFailed, Pool
from infosoc.invoicing import papers
from infosoc.invoicing.commands import deliveries
from infosoc.invoicing.commands import papers as commands
from infosoc.invoicing.models import Delivery
from infosoc.invoicing.queries import deliveries as queries
from infosoc.invoicing.rules import archive
from infosoc.invoicing.rules.record import Invoice as Record
from infosoc.jobs.registry import Worker
from infosoc.kernel import clock
from infosoc.kernel.words import N_

log = logging.getLogger(__name__)

CHUNK = 40  # papers a transaction
AHEAD = 2  # drawings that wait for each process
NOT_DRAWN = N_("The paper could not be drawn. The server's log says why.")


@dataclass
class Drawn:
    """What came of a chunk."""

    made: list[tuple[int, Kept]] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.made or self.failed)


def draw_waiting(worker: Worker, pool: Callable[[], Pool]) -> bool:
    """Draw a chunk of each tenant's; whether there was any. Call in an application context."""
    with kept.turn_if_free(papers.data_dir(), "papers") as is_ours:
        if not is_ours:
            return False  # another worker draws
        with every_tenant("papers are drawn"):
            tenants = queries.tenants_waiting(db.session())
        found = False
        for tenant_id in tenants:
            with tenant_scope(Scope.alone(tenant_id)):
                found = _chunk(worker, pool) or found
        db.session().rollback()
        return found


def _chunk(worker: Worker, pool: Callable[[], Pool]) -> bool:
    waiting = queries.without_paper(db.session(), CHUNK)
    db.session().rollback()
    if not waiting:
        return False
    drawn = _draw(worker, pool(), [(at, archive.from_json(text)) for at, text in waiting])
    if drawn:
        with transaction() as session:
            commands.note(session, drawn.made, now=clock.now())
            stopped = select(Delivery).where(Delivery.invoice_id.in_(drawn.failed), Delivery.prepared_at.is_(None))
            for one in session.scalars(stopped):
                deliveries.fail(one, NOT_DRAWN, now=clock.now())
    return bool(drawn)


def _draw(worker: Worker, pool: Pool, invoices: list[tuple[int, Record]]) -> Drawn:
    """Compose here, draw there; a few ahead, so that no process waits."""
    drawn = Drawn()
    on_the_way: deque[tuple[int, Record, Future[bytes], ExitStack]] = deque()
    for invoice_id, record in invoices:
        if worker.stopping:
            break
        turn = ExitStack()
        if not turn.enter_context(kept.turn_if_free(papers.data_dir(), papers.TURN, invoice_id)):
            turn.close()
            continue  # somebody is reading it for the first time this moment
        try:
            future = pool.draw(papers.drawing(record))
        except Exception:
            log.exception("the paper of invoice %s could not be composed", record.heading.number)
            drawn.failed.append(invoice_id)
            turn.close()
            continue
        on_the_way.append((invoice_id, record, future, turn))
        if len(on_the_way) > pool.size * AHEAD:
            _keep(drawn, *on_the_way.popleft())
    while on_the_way:
        _keep(drawn, *on_the_way.popleft())
    return drawn


def _keep(drawn: Drawn, invoice_id: int, record: Record, future: Future[bytes], turn: ExitStack) -> None:
    """The file is on the disk before its row is written; until then, who asks draws the same one."""
    with turn:
        try:
            drawn.made.append((invoice_id, papers.keep(record, future.result())))
        except DrawingFailed:
            log.exception("the paper of invoice %s could not be drawn", record.heading.number)
            drawn.failed.append(invoice_id)
