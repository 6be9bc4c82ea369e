"""Reported usage: one figure by hand, or many in a file; what is reported anew replaces what was."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.tenancy import current_scope
from infosoc.kernel import money, text
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.subscriptions.models import Agreement, AgreementLine, Product, UsageReport
from infosoc.subscriptions.rules.words import Billing

COLUMNS = {
    "agreement": ("agreement", "avtal"),
    "product": ("product", "produkt"),
    "day": ("day", "date", "dag", "datum"),
    "quantity": ("quantity", "antal", "mängd"),
}
MOST_ROWS = 20_000
LARGEST_NUMBER = 10**15  # no agreement has one like it, and no column holds what is beyond
LARGEST_FILE = 4 * 1024 * 1024


class NotUsage(Invalid):
    message = N_("%(product)s is not charged by usage in this agreement on %(day)s.")


class NegativeUsage(Invalid):
    message = N_("Usage cannot be negative.")


class FileUnreadable(Invalid):
    message = N_(
        "The file cannot be read. It is a table in UTF-8 with the headings agreement; product; day; quantity, at most "
        "20 000 rows."
    )


class CellWrong(Invalid):
    message = N_("The agreement is a number, and the day is written as 2026-12-03.")


class RowWrong(Invalid):
    """A row of a file, and what is wrong with it: `cause`, which whoever shows it says in the reader's language."""

    message = N_("Row %(row)s: %(problem)s Nothing has been written.")

    def __init__(self, row: int, cause: Invalid) -> None:
        super().__init__(field="file", row=row, problem=cause.message % cause.values)
        self.cause = cause


@dataclass(frozen=True)
class Usage:
    """How much of a product was used in an agreement on a day, in thousandths."""

    agreement: int
    product: str
    day: date
    thousandths: int


@dataclass(frozen=True)
class Written:
    """What became of a report: figures that are new, that replaced others, and that stood there already."""

    new: int
    replaced: int
    same: int


def report(
    session: Session, rows: Sequence[Usage], *, source: str, by: int | None, now: datetime, is_file: bool = False
) -> Written:
    """Write reported usage: all of it, or nothing. The same report once more changes nothing."""
    counts = {"new": 0, "replaced": 0, "same": 0}
    numbers = {row.agreement for row in rows if 0 < row.agreement < LARGEST_NUMBER}
    known = _lines(session, numbers)
    for at, row in enumerate(rows, 2):
        try:
            counts[_write(session, known, row, source, by=by, now=now)] += 1
        except Invalid as error:
            if not is_file:
                raise
            raise RowWrong(at, error) from error
    session.flush()
    if counts["new"] or counts["replaced"]:
        told = {"figures": (None, str(counts["new"] + counts["replaced"])), "source": (None, text.clean(source)[:120])}
        audit.record(session, "usage reported", "tenant", current_scope().tenant_id, by=by, changes=told)
    return Written(**counts)


def read_file(content: bytes) -> list[Usage]:
    """The rows of a table of usage: agreement, product, day and quantity, with commas, semicolons or tabs between."""
    try:
        words = content[: LARGEST_FILE + 1].decode("utf-8-sig")
        if len(content) > LARGEST_FILE:
            raise FileUnreadable(field="file")
        delimiter = max(";,\t", key=words.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(words), delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise FileUnreadable(field="file") from None
    if not rows or len(rows) > MOST_ROWS:
        raise FileUnreadable(field="file")
    places = _places(rows[0])
    return [_usage(row, places, at) for at, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]


def _places(headings: Sequence[str]) -> dict[str, int]:
    given = [text.clean(one).lower() for one in headings]
    found = {name: at for name, words in COLUMNS.items() for at, one in enumerate(given) if one in words}
    if found.keys() != COLUMNS.keys():
        raise FileUnreadable(field="file")
    return found


def _usage(row: Sequence[str], places: dict[str, int], at: int) -> Usage:
    try:
        cells = {name: text.clean(row[place]) for name, place in places.items()}
        return Usage(
            int(cells["agreement"]), cells["product"].upper(), date.fromisoformat(cells["day"]),
            money.parse_thousandths(cells["quantity"]),
        )  # fmt: skip
    except Invalid as error:
        raise RowWrong(at, error) from error
    except (ValueError, IndexError):
        raise RowWrong(at, CellWrong()) from None


def _lines(session: Session, numbers: set[int]) -> dict[tuple[int, str], list[AgreementLine]]:
    query = (
        select(AgreementLine, Agreement.number, Product.code)
        .join(Agreement, Agreement.id == AgreementLine.agreement_id)
        .join(Product, Product.id == AgreementLine.product_id)
        .where(Agreement.number.in_(numbers), Product.billing == Billing.USAGE.value)
        .where(or_(Agreement.ends_on.is_(None), Agreement.ends_on > AgreementLine.starts_on))
    )
    found: dict[tuple[int, str], list[AgreementLine]] = {}
    for line, number, code in session.execute(query):
        found.setdefault((number, code), []).append(line)
    return found


def _write(
    session: Session, known: dict[tuple[int, str], list[AgreementLine]], row: Usage, source: str, *,
    by: int | None, now: datetime,
) -> str:  # fmt: skip
    if row.thousandths < 0:
        raise NegativeUsage(field="quantity")
    lines = [
        line for line in known.get((row.agreement, row.product), [])
        if line.starts_on <= row.day and (line.ends_on is None or row.day < line.ends_on)
    ]  # fmt: skip
    if not lines:
        raise NotUsage(field="product", product=row.product, day=row.day.isoformat())
    query = select(UsageReport).where(
        UsageReport.line_id == lines[0].id, UsageReport.used_on == row.day, UsageReport.replaced_at.is_(None)
    )
    before = session.scalar(query)
    if before is not None and before.quantity_thousandths == row.thousandths:
        return "same"
    if before is not None:
        before.replaced_at = now
        session.flush()
    session.add(
        UsageReport(
            line_id=lines[0].id, used_on=row.day, quantity_thousandths=row.thousandths,
            source=text.clean(source)[:120], made_by=by, made_at=now,
        )
    )  # fmt: skip
    return "replaced" if before is not None else "new"
