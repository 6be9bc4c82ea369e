"""What a column holds, judged by its cells alone: for files without headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from infosoc.kernel import email, phone
from infosoc.kernel.identity import InvalidOrgNumber, parse_org_number
from infosoc.kernel.text import clean, fold

_MOST = 0.7  # of the cells that are not empty
_POSTCODE = re.compile(r"(?:SE?-?)?[1-9]\d\d ?\d\d(?:[.,]0)?")
_WEB = re.compile(r"(?:https?://|www\.)\S+", re.I)
_COMPANY = re.compile(
    r"\b(?:ab|hb|kb|aktiebolag|handelsbolag|kommun|region|stiftelse\w*|förening\w*|ek\.? för|ltd|gmbh|oy|inc)\b",
    re.I,
)
_PERSON = re.compile(r"[A-ZÅÄÖÉ][\w'’-]+(?: (?:af|von|de|van|[A-ZÅÄÖÉ])[\w'’-]*){1,3}")
_TOWN = re.compile(r"[A-ZÅÄÖ][a-zåäöéü]+(?:[ -][A-ZÅÄÖa-zåäöé]+){0,2}")
_STATUS = frozenset(("kund", "prospekt", "tidigare kund", "ej aktuell", "customer", "prospect", "former customer"))


def guess_by_content(fields: list[str], sample: Sequence[Sequence[str]]) -> None:
    """Fill in the columns that no heading has told of; names and towns only where there are no headings at all."""
    headless = not any(fields)
    columns = [[clean(row[at]) for row in sample if at < len(row) and row[at].strip()] for at in range(len(fields))]
    for field, test in _TESTS:
        for at, cells in enumerate(columns):
            if not fields[at] and field not in fields and _share(cells, test) >= _MOST:
                fields[at] = field
                break
    if "name" not in fields:
        _guess_name(fields, columns)
    if headless:
        _guess_words(fields, columns, "contact_name", _PERSON)
        _guess_words(fields, columns, "postal_town", _TOWN)


def looks_like_data(cells: Sequence[str]) -> bool:
    """Whether a row reads as data and not as headings: it holds an address, a number or a code."""
    return any(_is_org_number(cell) or _is_email(cell) or _is_phone(cell) for cell in cells)


def _share(cells: list[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells) if cells else 0


def _is_org_number(cell: str) -> bool:
    try:
        parse_org_number(cell)
    except InvalidOrgNumber:
        return False
    return True


def _is_email(cell: str) -> bool:
    return "@" in cell and all(map(email.is_valid, email.split(cell)))


def _is_phone(cell: str) -> bool:
    try:
        phone.parse_phone(phone.split(cell)[0])
    except (phone.InvalidPhone, IndexError):
        return False
    return sum(char.isdigit() for char in cell) >= 8 and cell[0] in "+0("


_TESTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("email", _is_email),
    ("org_number", _is_org_number),
    ("phone", _is_phone),
    ("web", lambda cell: bool(_WEB.fullmatch(cell))),
    ("postal_postcode", lambda cell: bool(_POSTCODE.fullmatch(cell))),
    ("status", lambda cell: fold(cell) in _STATUS),
    ("name", lambda cell: bool(_COMPANY.search(cell))),
)


def _guess_name(fields: list[str], columns: list[list[str]]) -> None:
    """The name is the column of words with the most different values, company words counting double."""
    wordy = [at for at, cells in enumerate(columns) if not fields[at] and _share(cells, _is_wordy) >= _MOST]
    if not wordy:
        return

    def likeness(at: int) -> float:
        cells = columns[at]
        return len(set(cells)) / len(cells) + _share(cells, lambda cell: bool(_COMPANY.search(cell))) - at / 1000

    fields[max(wordy, key=likeness)] = "name"


def _guess_words(fields: list[str], columns: list[list[str]], field: str, pattern: re.Pattern[str]) -> None:
    for at, cells in enumerate(columns):
        if not fields[at] and _share(cells, lambda cell: bool(pattern.fullmatch(cell))) >= 0.9:
            fields[at] = field
            return


def _is_wordy(cell: str) -> bool:
    return len(cell) > 1 and sum(map(str.isalpha, cell)) * 2 > len(cell)
