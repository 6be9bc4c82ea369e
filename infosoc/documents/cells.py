"""Cells that a spreadsheet must not calculate. Pure."""

from __future__ import annotations

import unicodedata

_STARTS = frozenset("=+-@")
_ALSO = frozenset("\t\r\n")


def harmless(text: str) -> str:
    """The text as a cell that stays text: one that a spreadsheet would take for a formula gets an apostrophe in front.

    Spaces, control and invisible characters before the sign do not hide it, and the full-width signs count too.
    """
    if not text:
        return text
    if text[0] in _ALSO:
        return f"'{text}"
    first = next((sign for sign in text if not _is_passed_over(sign)), "")
    return f"'{text}" if unicodedata.normalize("NFKC", first)[:1] in _STARTS else text


def _is_passed_over(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in {"Cc", "Cf"}
