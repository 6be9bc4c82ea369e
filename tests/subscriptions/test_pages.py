"""The pages of products and agreements: without JavaScript, for who may, in one's own company."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select

from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.imports import Export
from infosoc.kernel import clock
from infosoc.subscriptions.models import Agreement, Product, UsageReport
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.subscriptions.world import World, post

SIGNED = {
    "company": "Åkeri AB", "starts_on": "2024-01-01", "billing_months": "12", "timing": "advance",
    "binding_months": "12", "notice_months": "3", "renewal_months": "12", "payment_days": "30", "delivery": "email",
    "language": "sv", "recipient_email": "faktura@aker.example", "index_kind": "", "lines-0-quantity": "2",
    "lines-0-price": "1 200,50", "lines-0-per_months": "1", "lines-0-discount": "10",
}  # fmt: skip
PAGES = (
    "/infosoc/agreements", "/infosoc/agreements?show=ended&q=lön", "/infosoc/agreements/new", "/infosoc/products",
    "/infosoc/products/new", "/infosoc/price-lists", "/infosoc/price-lists/new", "/infosoc/indexes", "/infosoc/usage",
    "/infosoc/price-increases", "/infosoc/price-increases/new", "/infosoc/renewals", "/infosoc/recurring-revenue",
    "/infosoc/recurring-revenue/2024-01/new", "/infosoc/recurring-revenue/2024-02/all",
)  # fmt: skip


@pytest.mark.sqlite_only
def test_every_page_is_shown_in_both_languages(world: World):
    public_id = world.sign(world.line(), world.line("avvik", None), world.line("sms", None), renewal_months=12)
    client = world.client()
    own = [f"/infosoc/agreements/{public_id}{end}" for end in ("", "/invoicing", "/lines/new", "/pause", "/cancel")]
    own += [f"/infosoc/companies/{world.companies['akeri']}/agreements", f"/infosoc/products/{world.products['sms']}",
            f"/infosoc/price-lists/{world.price_list}", f"/infosoc/companies/{world.companies['akeri']}"]  # fmt: skip
    for language in ("sv", "en"):
        for path in (*PAGES, *own):
            answer = client.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200, path
            assert "<html" in answer.get_data(as_text=True)


def test_an_agreement_is_signed_without_javascript(world: World):
    client = world.client("karin")
    fields = SIGNED | {"lines-0-product": world.products["journal"], "company_id": world.companies["akeri"]}
    answer = post(client, "/infosoc/agreements", **fields)
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    assert "25\u00a0930,00" not in page
    assert "25\u00a0930,80" in page  # 2 x 12 x 1 200,50 less 10 per cent
    with world.reading() as session:
        relation = session.scalar(select(CompanyRelation).where(CompanyRelation.company_id == world.ids["akeri"]))
        assert relation.status == "customer"


@pytest.mark.sqlite_only
def test_a_municipality_without_reference_and_address_is_refused_in_the_form(world: World):
    client = world.client("karin")
    fields = SIGNED | {"company": "Gnosjö kommun", "company_id": world.companies["kommun"],
                       "lines-0-product": world.products["journal"]}  # fmt: skip
    refused = post(client, "/infosoc/agreements", **fields)
    assert refused.status_code == 422
    assert "referens" in refused.get_data(as_text=True)
    with_reference = post(client, "/infosoc/agreements", **fields, reference="ZZ123")
    assert with_reference.status_code == 422
    wrong = {"reference": "ZZ123", "delivery": "peppol", "einvoice_address": "0007:5560160681"}
    assert post(client, "/infosoc/agreements", **(fields | wrong)).status_code == 422
    right = fields | wrong | {"einvoice_address": "556016-0680"}
    assert post(client, "/infosoc/agreements", **right).status_code == 303
    with world.reading() as session:
        assert session.scalar(select(Agreement.einvoice_address)) == "0007:5560160680"


@pytest.mark.sqlite_only
def test_what_is_done_to_an_agreement_is_seen_with_who_and_when(world: World):
    public_id = world.sign()
    client = world.client("karin")
    address = f"/infosoc/agreements/{public_id}"
    assert post(client, f"{address}/pause", effective_on="2024-03-01", reason="Ombyggnad").status_code == 303
    assert post(client, f"{address}/resume", effective_on="2024-05-01").status_code == 303
    assert post(client, f"{address}/resume", effective_on="2024-06-01").status_code == 422
    early = post(client, f"{address}/cancel", last_day="+1")
    assert early.status_code == 422
    assert post(client, f"{address}/cancel", last_day="+1", lets_go="y").status_code == 303
    page = client.get(address).get_data(as_text=True)
    assert "Ombyggnad" in page
    assert "Karin Ek" in page
    number = re.search(r"/deeds/(\d+)/take-back", page)[1]
    assert post(client, f"{address}/deeds/{number}/take-back").status_code == 303
    assert "<s>" in client.get(address).get_data(as_text=True)


@pytest.mark.sqlite_only
def test_a_line_is_changed_from_a_day_and_the_old_one_stays_readable(world: World):
    public_id = world.sign()
    client = world.client("karin")
    address = f"/infosoc/agreements/{public_id}"
    line_id = re.search(rf"{public_id}/lines/(\w{{11}})", client.get(address).get_data(as_text=True))[1]
    fields = {"product": world.products["journal"], "quantity": "3", "price": "1300", "per_months": "1"}
    assert post(client, f"{address}/lines/{line_id}", on="2025-01-01", **fields).status_code == 303
    page = client.get(address).get_data(as_text=True)
    assert "1\u00a0200,00" in page
    assert "1\u00a0300,00" in page
    again = post(client, f"{address}/lines/{line_id}", on="2025-02-01", **fields)
    assert again.status_code == 422


@pytest.mark.sqlite_only
def test_wrong_input_answers_422_with_what_was_written(world: World):
    client = world.client()
    answer = post(client, "/infosoc/products", code="X", name_sv="Behåll mig", billing="fixed", unit="C62",
                  vat_code="S25", revenue_account="30")  # fmt: skip
    assert answer.status_code == 422
    assert "Behåll mig" in answer.get_data(as_text=True)


@pytest.mark.sqlite_only
def test_usage_by_hand_and_from_a_file(world: World):
    public_id = world.sign(world.line("sms", None))
    with world.reading() as session:
        number = session.scalar(select(Agreement.number).where(Agreement.public_id == public_id))
    client = world.client("karin")
    by_hand = post(client, "/infosoc/usage", agreement=number, product="SMS", day="2024-01-31", quantity="1500")
    assert by_hand.status_code == 303
    rows = f"avtal;produkt;datum;antal\n{number};sms;2024-01-31;1600\n{number};sms;2024-02-29;10,5\n"

    def send(text: str):
        return post(client, "/infosoc/usage/file", file=(io.BytesIO(text.encode()), "sms.csv"))

    assert send(rows).status_code == 303
    wrong = send(rows + f"{number};journal;2024-02-29;1\n")
    assert wrong.status_code == 422
    assert "Rad 4" in wrong.get_data(as_text=True)
    with world.reading() as session:
        held = select(UsageReport.quantity_thousandths).where(UsageReport.replaced_at.is_(None))
        assert sorted(session.scalars(held)) == [10_500, 1_600_000]


@pytest.mark.sqlite_only
def test_the_companies_are_filtered_by_product(world: World):
    world.sign()
    client = world.client("rut")
    page = client.get(f"/infosoc/companies?product={world.products['journal']}").get_data(as_text=True)
    assert "Åkeri AB" in page
    assert "Lönns Bygg" not in page
    none = client.get("/infosoc/companies?product=none").get_data(as_text=True)
    assert "Lönns Bygg" in none
    assert "Åkeri AB" not in none
    choices = client.get("/infosoc/companies/choices/product").get_data(as_text=True)
    assert "Avvikelserapportering" in choices


@pytest.mark.sqlite_only
def test_the_company_page_loads_the_panel_only_where_the_tenant_uses_it(world: World):
    client = world.client("rut")
    address = f"/infosoc/companies/{world.companies['akeri']}"
    assert f"{address}/agreements" not in client.get(address).get_data(as_text=True)
    with world.writing() as session:
        set_flag(session, world.ours, Flag.MODULE_FINANCE, True)
    assert f"{address}/agreements" in client.get(address).get_data(as_text=True)
    piece = client.get(f"{address}/agreements", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in piece


def test_a_sister_company_sees_product_and_state_but_no_price_and_only_when_told(world: World):
    world.sign(world.line(ore=987_654))
    with world.writing() as session:
        set_flag(session, world.ours, Flag.SHARE_REGISTER, True)
    sister = world.client("sven")
    address = f"/rattsdata/companies/{world.companies['akeri']}/agreements"
    assert "Journal" not in sister.get(address).get_data(as_text=True)
    with world.writing() as session:
        set_flag(session, world.ours, Flag.SHARE_PRODUCT_STATUS, True)
    page = sister.get(address).get_data(as_text=True)
    assert "Journal" in page
    assert "9\u00a0876,54" not in page


@pytest.mark.sqlite_only
def test_who_may_do_what(world: World):
    public_id = world.sign()
    assert world.client("rut").get(f"/infosoc/agreements/{public_id}").status_code == 200
    assert world.client("rut").get("/infosoc/agreements/new").status_code == 403
    assert world.client("karin").get("/infosoc/products/new").status_code == 403
    assert world.client("emil").get("/infosoc/agreements").status_code == 403
    assert world.client("sven").get(f"/rattsdata/agreements/{public_id}").status_code == 404


@pytest.mark.sqlite_only
def test_products_are_added_changed_and_retired(world: World):
    client = world.client()
    fields = {"code": "kval", "name_sv": "Kvalitetsmätning", "billing": "per_unit", "unit": "IE", "vat_code": "S25",
              "revenue_account": "3010", "tier_kind": "graduated"}  # fmt: skip
    assert post(client, "/infosoc/products", **fields).status_code == 303
    assert post(client, "/infosoc/products", **fields).status_code == 422
    address = f"/infosoc/products/{world.products['journal']}"
    changed = fields | {"code": "JOURNAL", "name_sv": "Journal Plus", "billing": "fixed"}
    assert post(client, address, **changed, version="1").status_code == 303
    assert post(client, address, **changed, version="1").status_code == 409
    assert post(client, f"{address}/retire").status_code == 303
    with world.reading() as session:
        found = session.scalar(select(Product).where(Product.code == "JOURNAL"))
        assert (found.name_sv, found.retired_at is None) == ("Journal Plus", False)


@pytest.mark.sqlite_only
def test_every_figure_of_a_month_opens_the_rows_behind_it(world: World):
    world.sign(starts_on=clock.today())
    client = world.client("rut")
    page = client.get("/infosoc/recurring-revenue").get_data(as_text=True)
    links = re.findall(r'href="(/infosoc/recurring-revenue/[^"]+)"', page)
    assert [link.rpartition("/")[2] for link in links] == ["all", "new"]
    for link in links:
        assert "Åkeri AB" in client.get(link).get_data(as_text=True)


def test_the_list_is_exported_by_its_filter_with_a_row_for_each_line(world: World):
    world.sign(world.line(), world.line("avvik"))
    client = world.client("karin")
    file = post(client, "/infosoc/agreements/export?show=current")
    assert file.status_code == 200
    heading, *rows = file.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert heading.startswith("Företag;Avtalsnr;Status;Produkt;Antal;Pris")
    assert [row.split(";")[:4] for row in rows] == [
        ["Åkeri AB", "1001", "Aktivt", "Journal"], ["Åkeri AB", "1001", "Aktivt", "Avvikelserapportering"],
    ]  # fmt: skip
    assert post(client, "/infosoc/agreements/export?show=ended").get_data(as_text=True).count("\n") == 1
    with world.reading() as session:
        assert [one.rows for one in session.scalars(select(Export).order_by(Export.id))] == [2, 0]


def test_who_may_not_export_gets_no_file(world: World):
    assert post(world.client("rut"), "/infosoc/agreements/export").status_code == 403


@pytest.mark.sqlite_only
def test_without_agreements_the_figures_say_what_is_to_come_instead_of_zeros(world: World):
    page = world.client().get("/infosoc/recurring-revenue").get_data(as_text=True)
    assert "Inga återkommande intäkter än" in page
    assert "<table" not in page
    world.sign(starts_on=clock.today())
    assert "<table" in world.client().get("/infosoc/recurring-revenue").get_data(as_text=True)


@pytest.mark.sqlite_only
def test_a_choice_that_always_has_a_value_is_not_called_optional(world: World):
    page = world.client().get("/infosoc/agreements/new").get_data(as_text=True)
    labels = {re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", one)) for one in re.findall(r"<label.*?</label>", page, re.S)}
    assert "Faktureringsperiod" in labels
    assert "Procent per år valfritt" in labels


@pytest.mark.sqlite_only
def test_what_is_rarely_needed_is_folded_and_opens_when_it_holds_something(world: World):
    client = world.client("karin")
    plain = client.get("/infosoc/agreements/new").get_data(as_text=True)
    assert plain.count('<details class="form-more">') == 4
    fields = SIGNED | {"lines-0-product": world.products["journal"], "company_id": world.companies["akeri"]}
    wrong = post(client, "/infosoc/agreements", **(fields | {"index_percent": "tre", "cost_centre": "K7"}))
    assert wrong.status_code == 422
    opened = re.findall(r"<details class=\"form-more\" open>\s*<summary>(.*?)</summary>", wrong.get_data(as_text=True))
    assert opened == ["Årlig justering av egna priser",
                      "Mottagarens namn, språk, ordernummer, kostnadsställe och notering"]  # fmt: skip
    second = post(client, "/infosoc/agreements", **(fields | {"lines-2-price": "100"}))
    assert second.status_code == 422
    assert re.search(r"form-more\" open>\s*<summary>Fler produkter", second.get_data(as_text=True))


@pytest.mark.sqlite_only
def test_a_new_agreement_begins_today_has_the_only_price_list_and_is_invoiced_as_the_last_one(world: World):
    client = world.client("karin")
    fields = SIGNED | {"lines-0-product": world.products["journal"], "company_id": world.companies["akeri"]}
    assert post(client, "/infosoc/agreements", **(fields | {"reference": "Märta 12"})).status_code == 303
    page = client.get(f"/infosoc/agreements/new?company={world.companies['akeri']}").get_data(as_text=True)
    assert f'value="{clock.today().isoformat()}"' in page
    assert 'value="faktura@aker.example"' in page
    assert 'value="Märta 12"' in page
    assert f'<option selected value="{world.price_list}">' in page
    stranger = client.get(f"/infosoc/agreements/new?company={world.companies['kommun']}").get_data(as_text=True)
    assert "Märta 12" not in stranger
