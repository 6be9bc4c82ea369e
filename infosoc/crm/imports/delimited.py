"""Text files with one record a line: CSV and its cousins with semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO

from infosoc.crm.imports.errors import UnreadableFile

DELIMITERS = (";", ",", "\t", "|")
MAX_CELL = 100_000  # characters; of a longer cell the beginning is handed on, by which its row is refused
_MAX_READ = 16_000_000  # characters of a cell; beyond that the file is none
_MAX_LINES = 500  # of one record; more means that a quotation mark was never closed
_SEP_LINE = re.compile(r"\ufeff?sep=([;,\t|:^~])\r?\n?\Z", re.IGNORECASE)

# For the whole process, and only ever raised: a longer cell is reported by `records` with its row.
csv.field_size_limit(max(csv.field_size_limit(), _MAX_READ))


class Unclosed(list[str]):
    """The cells of the last row of a file, in which a quotation mark is opened and never closed: they run together."""


def open_text(file: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """The file as text; line ends inside quotation marks are left to the CSV reader."""
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def records(text: IO[str], delimiter: str, *, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with its number, as a spreadsheet would number its row.

    A record with line breaks inside a cell is one row, as in a spreadsheet; blank lines count, and so does `sep=;`.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    row = 0
    try:
        for row, cells in enumerate(reader, 1):
            # The reader has asked for more than there is: a quotation mark stands open, maybe over other rows.
            is_open = lines.ended and not any(map(str.strip, lines.pending[1:]))
            if (is_open and row == 1) or (not is_open and len(lines.pending) > 1):
                _check_long(lines.pending, delimiter, row)
            lines.pending.clear()
            if any(len(cell) > MAX_CELL for cell in cells):
                cells = [cell[: MAX_CELL + 1] for cell in cells]
            if row == 1 and _SEP_LINE.match(delimiter.join(cells)):
                cells = []
            yield row, Unclosed(cells) if is_open else cells
    except _TooManyLines as error:
        raise UnreadableFile("unclosed_quote", row=row + 1) from error
    except csv.Error as error:
        raise UnreadableFile("cell_too_long", row=row + 1) from error
    except UnicodeError as error:
        raise UnreadableFile("wrong_encoding", row=row + 1, detail=encoding) from error


def find_delimiter(sample: str) -> str:
    """The delimiter that cuts most lines into equally many pieces; a semicolon when nothing does."""
    first, _, _ = sample.partition("\n")
    if stated := _SEP_LINE.match(first):
        return stated[1]
    scores = {delimiter: _evenness(sample, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > 0 else ";"


def _evenness(sample: str, delimiter: str) -> float:
    widths = []
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in cells):
                widths.append(len(cells))
    except csv.Error:
        pass  # what was read so far is judged
    counted = Counter(width for width in widths if width > 1)
    if not counted:
        return 0
    width, rows = max(counted.items(), key=lambda item: (item[1], item[0]))
    return (rows / len(widths)) ** 2 * math.log2(width)


def _check_long(lines: list[str], delimiter: str, row: int) -> None:
    """A record over several lines is right when its quotation marks are closed; otherwise it has eaten other rows."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UnreadableFile("unclosed_quote", row=row) from error


class _TooManyLines(Exception):
    """A record over so many lines that a quotation mark must have been left open."""


class _Lines:
    """The lines of a text, remembering those that belong to the record being read."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self.pending: list[str] = []
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._text, None)
        if line is None:
            self.ended = True
            raise StopIteration
        if len(self.pending) >= _MAX_LINES:
            raise _TooManyLines
        self.pending.append(line)
        return line
