"""The sample lists, read and taken apart: what their README says, as far as it needs no database."""

from collections import Counter
from datetime import date
from pathlib import Path

from infosoc.crm.imports import headings, reading
from infosoc.crm.imports.parsed import ParsedRow, Refusal
from infosoc.crm.imports.values import parse_row
from tests.crm.imports.samples import large_sample, sample

TODAY = date(2026, 11, 22)


def parsed(path: Path) -> tuple[reading.Reading, dict[int, ParsedRow | Refusal]]:
    found = reading.detect(path)
    mapping = headings.guess(found.headings, found.sample_cells, found.columns)
    headings.check_mapping(mapping)
    return found, {row: parse_row(cells, mapping, today=TODAY) for row, cells in reading.rows(path, found)}


def test_all_municipalities_come_in():
    found, rows = parsed(sample("kommuner-win1252.csv"))
    assert (found.encoding, found.delimiter, found.heading_row) == ("windows-1252", ";", 1)
    assert len(rows) == 290
    assert all(isinstance(row, ParsedRow) and not row.warnings and row.contact for row in rows.values())
    assert sum(row.last_contact is not None for row in rows.values()) == 193
    assert Counter(row.status for row in rows.values()) == {"prospect": 145, "customer": 73, "former": 72}
    gnosjo = next(row for row in rows.values() if row.name == "Gnosjö kommun")
    assert gnosjo.facts["municipality_code"] == "0617"
    assert gnosjo.legal_form_guess == "municipality"
    # quotation marks and semicolons inside cells; what was said without a date is a note
    assert rows[2].notes == 'Sade "kanske nästa år"'
    assert rows[3].last_contact[2] == "Vill ha demo i höst; återkom"
    assert rows[3].contact.points[0].value == "eva.johansson@vallentuna.example"


def test_the_workbook_is_read_below_its_title():
    found, rows = parsed(sample("vardgivare.xlsx"))
    assert (found.kind, found.sheet, found.heading_row) == ("xlsx", "Vårdgivare", 3)
    assert found.sheets == ("Vårdgivare", "Anteckningar")
    assert len(rows) == 2400
    assert not any(isinstance(row, Refusal) or row.warnings for row in rows.values())
    numbers = Counter(row.org_number for row in rows.values())
    assert (len(numbers), numbers["5596561596"]) == (2399, 2)
    assert rows[4].addresses == (("postal", "Storgatan 92", "31952", "Ånge"),)
    assert rows[4].facts == {}  # places for residents, which the workbook counts, are not employees


def test_the_old_systems_file_has_no_headings():
    found, rows = parsed(sample("gammalt-system-cp850.txt"))
    assert (found.encoding, found.delimiter, found.heading_row, found.columns) == ("cp850", "\t", 0, 5)
    assert len({row.org_number for row in rows.values()}) == len(rows) == 150
    mapping = headings.parse_mapping({"2": "name", "3": "org_number", "4": "postal_town", "5": "phone"}, (), 5)
    assert mapping == headings.guess((), found.sample_cells, found.columns)
    assert (rows[1].name, rows[1].town) == ("Önneköp 0", "Kungsbacka")


def test_every_messy_row_is_accepted_repaired_or_refused_with_its_reason():
    found, rows = parsed(sample("stokigt-utf8-bom.csv"))
    assert (found.encoding, found.delimiter, list(rows)) == ("utf-8-sig", ",", list(range(2, 19)))
    refused = {row: (why.code, why.field) for row, why in rows.items() if isinstance(why, Refusal)}
    assert refused == {
        5: ("org_number_check_digit", "org_number"),
        6: ("name_missing", "name"),
        9: ("personal_number", "notes"),
        14: ("too_long", "name"),
    }
    warned = {row: [warning.code for warning in one.warnings] for row, one in rows.items() if row not in refused}
    assert {row: codes for row, codes in warned.items() if codes} == {
        7: ["formula_as_text", "phone_invalid", "formula_as_text"],
        10: ["sole_trader"],
        12: ["email_invalid"],
        16: ["extra_cells"],
        17: ["org_number_foreign"],
    }


def test_the_messy_rows_are_repaired_and_nothing_is_evaluated_or_escaped():
    _, rows = parsed(sample("stokigt-utf8-bom.csv"))
    assert rows[2].notes == 'Kund sedan 2019, "nöjd"'
    assert rows[2].org_number == rows[3].org_number
    assert rows[2].contact == rows[3].contact
    assert (rows[4].name, rows[4].contact.points[1].value) == ("Lönn & Co HB", "+46313900622")
    assert (rows[7].name, rows[7].contact.name) == ('=HYPERLINK("http://x.example","klicka")', "-2+3")
    assert rows[8].notes == "första raden\nandra raden; med semikolon, komma"
    assert (rows[10].is_sole_trader, rows[10].legal_form) == (True, "sole_trader")
    reached = ["a@tva.example", "b@tva.example", "+46701740610", "+46701740611"]
    assert [point.value for point in rows[11].contact.points] == reached
    assert rows[13].name == "中文 Ärende 😀 AB"
    assert rows[15].name == "Kort rad AB"
    assert (rows[17].legal_form, rows[17].org_number) == ("foreign", None)
    assert rows[17].notes.startswith("GB123456789\n\n")
    assert (rows[18].name, rows[18].notes) == ("<script>alert(1)</script> AB", "{{7*7}} ${7*7}")


def test_the_refused_personal_number_is_repeated_nowhere():
    _, rows = parsed(sample("stokigt-utf8-bom.csv"))
    assert "1212-1212" not in repr(rows[9])


def test_the_large_list(tmp_path):
    path = large_sample(tmp_path, 80_000)
    found = reading.detect(path)
    mapping = headings.guess(found.headings, found.sample_cells, found.columns)
    numbers, refused = set(), []
    for row, cells in reading.rows(path, found):
        one = parse_row(cells, mapping)
        if isinstance(one, Refusal):
            refused.append((row, one.code))
        else:
            numbers.add(one.org_number)
    assert row == 80_001
    assert len(numbers) == 78_323
    assert refused == [(at + 2, "org_number_check_digit") for at in range(996, 80_000, 997)]
