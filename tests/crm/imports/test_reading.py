"""How a file is read, and what a broken one says."""

import io
import tracemalloc
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infosoc.crm.imports import reading, workbook
from infosoc.crm.imports.errors import UnreadableFile
from infosoc.crm.imports.parsed import ParsedRow, Refusal
from infosoc.crm.imports.reading import detect, rows
from infosoc.crm.imports.values import parse_row


def read(data: bytes, **given) -> list[tuple[int, list[str]]]:
    return list(rows(data, detect(data, **given)))


def excel(sheets: dict[str, list[list]], **options) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd", **options}) as book:
        for title, table in sheets.items():
            sheet = book.add_worksheet(title)
            for number, cells in enumerate(table):
                sheet.write_row(number, 0, cells)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    table = [["Namn", "Ort", "Kommentar"], ["Solen AB", "Boden", "ja, 3;4 | nej"], ["Lönn HB", "Åre", 'sade "nja"']]
    lines = (delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table)
    data = "\r\n".join(lines).encode()
    assert detect(data).delimiter == delimiter
    assert read(data) == [(2, table[1]), (3, table[2])]


def test_a_comma_in_every_address_is_not_the_delimiter():
    data = b"Namn;Adress;Ort\nA AB;Storgatan 1, 2 tr;Boden\nB AB;Storgatan 2, 1 tr;Boden\n"
    assert detect(data).delimiter == ";"


def test_excels_own_line_about_the_delimiter_is_obeyed_and_no_row():
    data = b"sep=|\r\nNamn|Ort\r\nA;B,C AB|Boden\r\n"
    assert (detect(data).delimiter, detect(data).heading_row) == ("|", 2)
    assert read(data) == [(3, ["A;B,C AB", "Boden"])]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
def test_line_ends_blank_rows_and_breaks_inside_cells(line_end, encoding):
    lines = ["Namn;Ort", "", 'Åkeri AB;"Väx', 'jö"', ";", "Lönn HB;Åre;mer", "Kort AB"]
    data = line_end.join(lines).encode(encoding)
    assert read(data) == [(3, ["Åkeri AB", f"Väx{line_end}jö"]), (5, ["Lönn HB", "Åre", "mer"]), (6, ["Kort AB"])]


def test_the_headings_are_found_below_a_title_and_missed_where_there_are_none():
    assert detect(b"Utdrag 2026-11-01;;\n;;\nNamn;Org.nr;Ort\nA AB;559724-6270;Boden\n").heading_row == 3
    assert detect(b"A AB;559724-6270;Boden\nB AB;969029-7321;Boden\n").heading_row == 0


def test_headings_in_unknown_words_are_headings_over_data():
    assert detect(b"Nimi;Puhelin;Kaupunki\nA AB;070-1740610;Boden\nB AB;070-1740611;Boden\n").heading_row == 1
    assert detect(b"A AB;Anna Ek;Boden\nB AB;Bo Ek;Boden\nC AB;070-1740610;Boden\n").heading_row == 0


def test_what_is_given_is_taken_for_granted():
    data = "A AB;Åre,Boden\nB AB;Åre,Boden\n".encode("cp850")
    found = detect(data, encoding="latin1", delimiter=",", heading_row=1)
    assert (found.encoding, found.delimiter, found.headings) == ("iso-8859-1", ",", ("A AB;\u008fre", "Boden"))
    with pytest.raises(UnreadableFile, match="Row 1 cannot be read as windows-1252"):
        detect(data, encoding="cp1252")


def test_the_sample_to_show_prefers_letters_that_can_go_wrong():
    data = "Namn;Ort\n" + "Sun AB;Boden\n" * 20 + "Åkeri AB;Växjö\n"
    found = detect(data.encode("cp850"))
    assert (22, ("Åkeri AB", "Växjö")) in found.telling_sample(3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b";;\n;;\n", "no_rows"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 8, "not_text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "not_text"),
        (b"\x89PNG\r\n\x1a\n" + b"IHDR;IDAT;" * 40, "not_text"),
        (b"%PDF-1.7;" + b"obj;endobj\n" * 40, "not_text"),
        (b"Namn;Ort\nA AB;Boden\n" * 40 + b"\0", "not_text"),
        ("Namn;Ort\nA AB;Boden\n".encode("utf-32"), "not_text"),
        (b"PK\x03\x04 no zip at all", "broken_workbook"),
        (b'Namn;Ort\n"A AB;Boden\nB AB;Boden\n', "unclosed_quote"),
        (b'Namn;Ort\n"A AB;Boden\n"B AB;Boden\n', "unclosed_quote"),
        (b"Namn;Ort\n" + b"x" * 17_000_000 + b";Boden\n", "cell_too_long"),
        (b'"Namn;Ort\n', "unclosed_quote"),
        ("Åäö;Öäå;éé\nååå;äää;ööö\n".encode() + b"\xff;x\n", "wrong_encoding"),
    ],
)
def test_a_broken_file_has_one_named_error(data, code):
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    assert caught.value.code == code
    assert "%(" not in str(caught.value)


def test_one_cell_that_is_too_long_leaves_the_other_rows_readable():
    data = b"Namn;Ort\nA AB;Boden\n" + b"x" * 2_000_000 + b";Boden\nC AB;" + b"y" * 2_000_000 + b"\nD AB;Boden\n"
    found = detect(data)
    parsed = [(row, parse_row(cells, ("name", "ignore"))) for row, cells in rows(data, found)]
    assert [row for row, one in parsed if isinstance(one, ParsedRow)] == [2, 5]
    assert [(row, one.code) for row, one in parsed if isinstance(one, Refusal)] == [(3, "too_long"), (4, "too_long")]


@pytest.mark.parametrize("end", [b'"B AB;Boden', b'B AB;"Boden\n', b'B AB;"Boden\r\n\r\n'])
def test_a_quote_left_open_in_the_last_row_refuses_that_row(end):
    data = b"Namn;Ort\nA AB;Boden\n" + end
    found = detect(data)
    parsed = [(row, parse_row(cells, ("name", "ignore"))) for row, cells in rows(data, found)]
    assert [row for row, one in parsed if isinstance(one, ParsedRow)] == [2]
    assert [(row, one.code) for row, one in parsed if isinstance(one, Refusal)] == [(3, "unclosed_quote")]


def test_an_error_names_its_row():
    data = b'Namn;Ort\nA AB;Boden\n"B AB;Boden\n"C AB";Boden\n'
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    assert (caught.value.code, caught.value.row) == ("unclosed_quote", 3)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"encoding": "klingon"}, "no_such_encoding"),
        ({"delimiter": ";;"}, "wrong_delimiter"),
        ({"delimiter": '"'}, "wrong_delimiter"),
    ],
)
def test_a_wrong_choice_is_named(given, code):
    with pytest.raises(UnreadableFile) as caught:
        detect(b"Namn;Ort\nA AB;Boden\n", **given)
    assert caught.value.code == code


def test_values_of_a_workbook_read_as_they_were_typed():
    table = [
        ["Namn", "Org.nr", "Postnr", "Senast kontaktad", "Belopp", "Ja"],
        ["A AB", 5597246270, 12345.0, date(2026, 3, 1), 12.5, True],
        ["B AB", "969029-7321", "123 45", datetime(2026, 3, 1, 14, 30), 0.1 + 0.2, None],
        [],
        ["C AB", None, None, None, None, "#N/A"],
    ]
    data = excel({"Blad1": table})
    assert read(data) == [
        (2, ["A AB", "5597246270", "12345", "2026-03-01", "12.5", "1"]),
        (3, ["B AB", "969029-7321", "123 45", "2026-03-01 14:30", "0.3"]),
        (5, ["C AB"]),
    ]


def test_the_first_sheet_that_is_a_table_is_chosen_and_all_are_offered():
    data = excel(
        {"Läs mig": [["Hej"]], "Data": [["Namn", "Ort"], ["A AB", "Boden"]], "Mer": [["Namn", "Ort"], ["B", "C"]]}
    )
    assert detect(data).sheets == ("Läs mig", "Data", "Mer")
    assert detect(data).sheet == "Data"
    assert read(data, sheet="Mer") == [(2, ["B", "C"])]
    with pytest.raises(UnreadableFile, match="Borta"):
        detect(data, sheet="Borta")


def test_hidden_sheets_are_not_offered():
    book = openpyxl.Workbook()
    book.active.append(["hemligt", "x"])
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Synligt")
    sheet.append(["Namn", "Ort"])
    sheet.append(["A AB", "Boden"])
    file = io.BytesIO()
    book.save(file)
    assert detect(file.getvalue()).sheets == ("Synligt",)


def repacked(data: bytes, name: str, change) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part == name else content)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SMALL = excel({"Blad1": [["Namn", "Ort"], ["A AB", "Boden"]]})


@pytest.mark.parametrize(
    "prologue",
    [b'<!DOCTYPE x [<!ENTITY a "b">]>', b"<!doctype x>", b"<!-- " + b"x" * 70_000 + b" --><!DOCTYPE x>"],
)
def test_a_workbook_with_a_document_type_is_not_read(prologue):
    data = repacked(SMALL, SHEET, lambda content: content.replace(b"<worksheet", prologue + b"<worksheet", 1))
    with pytest.raises(UnreadableFile) as caught:
        detect(data)
    assert caught.value.code == "unsafe_workbook"


def test_a_zip_bomb_is_refused_without_unpacking():
    data = repacked(SMALL, "xl/styles.xml", lambda content: content + b" " * (workbook.MAX_SHARED + 1))
    assert len(data) < 1_000_000
    tracemalloc.start()
    with pytest.raises(UnreadableFile) as caught:
        detect(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "unpacked_too_large"
    assert peak < 5_000_000


def test_a_zip_that_is_no_workbook_is_named():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hej")
    with pytest.raises(UnreadableFile) as caught:
        detect(file.getvalue())
    assert caught.value.code == "not_text"


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MAX_SIZE", 1024 * 1024)
    with pytest.raises(UnreadableFile, match="1 MB"):
        detect(b"a;b\n" * 300_000)


def test_memory_stays_flat_however_many_rows(tmp_path):
    path = tmp_path / "many.csv"
    path.write_bytes(b"Namn;Org.nr;Ort\n" + "Åkeri AB;559724-6270;Växjö\n".encode("cp1252") * 150_000)
    found = detect(path)
    tracemalloc.start()
    assert sum(1 for _ in rows(path, found)) == 150_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


# What a fuzzer finds must be a reading or the named error, never a surprise.


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_read_or_refused(data):
    try:
        for row, cells in rows(data, detect(data)):
            assert row >= 1
            assert any(cells)
    except UnreadableFile as error:
        assert str(error)  # noqa: PT017 - either outcome is right


@given(st.text(alphabet='ab;,\t|"\n\r å', max_size=120), st.sampled_from(("utf-8", "utf-16", "cp850", "windows-1252")))
def test_any_table_is_read_or_refused(text, encoding):
    data = text.encode(encoding)
    try:
        numbers = [row for row, _ in rows(data, detect(data))]
    except UnreadableFile:
        return
    assert numbers == sorted(set(numbers))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(data):
    content = bytearray(SMALL)
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(5, len(content))) :]
    else:
        for _ in range(data.draw(st.integers(1, 12))):
            content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert read(bytes(content)) is not None
    except UnreadableFile as error:
        assert str(error)  # noqa: PT017 - either outcome is right


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from((SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "xl/sharedStrings.xml")),
    st.data(),
)
def test_a_workbook_with_garbled_parts_is_read_or_refused(part, data):
    def garble(content: bytes) -> bytes:
        at = data.draw(st.integers(0, len(content)))
        return content[:at] + data.draw(st.binary(max_size=6)) + content[at + data.draw(st.integers(0, 40)) :]

    changed = repacked(SMALL, part, garble)
    try:
        assert read(changed) is not None
    except UnreadableFile as error:
        assert str(error)  # noqa: PT017 - either outcome is right


def test_a_formula_that_was_never_calculated_is_told_of():
    book = openpyxl.Workbook()
    for cells in (("Namn", "Ort", "Anställda"), ("A AB", "Boden", 7), ('="B"&" AB"', "Boden", 8), ("C AB", "=B2", 9)):
        book.active.append(cells)
    file = io.BytesIO()
    book.save(file)
    parsed = {row: parse_row(cells, ("name", "postal_town", "size")) for row, cells in read(file.getvalue())}
    assert isinstance(parsed[2], ParsedRow)
    assert parsed[2].warnings == ()
    assert parsed[3].code == "formula_not_calculated"
    assert [(one.code, one.field) for one in parsed[4].warnings] == [("formula_not_calculated", "postal_town")]


def test_a_formula_with_its_result_is_the_result():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("Namn", "Ort"))
        sheet.write_formula(1, 0, '="A"&" AB"', value="A AB")
        sheet.write_formula(1, 1, "=1+1", value=2)
    assert read(file.getvalue()) == [(2, ["A AB", "2"])]
