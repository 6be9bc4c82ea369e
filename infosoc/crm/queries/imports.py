"""Reading imports: the list of them, one with its rows, the refused ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.imports import reasons
from infosoc.crm.imports.planning import Result
from infosoc.crm.imports.reasons import Reason
from infosoc.crm.models.companies import Company
from infosoc.crm.models.imports import ImportBatch, ImportRow
from infosoc.db.tenancy import Scope, every_tenant
from infosoc.jobs.models import Job
from infosoc.kernel.errors import NotFound
from infosoc.tenancy.queries import scope_numbered

ROWS = 50


@dataclass(frozen=True)
class RowView:
    """One row of a file as a page shows it. `company` is the public id when there is a company to go to."""

    number: int
    result: str
    name: str
    company: str
    cells: list[str]
    reasons: list[Reason]
    reverted: str | None
    changes: list[list[str | None]]


@dataclass(frozen=True)
class RowPage:
    """One page of the rows of a file."""

    rows: list[RowView]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // ROWS))


def batch(session: Session, public_id: str, *, lock: bool = False) -> ImportBatch:
    """The import at this address; locked when it is to be changed."""
    query = select(ImportBatch).where(ImportBatch.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def batches(session: Session, number: int) -> tuple[list[ImportBatch], bool]:
    """A page of the tenant's imports, newest first, and whether there are more."""
    query = select(ImportBatch).order_by(ImportBatch.id.desc()).limit(ROWS + 1).offset((number - 1) * ROWS)
    found = list(session.scalars(query))
    return found[:ROWS], len(found) > ROWS


def job_of(session: Session, batch: ImportBatch) -> Job | None:
    """The newest job that works on an import, done or not."""
    query = select(Job).where(Job.unique_key.startswith(f"import:{batch.public_id}:")).order_by(Job.id.desc()).limit(1)
    return session.scalar(query)


def rows(session: Session, batch: ImportBatch, shown: str, number: int) -> RowPage:
    """A page of rows with one result, `warned` (with a remark), `kept` (not taken back), or all."""
    counts = batch.counts
    total = {**counts, "": sum(counts.get(result.value, 0) for result in Result)}.get(shown)
    query = select(ImportRow, Company.public_id, Company.name).outerjoin(Company, Company.id == ImportRow.company_id)
    query = query.where(ImportRow.batch_id == batch.id)
    if shown in set(Result):
        query = query.where(ImportRow.result == shown)
    elif shown == "warned":
        query = query.where(ImportRow.reason.like('[["warned"%'), ImportRow.result != Result.REFUSED)
    elif shown == "kept":
        query = query.where(ImportRow.reverted.in_(("kept", "part")))
    pages = max(1, -(-(total or 0) // ROWS))
    number = min(max(1, number), pages)
    query = query.order_by(ImportRow.number).limit(ROWS).offset((number - 1) * ROWS)
    name_at = _name_column(batch)
    found = [_view(row, public_id, name, name_at) for row, public_id, name in session.execute(query)]
    return RowPage(found, number, total or 0)


def refused(session: Session, batch: ImportBatch) -> Iterator[RowView]:
    """Every refused row, in the order of the file."""
    query = (
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.result == Result.REFUSED)
        .order_by(ImportRow.number)
        .execution_options(yield_per=500)
    )
    for row in session.scalars(query):
        yield _view(row, None, None, None)


def remarks(session: Session, batch: ImportBatch) -> Iterator[tuple[int, str, list[Reason]]]:
    """Every row that something is said of: number, result and reasons."""
    query = (
        select(ImportRow.number, ImportRow.result, ImportRow.reason)
        .where(ImportRow.batch_id == batch.id, ImportRow.reason != "")
        .order_by(ImportRow.number)
    )
    for number, result, reason in session.execute(query):
        yield number, result, reasons.read(reason)


def scope_of_batch(session: Session, public_id: str) -> Scope:
    """The scope of the tenant that made an import, for the command line, where ids stand alone."""
    with every_tenant("the command line names an import by its id"):
        tenant_id = session.scalar(select(ImportBatch.tenant_id).where(ImportBatch.public_id == public_id))
    if tenant_id is None:
        raise NotFound
    return scope_numbered(session, tenant_id)


def kept_count(session: Session, batch: ImportBatch) -> int:
    """How many rows were changed since and stayed when the import was taken back."""
    query = select(ImportRow.id).where(ImportRow.batch_id == batch.id, ImportRow.reverted.in_(("kept", "part")))
    return len(session.scalars(query).all())


def _name_column(batch: ImportBatch) -> int | None:
    fields = batch.mapping.get("fields", [])
    return fields.index("name") if "name" in fields else None


def _view(row: ImportRow, public_id: str | None, name: str | None, name_at: int | None) -> RowView:
    cells = row.cells or []
    told = name or (cells[name_at] if name_at is not None and name_at < len(cells) else "")
    return RowView(
        row.number, row.result, told, public_id or "", cells, reasons.read(row.reason), row.reverted,
        (row.made or {}).get("told", []),
    )  # fmt: skip
