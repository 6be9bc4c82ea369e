"""Which kind of bank file it is, found from its content, and the reader that goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from infosoc.payments.readers import bgmax, camt, errors
from infosoc.payments.readers.records import Event

_PEEKED = 512
_UTF_8, _UTF_16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


def read(stream: BinaryIO) -> Iterator[Event]:
    """The records of a BgMax or camt file; raises a `BankFileError`. The stream must be able to go back."""
    start = stream.read(_PEEKED)
    stream.seek(-len(start), 1)
    if start.startswith(_UTF_8):
        stream.seek(len(_UTF_8), 1)
    plain = start.removeprefix(_UTF_8).lstrip()
    if not start:
        raise errors.EmptyFile(1)
    if plain.startswith((b"<", *_UTF_16)):
        return camt.read(stream)
    if plain and not plain.startswith(b"01BGMAX"):
        raise errors.UnknownBankFile(1 + start[: start.index(plain)].count(b"\n"))
    return bgmax.read(stream)
