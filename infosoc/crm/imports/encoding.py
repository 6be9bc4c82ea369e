"""Which alphabet a text file is written in: UTF-8, UTF-16, Windows-1252, ISO-8859-1 or CP850.

A byte order mark decides; then the zero bytes of UTF-16; then whether the bytes are UTF-8 at all (text in another
alphabet practically never is). What is left is one byte a letter, judged by what the letters look like in their words:
0x94 is "ö" in CP850 and a closing quotation mark in Windows-1252, and only one of them stands between two letters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

UTF_8 = "utf-8"
UTF_8_BOM = "utf-8-sig"
UTF_16 = "utf-16"
UTF_16_LE = "utf-16-le"
UTF_16_BE = "utf-16-be"
WINDOWS_1252 = "windows-1252"
ISO_8859_1 = "iso-8859-1"
CP850 = "cp850"
ENCODINGS = (UTF_8, UTF_8_BOM, UTF_16, UTF_16_LE, UTF_16_BE, WINDOWS_1252, ISO_8859_1, CP850)

_MARKS = ((codecs.BOM_UTF8, UTF_8_BOM), (codecs.BOM_UTF16_LE, UTF_16), (codecs.BOM_UTF16_BE, UTF_16))
_SINGLE_BYTE = (WINDOWS_1252, CP850, ISO_8859_1)  # in this order when they score alike

_HIGH = re.compile(rb"[\x80-\xff]")
_ENOUGH = 4000  # letters outside ASCII; more do not change the verdict
_SWEDISH = frozenset("åäöÅÄÖéÉ")
_UNREADABLE = "\ufffd"
_QUOTED = re.compile(r"(?<!\w)[”“„‘][^”“„;\r\n]{1,80}[”“’](?!\w)")
_TYPOGRAPHY = frozenset("\u00a0–—’‘”“„…•€£§°´½²³®©™·»«¼¾×")


class Sniffer:
    """Fed with a file in pieces; keeps only what the verdict needs."""

    def __init__(self) -> None:
        self._start = b""
        self._utf_8 = codecs.getincrementaldecoder("utf-8")()
        self._is_utf_8 = True
        self._high = 0
        self._windows: list[bytes] = []

    def feed(self, piece: bytes) -> None:
        if len(self._start) < 4096:
            self._start += piece[: 4096 - len(self._start)]
        if self._is_utf_8:
            try:
                self._utf_8.decode(piece)
            except UnicodeDecodeError:
                self._is_utf_8 = False
        if self._high < _ENOUGH and not piece.isascii():
            self._collect(piece)

    def verdict(self) -> str:
        """The encoding, as Python names it."""
        for mark, encoding in _MARKS:
            if self._start.startswith(mark):
                return encoding
        if (wide := _utf_16_without_mark(self._start)) is not None:
            return wide
        if self._is_utf_8:
            try:
                self._utf_8.decode(b"", final=True)
            except UnicodeDecodeError:
                self._is_utf_8 = False
        if self._is_utf_8:
            return UTF_8
        sample = b" ".join(self._windows)
        if _is_damaged_utf_8(sample):
            return UTF_8
        return max(_SINGLE_BYTE, key=lambda encoding: _plausibility(sample, encoding))

    def _collect(self, piece: bytes) -> None:
        """Keep the surroundings of letters outside ASCII: they may be rare, or first come late in the file."""
        end = -1
        for match in _HIGH.finditer(piece):
            self._high += 1
            at = match.start()
            if at >= end:
                start, end = max(0, at - 8), at + 64
                self._windows.append(piece[start:end])
            if self._high >= _ENOUGH:
                return


def sniff(pieces: Iterable[bytes]) -> str:
    """The encoding of a file given in pieces."""
    sniffer = Sniffer()
    for piece in pieces:
        sniffer.feed(piece)
    return sniffer.verdict()


def _utf_16_without_mark(start: bytes) -> str | None:
    """Latin text in UTF-16 has a zero byte in nearly every pair, always on the same side."""
    pairs = len(start) // 2
    if pairs < 2 or start.count(0) < pairs * 0.6:
        return None
    even, odd = start[0 : pairs * 2 : 2].count(0), start[1 : pairs * 2 : 2].count(0)
    if odd >= pairs * 0.6 and even <= pairs * 0.05:
        return UTF_16_LE
    if even >= pairs * 0.6 and odd <= pairs * 0.05:
        return UTF_16_BE
    return None


def _is_damaged_utf_8(sample: bytes) -> bool:
    """Whether nearly all letters are good UTF-8 and a few bytes are broken: then say so, rather than guess wrong."""
    text = sample.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    good = sum(1 for char in text if char >= "\u0080" and char != "\ufffd")
    return good >= 8 and good > broken * 4


def _plausibility(sample: bytes, encoding: str) -> float:
    text = sample.decode(encoding, errors="replace")
    letters = sum(_weight(text, at) for at, char in enumerate(text) if char >= "\u0080")
    return letters + 4 * len(_QUOTED.findall(text))


def _weight(text: str, at: int) -> float:
    """How well a character outside ASCII fits between its neighbours."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    inside, beside = before.isalpha() and after.isalpha(), before.isalpha() or after.isalpha()
    if char in _UNREADABLE or char < "\u00a0":
        return -8.0 if char < "\u00a0" else -9.0
    if char.isupper() and before.islower():
        return -2.0
    if char in _SWEDISH:
        return (4.0 if inside or (char.isupper() and after.isalpha()) else 1.5) if beside else 0.5
    if char in _TYPOGRAPHY:
        misplaced = (inside and char != "’") or (char in "™®" and after.isalpha())
        return -3.0 if misplaced else 0.75
    if char.isalpha():
        return 1.0 if inside else 0.5 if beside else -1.0
    return -4.0
