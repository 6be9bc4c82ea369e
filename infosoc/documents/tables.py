"""Tables as files for spreadsheets: CSV as Excel in Sweden reads it, and XLSX. Memory stays flat; the disk takes it."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

from infosoc.documents.cells import harmless

CSV, XLSX = "csv", "xlsx"
MIMETYPES = {CSV: "text/csv", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
MOST_ROWS = 1_048_575  # of a sheet, beside its headings
LONGEST_CELL = 32_767


def write(kind: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> IO[bytes]:
    """A temporary file with the table, ready to be read from its start; gone when it is closed."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    (_write_xlsx if kind == XLSX else _write_csv)(file, headings, rows)
    file.seek(0)
    return file


def _write_csv(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow([harmless(heading) for heading in headings])
    out.writerows([harmless(cell) for cell in row] for row in rows)
    text.flush()
    text.detach()


def _write_xlsx(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    import xlsxwriter  # not needed where nobody asks for a workbook

    options: dict[str, Any] = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, 24 if column == 0 else 18)
            sheet.write_string(0, column, harmless(heading)[:LONGEST_CELL], bold)
        for at, row in enumerate(rows, 1):
            if at > MOST_ROWS:
                break
            for column, cell in enumerate(row):
                sheet.write_string(at, column, harmless(cell)[:LONGEST_CELL])
