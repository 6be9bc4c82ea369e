"""However a file is damaged, it is either read or refused with a line: nothing else ever comes out."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infosoc.payments.readers.errors import BankFileError
from infosoc.payments.readers.files import read
from tests.payments.bank_files import Camt, ordinary

STATEMENT = Camt("053", "08")
STATEMENT.entry(1_000, STATEMENT.tx(1_000, ocr="1000173", name="Åkeri AB"), batch=1).entry(500, debit=True)
FILES = [ordinary().bytes(), STATEMENT.bytes()]


def comes_out_clean(data: bytes) -> bool:
    try:
        return bool(list(read(io.BytesIO(data))))
    except BankFileError as error:
        return error.line >= 1 and bool(str(error))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=5))
def test_changed_bytes_are_read_or_refused(data, changes):
    damaged = bytearray(data)
    for place, byte in changes:
        damaged[int(place * len(damaged))] = byte
    assert comes_out_clean(bytes(damaged))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FILES), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_pieces_taken_out_or_put_in_elsewhere_are_read_or_refused(data, first, last, place):
    start, end = sorted((int(first * len(data)), int(last * len(data))))
    piece, rest = data[start:end], data[:start] + data[end:]
    at = int(place * len(rest))
    assert comes_out_clean(rest + b"\n")
    assert comes_out_clean(rest[:at] + piece + rest[at:])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    for start in (b"", b"<", b"01BGMAX               01", b"\xff\xfe", b"\xef\xbb\xbf"):
        assert comes_out_clean(start + data + b".")


@pytest.mark.parametrize("encoding", ["no-such-thing", "utf-7", "big5", "cp1252", "idna", "rot13", "base64"])
def test_an_encoding_that_cannot_be_read_is_refused(encoding):
    data = STATEMENT.document().replace("UTF-8", encoding).replace("Å", "A").replace("å", "a").encode()
    assert comes_out_clean(data)
