"""Which column is what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.crm.imports.errors import InvalidMapping
from infosoc.crm.imports.fields import FIELD, FIELDS
from infosoc.crm.imports.headings import as_json, check_mapping, guess, parse_mapping, signature


def mapped(headings: str) -> str:
    return " ".join(guess(headings.split(";")))


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        ("Bolag;Org.nr;Ort;Verksamhet", "name org_number postal_town line_of_business"),
        ("FÖRETAG;Organisationsnr.;Postort;Bransch", "name org_number postal_town line_of_business"),
        ("Kund;Org nr;E-post;Telefonnr", "name org_number email phone"),
        ("Företag;Kontaktperson;E-post;Telefon;Mobil", "name contact_name contact_email contact_phone contact_mobile"),
        ("Företag;Namn;E-post;Titel", "name contact_name contact_email contact_title"),
        ("Namn;Förnamn;Efternamn;Mejl", "name contact_first_name contact_last_name contact_email"),
        ("Company;Org number;Contact name;E-mail", "name org_number contact_name contact_email"),
        ("Account Name;Zip code;City;Website;Job title", "name postal_postcode postal_town web contact_title"),
        (
            "Namn;Besöksadress;Postnr;Ort;Postadress;Postnr;Ort",
            "name visiting_street visiting_postcode visiting_town postal_street postal_postcode postal_town",
        ),
        ("Namn;Fakturaadress;Postnr;Ort", "name invoice_street invoice_postcode invoice_town"),
        ("Företag;Senast kontaktad;Kommentar", "name last_contact_on log_text"),
        ("Företag;Kommentar;Anteckning", "name notes notes"),
        ("Företag;Kommunkod;Län;Kommun;Status", "name municipality_code ignore municipality status"),
        ("Företag;E-post;E-mail;Telefon 1;Telefon 2", "name email email phone phone"),
        ("Bolag;Kund;Xyzzy;", "name ignore ignore ignore"),
    ],
)
def test_headings_are_understood(headings, fields):
    assert mapped(headings) == fields


def test_columns_without_headings_are_told_by_what_they_hold():
    sample = [
        ("1", "Solen AB", "559724-6270", "anna@sol.example", "070-174 06 10", "123 45", "Växjö", "Anna Ek", "Kund"),
        ("2", "Lönn HB", "969029-7321", "bo@lonn.example", "08-465 004 01", "543 21", "Åre", "Bo Lönn", "Prospekt"),
    ]
    assert guess((), sample) == (
        "ignore",
        "name",
        "org_number",
        "email",
        "phone",
        "postal_postcode",
        "postal_town",
        "contact_name",
        "status",
    )


def test_a_missing_name_heading_is_told_by_the_cells():
    assert guess(("Xyzzy", "Org.nr"), [("Solen AB", "559724-6270")]) == ("name", "org_number")


def test_no_heading_means_two_things():
    from infosoc.crm.imports.fields import _HEADINGS, _words

    words = [word for text in _HEADINGS.values() for word in _words(text)]
    assert len(words) == len(set(words))
    assert set(_HEADINGS) <= set(FIELD)
    assert len(FIELD) == len(FIELDS)


@given(st.lists(st.text(max_size=8), max_size=8), st.lists(st.lists(st.text(max_size=8), max_size=8), max_size=4))
def test_a_guess_is_a_field_for_every_column(headings, sample):
    fields = guess(headings, sample)
    assert all(field in FIELD for field in fields)
    assert all(FIELD[field].many or fields.count(field) == 1 for field in fields)


def test_a_mapping_file_names_columns_by_number_or_heading():
    headings = ("Namn", "Org.nr", "Telefon", "Telefon")
    assert parse_mapping({"1": "name", "org nr": "org_number", "4": "phone"}, headings, 4) == (
        "name",
        "org_number",
        "ignore",
        "phone",
    )
    assert parse_mapping({2: "name"}, (), 3) == ("ignore", "name", "ignore")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "not_a_mapping"),
        ({}, "not_a_mapping"),
        ({"1": "nmae"}, "unknown_field"),
        ({"1": 7}, "unknown_field"),
        ({"9": "name"}, "unknown_column"),
        ({"0": "name"}, "unknown_column"),
        ({"²": "name"}, "unknown_column"),
        ({"Adress": "name"}, "unknown_column"),
        ({"1": "name", "namn": "notes"}, "column_twice"),
        ({"1": "name", "2": "name"}, "field_twice"),
        ({"2": "org_number"}, "name_missing"),
    ],
)
def test_a_wrong_mapping_is_named(given, code):
    with pytest.raises(InvalidMapping) as caught:
        parse_mapping(given, ("Namn", "Org.nr"), 2)
    assert caught.value.code == code
    assert "%(" not in str(caught.value)


def test_a_mapping_survives_being_written_down():
    headings = ("Namn", "Telefon", "Telefon", "", "2026")
    mapping = ("name", "phone", "phone", "ignore", "notes")
    check_mapping(mapping)
    assert parse_mapping(as_json(mapping, headings), headings, 5) == mapping


def test_a_mapping_is_remembered_by_its_headings():
    assert signature(("Namn", "Org.nr", "")) == signature((" namn", "ORG NR"))
    assert signature(("Namn", "Ort")) != signature(("Ort", "Namn"))
    assert signature((), 5) != signature((), 6)


def test_of_two_columns_called_name_the_cells_tell_the_companys():
    sample = [["Åsa Lönn", "Lönn AB", "Boden"], ["Bo Ek", "Ek Bygg AB", "Åre"], ["Eva Alm", "Alm HB", "Lund"]]
    assert guess(["Namn", "Namn", "Ort"], sample) == ("ignore", "name", "postal_town")
    assert guess(["Namn", "namn", "Ort"], [row[1::-1] + row[2:] for row in sample])[:2] == ("name", "ignore")


def test_of_two_empty_columns_called_name_neither_is_taken():
    assert guess(["Namn", "Namn", "Ort"], [])[:2] == ("ignore", "ignore")
