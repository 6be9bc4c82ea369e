"""What a file holds, found out before anything is imported: kind, encoding, delimiter, sheet, headings, a sample.

`detect` looks at the file once and answers a `Reading`, which can be shown, corrected and kept; `rows` then gives the
data row by row without keeping it in memory. A file is given as a path, or as bytes when it is small. Rows are numbered
as a spreadsheet numbers them: from 1, headings and blank rows counted, a record with line breaks in a cell as one row.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from infosoc.crm.imports import delimited, encoding, headings, workbook
from infosoc.crm.imports.content import looks_like_data
from infosoc.crm.imports.errors import UnreadableFile

Source = bytes | Path

MAX_SIZE = 100 * 1024 * 1024
SAMPLE_ROWS = 50
_HEADING_WITHIN = 15  # rows from the top
_PIECE = 1024 * 1024
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Pictures, papers and archives begin so; a short one may hold few signs that no text has. UTF-32 looks like UTF-16 with
# NUL between the letters, and nothing writes lists in it.
_NO_TEXT = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"{\\rtf",
    b"\xff\xfe\0\0", b"\0\0\xfe\xff",
)  # fmt: skip
_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 12, 13, 26, 27))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read, and what its first rows look like."""

    kind: Literal["csv", "xlsx"]
    encoding: str  # "" for a workbook
    delimiter: str  # "" for a workbook
    sheets: tuple[str, ...]  # the visible ones; () for a text file
    sheet: str
    heading_row: int  # 0 when the file has none
    headings: tuple[str, ...]  # () when the file has none
    columns: int
    sample: tuple[tuple[int, tuple[str, ...]], ...]  # the first data rows with their numbers

    @property
    def sample_cells(self) -> tuple[tuple[str, ...], ...]:
        return tuple(cells for _, cells in self.sample)

    def telling_sample(self, count: int = 5) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """A few rows to show, preferably with letters outside ASCII: they tell whether the encoding is right."""
        ranked = sorted(self.sample, key=lambda row: all(cell.isascii() for cell in row[1]))
        return tuple(sorted(ranked[:count]))


def detect(
    source: Source,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    heading_row: int | None = None,
) -> Reading:
    """Find out how to read a file; what is given by keyword is taken for granted. Raises `UnreadableFile`."""
    with _opened(source) as file:
        size = file.seek(0, io.SEEK_END)
        if size > MAX_SIZE:
            raise UnreadableFile("too_large", limit=MAX_SIZE // 1024 // 1024)
        file.seek(0)
        start = file.read(4096)
        if not start.strip():
            raise UnreadableFile("empty")
        if start.startswith(_OLD_EXCEL):
            raise UnreadableFile("old_excel")
        if start.startswith(_ZIP):
            return _detect_workbook(file, sheet, heading_row)
        return _detect_text(file, start, encoding, delimiter, heading_row)


def rows(source: Source, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """The data rows after the headings, each with its number in the file; blank rows are passed over."""
    for row, cells in _all_rows(source, reading):
        if row > reading.heading_row and any(map(str.strip, cells)):
            yield row, cells


def _all_rows(source: Source, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    with _opened(source) as file:
        if reading.kind == "xlsx":
            with workbook.open_workbook(file) as book:
                if reading.sheet not in book.sheets:
                    raise UnreadableFile("no_such_sheet", detail=reading.sheet)
                yield from book.rows(reading.sheet)
        else:
            text = delimited.open_text(file, reading.encoding)
            yield from delimited.records(text, reading.delimiter, encoding=reading.encoding)


@contextmanager
def _opened(source: Source) -> Iterator[IO[bytes]]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        yield io.BytesIO(source)


# --- Text ---------------------------------------------------------------------------------------------------------


def _detect_text(
    file: IO[bytes], start: bytes, given_encoding: str | None, given_delimiter: str | None, heading_row: int | None
) -> Reading:
    if start.startswith(_NO_TEXT):
        raise UnreadableFile("not_text")
    found = _known_encoding(given_encoding) if given_encoding else _sniff(file)
    if not found.startswith("utf-16") and b"\0" in start:
        raise UnreadableFile("not_text")
    if not found.startswith("utf-16") and len(start.translate(None, _CONTROL)) < len(start) * 0.98:
        raise UnreadableFile("not_text")
    file.seek(0)
    text = delimited.open_text(file, found)
    try:
        beginning = text.read(64 * 1024)
    except UnicodeError as error:
        raise UnreadableFile("wrong_encoding", row=_broken_row(file, found), detail=found) from error
    delimiter = given_delimiter or delimited.find_delimiter(_whole_lines(beginning))
    if len(delimiter) != 1 or delimiter in '"\r\n ':
        raise UnreadableFile("wrong_delimiter")
    text.seek(0)
    top = list(islice(delimited.records(text, delimiter, encoding=found), _HEADING_WITHIN + SAMPLE_ROWS))
    text.detach()
    return _reading(top, heading_row, kind="csv", encoding=found, delimiter=delimiter, sheets=(), sheet="")


def _known_encoding(name: str) -> str:
    plain = name.lower().replace("_", "-")
    aliases = {"cp1252": encoding.WINDOWS_1252, "latin-1": encoding.ISO_8859_1, "latin1": encoding.ISO_8859_1,
               "cp-850": encoding.CP850, "ibm850": encoding.CP850, "utf8": encoding.UTF_8}  # fmt: skip
    plain = aliases.get(plain, plain)
    if plain not in encoding.ENCODINGS:
        raise UnreadableFile("no_such_encoding", detail=name)
    return plain


def _sniff(file: IO[bytes]) -> str:
    file.seek(0)
    return encoding.sniff(iter(lambda: file.read(_PIECE), b""))


def _broken_row(file: IO[bytes], name: str) -> int:
    """About where: the line of the first byte that cannot be read."""
    file.seek(0)
    data = file.read(1024 * 1024)
    try:
        data.decode(name)
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return data.count(b"\n") + 1


def _whole_lines(text: str) -> str:
    cut = text.rfind("\n")
    return text[: cut + 1] if cut > 0 else text


# --- Workbooks ----------------------------------------------------------------------------------------------------


def _detect_workbook(file: IO[bytes], sheet: str | None, heading_row: int | None) -> Reading:
    with workbook.open_workbook(file) as book:
        if sheet is not None and sheet not in book.sheets:
            raise UnreadableFile("no_such_sheet", detail=sheet)
        tops: dict[str, list[tuple[int, list[str]]]] = {}
        for title in [sheet] if sheet is not None else book.sheets:
            tops[title] = list(islice(book.rows(title), _HEADING_WITHIN + SAMPLE_ROWS))
            if _is_table(tops[title]):
                break
        # The first sheet that is a table; where none is, the one with most in it.
        chosen = max(
            tops, key=lambda title: (_is_table(tops[title]), sum(len(row[1]) for row in tops[title])), default=""
        )
        top = tops.get(chosen, [])
        return _reading(top, heading_row, kind="xlsx", encoding="", delimiter="", sheets=book.sheets, sheet=chosen)


def _is_table(top: Sequence[tuple[int, list[str]]]) -> bool:
    return sum(sum(1 for cell in cells if cell.strip()) >= 2 for _, cells in top) >= 2


# --- Headings -----------------------------------------------------------------------------------------------------


def _reading(top: list[tuple[int, list[str]]], heading_row: int | None, **how: Any) -> Reading:
    filled = [(row, cells) for row, cells in top if any(map(str.strip, cells))]
    if not filled:
        raise UnreadableFile("no_rows" if top else "empty")
    found = _find_heading_row(filled) if heading_row is None else heading_row
    names = next((cells for row, cells in filled if row == found), [])
    while names and not names[-1].strip():
        names = names[:-1]
    sample = tuple((row, tuple(cells)) for row, cells in filled if row > found)[:SAMPLE_ROWS]
    # A row may run over; what counts is how wide most rows are.
    widths = sorted(len(cells) for _, cells in sample)
    columns = max(len(names), widths[len(widths) // 2] if widths else 0)
    return Reading(heading_row=found, headings=tuple(map(str.strip, names)), columns=columns, sample=sample, **how)


def _find_heading_row(filled: list[tuple[int, list[str]]]) -> int:
    """The row among the first whose cells are known headings, or that at least reads as headings; 0 when none does."""
    first = [(row, cells) for row, cells in filled if row <= _HEADING_WITHIN]
    best, best_known = 0, 0
    for row, cells in first:
        known = sum(map(headings.is_known, cells))
        if known > best_known and known * 3 >= len(cells) and not looks_like_data(cells):
            best, best_known = row, known
    if best_known >= 2 or (best_known == 1 and max(len(cells) for _, cells in filled) <= 2):
        return best
    return _unknown_headings(filled)


def _unknown_headings(filled: list[tuple[int, list[str]]]) -> int:
    """Headings in words we do not know: all different, without digits, over rows that have some."""
    width = max(len(cells) for _, cells in filled)
    for at, (row, cells) in enumerate(filled[:5]):
        words = [cell.strip() for cell in cells if cell.strip()]
        if len(words) < 2 or len(words) * 10 < width * 7:
            continue
        if len(set(words)) < len(words) or any(_is_datum(word) or len(word) > 40 for word in words):
            return 0
        below = [later for _, later in filled[at + 1 :]]
        return row if any(cell.strip() and _is_data_column(below, at) for at, cell in enumerate(cells)) else 0
    return 0


def _is_data_column(below: list[list[str]], at: int) -> bool:
    return bool(below) and sum(_is_datum(cells[at]) for cells in below if at < len(cells)) >= len(below) * 0.7


def _is_datum(cell: str) -> bool:
    return "@" in cell or any(map(str.isdigit, cell))
