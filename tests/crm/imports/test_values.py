"""One row taken apart."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.crm.imports.errors import ROW_REASONS, ROW_WARNINGS
from infosoc.crm.imports.fields import FIELDS
from infosoc.crm.imports.parsed import Address, ParsedRow, Point, Refusal
from infosoc.crm.imports.values import NAME_MAX, parse_row
from infosoc.crm.imports.words import log_kind_of, status_of

TODAY = date(2026, 11, 22)


def row(**cells: str) -> ParsedRow | Refusal:
    cells = {"name": "Solen AB", **cells}
    return parse_row(list(cells.values()), tuple(cells), today=TODAY)


def warnings(**cells: str) -> list[tuple[str, str, str]]:
    return [tuple(warning) for warning in row(**cells).warnings]


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ({"name": " \u00a0"}, ("name_missing", "name", "")),
        ({"name": "X" * (NAME_MAX + 1)}, ("too_long", "name", str(NAME_MAX))),
        ({"org_number": "559123-4567"}, ("org_number_check_digit", "org_number", "")),
        ({"org_number": "12345"}, ("org_number_shape", "org_number", "")),
        ({"org_number": "121360-1212"}, ("org_number_date", "org_number", "")),
        ({"notes": "hans är 19121212-1212"}, ("personal_number", "notes", "")),
        ({"name": "Tolvan 121212-1212"}, ("personal_number", "name", "")),
        ({"contact_title": "121212+1212"}, ("personal_number", "contact_title", "")),
        ({"contact_email": "191212121212@x.se"}, ("personal_number", "contact_email", "")),
        ({"tags": "a,121212-1212"}, ("personal_number", "tags", "")),
    ],
)
def test_what_refuses_a_row(cells, refusal):
    assert tuple(row(**cells)) == refusal
    assert row(**cells).message


def test_a_missing_cell_is_an_empty_one():
    assert parse_row(["Solen AB"], ("name", "org_number", "phone")).points == ()
    assert parse_row([], ("name",)) == Refusal("name_missing", "name")


def test_what_is_left_out_is_warned_of():
    assert warnings(phone="ring mig") == [("phone_invalid", "phone", "ring mig")]
    assert warnings(email="inte en adress") == [("email_invalid", "email", "inte en adress")]
    assert warnings(status="Xyzzy") == [("status_unknown", "status", "Xyzzy")]
    assert warnings(web="javascript:alert(1)") == [("web_invalid", "web", "javascript:alert(1)")]
    assert warnings(municipality_code="ABC") == [("municipality_code_invalid", "municipality_code", "ABC")]
    assert warnings(legal_form="klubb") == [("legal_form_unknown", "legal_form", "klubb")]


def test_a_personal_number_in_the_phone_column_is_never_repeated():
    assert warnings(phone="19121212-1212") == [("phone_invalid", "phone", "••••••-••••")]


def test_cells_with_several_numbers_and_addresses():
    parsed = row(email="A@x.example; a@x.example, b@x.example", phone="070-174 06 10 / 08-465 004 01 ankn 7")
    assert parsed.points == (
        Point("email", "a@x.example"),
        Point("email", "b@x.example"),
        Point("phone", "+46701740610", "mobile"),
        Point("phone", "+46846500401", "landline", "7"),
    )


def test_points_without_a_persons_name_are_the_companys():
    parsed = row(contact_name="", contact_email="a@x.example", email="info@x.example")
    assert parsed.contact is None
    assert [point.value for point in parsed.points] == ["info@x.example", "a@x.example"]
    assert [warning.code for warning in parsed.warnings] == ["contact_without_name"]


def test_first_and_last_name_make_a_name():
    assert row(contact_first_name="Zoë ", contact_last_name=" O'Neill").contact.name == "Zoë O'Neill"


def test_addresses_and_the_town_to_match_on():
    parsed = row(
        visiting_street="Storg. 1", postal_postcode="SE-123 45", postal_town="Växjö", invoice_postcode="12345.0"
    )
    assert parsed.addresses == (
        Address("visiting", "Storg. 1", "", ""),
        Address("postal", "", "12345", "Växjö"),
        Address("invoice", "", "12345", ""),
    )
    assert parsed.town == "Växjö"
    assert warnings(postal_postcode="SW1A 1AA") == [("postcode_odd", "postal_postcode", "SW1A 1AA")]


def test_a_spreadsheets_lost_zero_is_put_back():
    assert row(municipality_code="114").facts == {"municipality_code": "0114"}
    assert row(municipality_code="114.0").facts == {"municipality_code": "0114"}


def test_a_sole_traders_number_compels_the_legal_form():
    parsed = row(org_number="19121212-1212", legal_form="Aktiebolag")
    assert (parsed.org_number, parsed.is_sole_trader, parsed.legal_form) == ("1212121212", True, "sole_trader")


def test_a_stated_legal_form_wins_over_the_guess():
    assert row(legal_form="Handelsbolag").legal_form_guess == "trading_partnership"
    assert row().legal_form is None
    assert row().legal_form_guess == "limited_company"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Kund", "customer"),
        ("TIDIGARE KUND", "former"),
        ("f.d. kund", "former"),
        ("Prospekt", "prospect"),
        ("potentiell kund", "prospect"),
        ("Ej aktuell", "not_relevant"),
        ("Former customer", "former"),
        ("Lead", "prospect"),
        ("not relevant", "not_relevant"),
        ("kanske", None),
    ],
)
def test_status_words(text, status):
    assert status_of(text) == status


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ringde, inget svar", "call_attempt"),
        ("Ringde Anna", "call"),
        ("Mejlade offert", "email"),
        ("Möte på plats", "meeting"),
        ("Hade demo för gruppen", "demo"),
        ("Vill ha demo i höst; återkom", None),
        ('Sade "kanske nästa år"', None),
        ("", None),
    ],
)
def test_how_they_were_in_touch(text, kind):
    assert log_kind_of(text) == kind


def test_a_date_makes_a_log_entry_and_no_date_a_note():
    parsed = row(last_contact_on="2026-05-23", log_text="Ringde, inget svar", notes="snäll")
    assert tuple(parsed.last_contact) == (date(2026, 5, 23), "call_attempt", "Ringde, inget svar")
    assert parsed.notes == "snäll"
    assert row(last_contact_on="", log_text="Ringde").notes == "Ringde"


@pytest.mark.parametrize(
    "text", ["2026-05-23", "2026-05-23 14:30", "20260523", "23/5 2026", "23 maj 2026", "260523", "23.5.2026"]
)
def test_dates_as_files_write_them(text):
    assert row(last_contact_on=text).last_contact.on == date(2026, 5, 23)


@pytest.mark.parametrize(
    ("text", "code"), [("i våras", "date_invalid"), ("23/5", "date_invalid"), ("2027-01-01", "date_in_future")]
)
def test_a_date_that_is_none_becomes_part_of_the_note(text, code):
    parsed = row(last_contact_on=text, log_text="Ringde")
    assert parsed.last_contact is None
    assert parsed.notes == f"{text}\n\nRingde"
    assert [warning.code for warning in parsed.warnings] == [code]


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("http://x")', "@SUM(1+1)", "-2+3", "+CMD(1)", "=cmd|' /C calc'!A0"]
)
def test_formulas_stay_text(text):
    parsed = row(notes=text)
    assert parsed.notes == text
    assert [warning.code for warning in parsed.warnings] == ["formula_as_text"]


@pytest.mark.parametrize("text", ["- Anna/Bo ringde", "- 3 platser", "@anna ring", "+ bra", "-"])
def test_a_dash_before_a_text_is_no_formula(text):
    assert row(notes=text).warnings == ()


def test_every_reason_and_warning_can_be_said():
    for message in (*ROW_REASONS.values(), *ROW_WARNINGS.values()):
        assert message % {"detail": "x"}


@given(st.lists(st.text(max_size=40), max_size=len(FIELDS)))
def test_any_row_is_accepted_or_refused(cells):
    mapping = tuple(field.key for field in FIELDS)
    one = parse_row(cells, mapping, today=TODAY)
    assert isinstance(one, ParsedRow | Refusal)
    assert one == parse_row(cells, mapping, today=TODAY)
