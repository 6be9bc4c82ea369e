"""Which alphabet a file is written in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.crm.imports.encoding import sniff

LIST = (
    "Företag;Ort;Kontakt;Kommentar\r\nÅkerö Omsorg AB;Gnosjö;Zoë Hägg;Sade ja\r\n"
    "Lönn & Co HB;Växjö;Åsa Öberg;återkom\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "windows-1252", "cp850"])
def test_the_encoding_is_found(encoding):
    assert sniff([LIST.encode(encoding)]) == encoding


def test_utf_16_with_a_mark_is_told_from_utf_16_without():
    assert sniff([LIST.encode("utf-16")]) == "utf-16"
    assert sniff([b"\xfe\xff" + LIST.encode("utf-16-be")]) == "utf-16"


def test_latin_1_reads_right():
    data = LIST.encode("iso-8859-1")
    assert data.decode(sniff([data])) == LIST


def test_latin_1_with_its_control_characters_is_not_windows_1252():
    assert sniff([("Å\x81\x8d\x9d" + LIST).encode("iso-8859-1")]) == "iso-8859-1"


def test_typographic_quotation_marks_are_not_swedish_letters():
    data = "Namn;Kommentar\r\nSolen AB;sade ”ja” – kanske… 100 €\r\nMånen AB;”nej”\r\n".encode("windows-1252")
    assert sniff([data]) == "windows-1252"


@pytest.mark.parametrize("letter", ["å", "ä", "ö", "Å", "Ä", "Ö", "é"])
@pytest.mark.parametrize("encoding", ["windows-1252", "cp850"])
def test_one_letter_is_enough(letter, encoding):
    word = f"{letter}rby" if letter.isupper() else f"G{letter}vle"
    assert sniff([f"Namn;Ort\r\nSolen AB;{word}\r\n".encode(encoding)]) == encoding


def test_a_letter_that_first_comes_late_in_the_file_counts():
    pieces = [b"a;b\r\n" * 200_000] * 4 + ["Växjö;Åre\r\n".encode("cp850")]
    assert sniff(pieces) == "cp850"


def test_a_letter_cut_in_two_by_the_piece_is_still_utf_8():
    data = LIST.encode()
    assert sniff([data[:2], data[2:9], data[9:]]) == "utf-8"


def test_plain_ascii_is_utf_8():
    assert sniff([b"name;town\r\nSun AB;Boden\r\n"]) == "utf-8"


def test_utf_8_with_a_few_broken_bytes_is_not_read_as_something_else():
    assert sniff([(LIST * 5).encode() + b"\xff\xfe;"]) == "utf-8"


@given(st.binary(max_size=300))
def test_any_bytes_get_a_verdict(data):
    assert sniff([data])


@given(st.lists(st.text("abcdefghijklmnoprstuvåäöÅÄÖ ", min_size=4, max_size=12), min_size=8, max_size=30))
def test_swedish_words_survive_every_encoding(words):
    text = ";".join(word.strip().capitalize() for word in words) + "\r\n"
    for encoding in ("utf-8", "windows-1252", "cp850"):
        data = text.encode(encoding)
        assert data.decode(sniff([data])) == text
