"""What is typed wrong where products are set up and agreements signed is said beside its field, and nothing is lost."""

from __future__ import annotations

import io
import re

import pytest
from lxml import html
from sqlalchemy import func, select

from infosoc.db.session import transaction
from infosoc.subscriptions.models import Agreement, ListPrice, Product
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.subscriptions.test_pages import SIGNED
from tests.subscriptions.world import FIRST, World, post

pytestmark = pytest.mark.sqlite_only

FAULTS = [
    ({"lines-0-price": "-100"}, "lines-0-price", "Ett pris är mellan 0"),
    ({"lines-0-price": "1 000 000 000,01"}, "lines-0-price", "Ett pris är mellan 0"),
    ({"lines-0-price": "9" * 5000}, "lines-0-price", "inget belopp"),
    ({"lines-0-quantity": "9" * 5000}, "lines-0-quantity", "inget antal"),
    ({"lines-0-quantity": "0"}, "lines-0-quantity", "mer än noll"),
    ({"lines-0-discount": "100,01"}, "lines-0-discount", "mellan 0 och 100"),
    ({"lines-0-per_months": "7"}, "lines-0-per_months", "Inte ett giltigt val"),
    ({"lines-0-product": ""}, "lines-0-price", "Välj en produkt eller töm raden"),
    ({"lines-0-product": "", "lines-0-price": ""}, "lines-0-product", "Välj minst en produkt"),
    ({"trial_until": "2023-12-31"}, "trial_until", "Provtiden slutar innan"),
    ({"index_kind": "percent", "index_from": "2025-01-01", "index_percent": "100,01"}, "index_percent", "högst 100"),
    ({"delivery": "peppol"}, "einvoice_address", "kundens e-fakturaadress"),
    ({"delivery": "peppol", "einvoice_address": "0007:5560160680"}, "reference", "eller ett ordernummer"),
    ({"delivery": "peppol", "einvoice_address": "1234:abc", "reference": "R"}, "einvoice_address", "koden 1234"),
]


def signing(world: World, **fields: str):
    right = SIGNED | {"lines-0-product": world.products["journal"], "company_id": world.companies["akeri"]}
    return post(world.client("karin"), "/infosoc/agreements", **(right | fields))


def said_of(answer, field: str) -> str:
    """What stands beside a field."""
    found = html.fromstring(answer.text).xpath(f"//*[@id='{field}-error']")
    return re.sub(r"\s+", " ", found[0].text_content()).strip() if found else ""


@pytest.mark.parametrize(("fields", "field", "words"), FAULTS)
def test_what_could_not_be_invoiced_is_refused_beside_its_field_when_it_is_signed(world: World, fields, field, words):
    answer = signing(world, **fields)
    assert answer.status_code == 422
    assert words in said_of(answer, field)
    kept = html.fromstring(answer.text).xpath("//input[@name='recipient_email']/@value")
    assert kept == [SIGNED["recipient_email"]]
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(Agreement)) == 0


def test_more_than_an_invoice_holds_is_refused_when_it_is_signed(world: World):
    answer = signing(world, **{"lines-0-price": "1000000000", "lines-0-quantity": "1000000"})
    assert answer.status_code == 422
    assert "än vad som får plats på en faktura" in answer.text


def test_a_line_is_changed_by_the_same_rules(world: World):
    path = f"/infosoc/agreements/{world.sign()}/lines"
    fields = {"on": "2024-02-01", "product": world.products["journal"], "quantity": "1", "per_months": "1"}
    answer = post(world.client("karin"), path, **fields, price="-1", discount="-1")
    assert answer.status_code == 422
    assert "Ett pris är mellan 0" in said_of(answer, "price")
    assert "mellan 0 och 100" in said_of(answer, "discount")


def test_the_summary_of_a_form_with_lines_says_each_in_words(world: World):
    answer = signing(world, **{"starts_on": "", "lines-0-quantity": "0", "lines-0-discount": "-1"})
    summary = html.fromstring(answer.text).xpath("//*[contains(@class, 'error-summary')]")[0]
    said = {one.get("href"): one.text_content() for one in summary.xpath(".//a")}
    assert said == {
        "#starts_on": "Börjar: Det här måste fyllas i.",
        "#lines-0-quantity": "Rad 1, Antal: Antalet ska vara mer än noll.",
        "#lines-0-discount": "Rad 1, Rabatt, %: En rabatt är mellan 0 och 100 procent.",
    }


def test_a_step_of_usage_costs_nothing_or_more(world: World):
    path = f"/infosoc/price-lists/{world.price_list}/prices"
    fields = {"product": world.products["sms"], "price": "", "per_months": "1", "valid_from": "2025-01-01"}
    answer = post(world.client(), path, **fields, tiers="0: 1,50\n100: -1")
    assert answer.status_code == 422
    assert "Ett pris är mellan 0" in said_of(answer, "tiers")
    with world.reading() as session:
        assert session.scalar(select(func.count()).where(ListPrice.valid_from > FIRST)) == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"revenue_account": "8888"}, "revenue_account"),  # not in the chart
        ({"revenue_account": "1930"}, "revenue_account"),  # the bank
        ({"revenue_account": "1510"}, "revenue_account"),  # claims: the customer ledger would not be what is booked
        ({"revenue_account": "2611"}, "revenue_account"),  # VAT
        ({"deferral_account": "3010"}, "deferral_account"),
        ({"deferral_account": "1510"}, "deferral_account"),
    ],
)
def test_a_product_is_booked_where_sales_may_stand(world: World, fields, field):
    with world.app.app_context(), transaction() as session:
        set_flag(session, world.ours, Flag.MODULE_FINANCE, True)  # the chart comes with it
    facts = {"code": "NY", "name_sv": "Ny", "billing": "fixed", "tier_kind": "graduated", "unit": "C62"}
    facts |= {"vat_code": "S25", "revenue_account": "3010", "deferral_account": "2979"}
    answer = post(world.client(), "/infosoc/products", **(facts | fields))
    assert answer.status_code == 422
    assert "konto" in said_of(answer, field).lower()
    assert post(world.client(), "/infosoc/products", **facts).status_code == 303


def test_a_product_that_somebody_else_has_changed_keeps_what_was_typed(world: World):
    address = f"/infosoc/products/{world.products['journal']}"
    facts = {"code": "JOURNAL", "name_sv": "Mitt nya namn", "billing": "fixed", "tier_kind": "graduated",
             "unit": "C62", "vat_code": "S25", "revenue_account": "3010", "deferral_account": "2979"}  # fmt: skip
    answer = post(world.client(), address, **facts, version="0")
    assert answer.status_code == 409
    page = html.fromstring(answer.text)
    assert page.xpath("//input[@name='name_sv']/@value") == ["Mitt nya namn"]
    again = page.xpath("//form[contains(@action, '/products/')]//input[@name='version']/@value")[0]
    assert post(world.client(), address, **facts, version=again).status_code == 303


def test_invoice_details_that_somebody_else_has_changed_are_saved_by_a_second_try(world: World):
    address = f"/infosoc/agreements/{world.sign()}/invoicing"
    details = {name: SIGNED[name] for name in ("delivery", "language", "recipient_email")} | {"cost_centre": "4711"}
    answer = post(world.client(), address, **details, version="0")
    assert answer.status_code == 409
    page = html.fromstring(answer.text)
    assert page.xpath("//input[@name='cost_centre']/@value") == ["4711"]
    again = page.xpath("//form[contains(@action, '/invoicing')]//input[@name='version']/@value")[0]
    assert post(world.client(), address, **details, version=again).status_code == 303


def test_letters_that_grow_as_capitals_fit_their_column(world: World):
    facts = {"code": "ß" * 20, "name_sv": "Ny", "billing": "fixed", "tier_kind": "graduated", "unit": "C62",
             "vat_code": "S25", "revenue_account": "3010"}  # fmt: skip
    assert post(world.client(), "/infosoc/products", **facts).status_code == 303
    with world.reading() as session:
        assert max(len(code) for code in session.scalars(select(Product.code))) == 20


def test_no_address_of_agreements_makes_us_fail(world: World):
    world.app.testing = False
    client, public_id = world.client(), world.sign()
    assert client.get("/infosoc/agreements?q=²").status_code == 200
    for number in (9 * 10**18, 10**30):
        assert post(client, f"/infosoc/agreements/{public_id}/deeds/{number}/take-back").status_code == 404


def test_blanks_alone_are_no_day_and_no_number(world: World):
    public_id = world.sign()
    world.app.testing = False
    client, journal = world.client(), world.products["journal"]
    line = {"product": journal, "per_months": "1", "price": "1"}
    answer = post(client, f"/infosoc/agreements/{public_id}/lines", **line, on="  ", quantity="\u00a0 ")
    assert answer.status_code == 422
    assert said_of(answer, "on") == said_of(answer, "quantity") == "Det här måste fyllas i."
    for path, field in (
        (f"/infosoc/agreements/{public_id}/pause", "effective_on"),
        ("/infosoc/agreements", "starts_on"),
    ):
        assert said_of(post(client, path, **{field: "   "}), field) == "Det här måste fyllas i."


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("999999999999999999999999;SMS;2024-01-05;1", "Rad 2: SMS debiteras inte efter förbrukning"),
        ("1001;SMS;2024-02-30;1", "Rad 2: Avtalet ska vara ett nummer och dagen skrivas som 2026-12-03."),
        ("1001;SMS;2024-01-05;" + "9" * 5000, "Rad 2: Det här är inget antal."),
        ("1001;SMS;2024-01-05;-1", "Rad 2: Förbrukningen är noll eller mer."),
        ("1001;SMS", "Rad 2: Avtalet ska vara ett nummer"),
    ],
)
def test_a_wrong_row_of_a_file_is_said_in_the_readers_language(world: World, row, words):
    world.sign(world.line("sms", None))
    world.app.testing = False
    content = io.BytesIO(f"avtal;produkt;datum;antal\n{row}\n".encode())
    answer = post(world.client(), "/infosoc/usage/file", file=(content, "usage.csv"))
    assert answer.status_code == 422
    assert words in said_of(answer, "file")


def test_an_agreement_number_that_no_column_holds_is_refused(world: World):
    world.app.testing = False
    fields = {"agreement": "9" * 30, "product": "SMS", "day": "2024-01-05", "quantity": "1"}
    assert post(world.client(), "/infosoc/usage", **fields).status_code == 422
