"""Excel workbooks (.xlsx), read as text, row by row.

A workbook is a zip of XML, so it is distrusted twice before a cell is read: what it would unpack to is limited, and no
part may declare a document type (that is where XML entities, inner and outer, come from). Formulas are not calculated:
what Excel last showed is read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import IO, Any
from xml.etree import ElementTree

from infosoc.crm.imports.errors import UnreadableFile

MAX_UNPACKED = 400 * 1024 * 1024
MAX_SHARED = 100 * 1024 * 1024  # read into memory at once: shared strings, styles and all else but the sheets
MAX_PARTS = 2000
MAX_COLUMNS = 200

_ROOT = re.compile(rb"<[A-Za-z_]")
_HEAD = 64 * 1024
_EXCEL_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")


# What a cell says whose formula nobody has calculated: the program that wrote the file left no value in it.
NOT_CALCULATED = "#NOT-CALCULATED!"
_REFERENCE = re.compile(r"([A-Z]+)(\d+)\Z")
_PIECE = 1024 * 1024


class Workbook:
    """An open workbook: its visible sheets, and the rows of one of them."""

    def __init__(self, book: Any, file: IO[bytes]) -> None:
        self._book, self._file = book, file
        self.sheets = tuple(sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible")

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Each row as text with its number in the sheet; blank rows are there as empty lists."""
        row = 0
        with _named_errors():
            found = self._book[sheet]
            found.reset_dimensions()  # some writers state them wrong
            empty = _not_calculated(self._file, found._worksheet_path)
            for row, values in enumerate(found.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
                if row in empty:
                    values = tuple(NOT_CALCULATED if at in empty[row] else value for at, value in enumerate(values))
                yield row, _as_text(values)


def _not_calculated(file: IO[bytes], path: str) -> dict[int, set[int]]:
    """The cells of a sheet that hold a formula and no value, by row and column."""
    with zipfile.ZipFile(file) as archive:
        with archive.open(path) as sheet:
            if not _holds_formula(sheet):
                return {}
        with archive.open(path) as sheet:
            return _formulas_without_value(sheet)


def _holds_formula(sheet: IO[bytes]) -> bool:
    before = b""
    while piece := sheet.read(_PIECE):
        if b"<f" in before + piece or b":f" in before + piece:
            return True
        before = piece[-1:]
    return False


def _formulas_without_value(sheet: IO[bytes]) -> dict[int, set[int]]:
    from openpyxl.utils import column_index_from_string

    found: dict[int, set[int]] = {}
    for _, cell in ElementTree.iterparse(sheet):  # noqa: S314 - check_archive has refused document types
        kind = cell.tag.rpartition("}")[2]
        if kind == "c":
            parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
            place = _REFERENCE.match(cell.get("r", ""))
            if "f" in parts and not parts.get("v") and "is" not in parts and cell.get("t") != "str" and place:
                found.setdefault(int(place[2]), set()).add(column_index_from_string(place[1]) - 1)
        if kind == "row":
            cell.clear()
    return found


@contextmanager
def open_workbook(file: IO[bytes]) -> Iterator[Workbook]:
    """The workbook in a file that can be sought in; raises `UnreadableFile`."""
    check_archive(file)
    file.seek(0)
    with _named_errors():
        import openpyxl  # takes a fifth of a second, which a CSV file need not wait for

        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        yield Workbook(book, file)
    finally:
        book.close()


def check_archive(file: IO[bytes]) -> None:
    """Refuse what is no workbook, unpacks to too much, or declares a document type."""
    file.seek(0)
    with _named_errors(), zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if "[Content_Types].xml" not in archive.namelist():
            raise UnreadableFile("not_text")
        # zipfile never unpacks more of a part than its directory states, so what is stated can be trusted here.
        sheets = sum(part.file_size for part in parts if part.filename.startswith("xl/worksheets/"))
        total = sum(part.file_size for part in parts)
        if total > MAX_UNPACKED or total - sheets > MAX_SHARED or len(parts) > MAX_PARTS:
            raise UnreadableFile("unpacked_too_large")
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                _check_part(archive, part)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    with archive.open(part) as content:
        head = content.read(_HEAD).replace(b"\0", b"")  # UTF-16 reads the same without its zero bytes
    root = _ROOT.search(head)
    prologue = (head[: root.start()] if root else head).upper()
    endless = root is None and len(head) >= _HEAD // 2
    if endless or b"<!DOCTYPE" in prologue or b"<!ENTITY" in prologue:
        raise UnreadableFile("unsafe_workbook")


@contextmanager
def _named_errors() -> Iterator[None]:
    """Whatever a damaged workbook makes the libraries raise becomes our one named error."""
    try:
        yield
    except UnreadableFile:
        raise
    except Exception as error:
        # openpyxl promises nothing about damaged files: KeyError, zlib.error, ParseError, TypeError and many more.
        raise UnreadableFile("broken_workbook") from error


def _as_text(values: tuple[Any, ...]) -> list[str]:
    cells = [value if type(value) is str else "" if value is None else _text(value) for value in values]
    cells = ["" if cell[:1] == "#" and _EXCEL_ERROR.fullmatch(cell) else cell for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: Any) -> str:
    """A value of a cell as a person would have typed it; numbers without the decimals that Excel adds."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return str(value)
