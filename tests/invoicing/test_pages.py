"""The pages of invoicing without JavaScript: settings, drafts, issuing, crediting, the list, the company's panel."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from infosoc.invoicing.models import CustomerAccount, Invoice, InvoiceDraft, InvoicingSettings
from infosoc.kernel import clock
from tests.subscriptions.world import World

pytestmark = pytest.mark.sqlite_only

DETAILS = {
    "issued_on": "2026-03-02", "payment_days": "30", "language": "sv", "delivery": "email",
    "recipient_name": "Bo Lönn", "recipient_email": "bo@aker.example", "reference": "", "order_number": "",
    "cost_centre": "", "einvoice_address": "", "vat_number": "", "note": "",
}  # fmt: skip
LINE = {
    "row_kind": "line", "row_product": "", "row_text": "Utbildning", "row_quantity": "1,5", "row_unit": "HUR",
    "row_price": "1 000,00", "row_discount": "10 %", "row_vat": "S25", "row_since": "", "row_until": "",
    "row_account": "3010", "row_deferral": "",
}  # fmt: skip


def rows(*lines: dict[str, str]) -> dict[str, list[str]]:
    return {name: [{**LINE, **line}[name] for line in lines or ({},)] for name in LINE}


@pytest.fixture
def keeper(house: World):
    house.app.config["WTF_CSRF_ENABLED"] = False
    return house.client("ekman")


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True)).replace("\u00a0", " ").replace("&nbsp;", " ")


def sent(client, path: str, **fields):
    return client.post(path, data={"submission": str(clock.now().timestamp()), **fields})


def only(house: World, model):
    with house.reading() as session:
        found = session.scalars(select(model)).one()
        session.expunge(found)
        return found


def version_of(house: World) -> int:
    return only(house, InvoiceDraft).version


def written(house: World, client, company: str = "akeri", *lines, **details) -> str:
    """The public id of a draft."""
    path = f"/infosoc/invoices/drafts?company={house.companies[company]}"
    answer = sent(client, path, **{**DETAILS, **details}, **rows(*lines))
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["Location"].rpartition("/")[2]


def issue(house: World, client, draft: str) -> str:
    path = f"/infosoc/invoices/drafts/{draft}/issue"
    page = client.get(path)
    assert page.status_code == 200, page.headers
    answer = sent(client, path, version=re.search(r'name="version" value="(\d+)"', page.text)[1])
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["Location"].rpartition("/")[2]


def test_an_invoice_is_written_looked_at_and_issued(house: World, keeper):
    public_id = house.companies["akeri"]
    house.sign()
    page = text_of(keeper.get(f"/infosoc/invoices/drafts/new?company={public_id}"))
    assert "faktura@aker.example" in page  # as the newest agreement says
    draft = written(house, keeper, "akeri", {}, {"row_kind": "text", "row_text": "Enligt offert 7"})
    page = text_of(keeper.get(f"/infosoc/invoices/drafts/{draft}"))
    for said in ("Utbildning", "1,5", "1 350,00", "337,50", "1 687,50", "Enligt offert 7"):
        assert said in page
    invoice = issue(house, keeper, draft)
    page = text_of(keeper.get(f"/infosoc/invoices/{invoice}"))
    for said in ("1 687,50", "2026-04-01", "Utbildning", "B1"):
        assert said in page
    made = only(house, Invoice)
    assert (made.number, made.payable_ore, made.source) == (1, 168_750, f"draft:{draft}")
    with house.reading() as session:
        assert session.scalar(select(InvoiceDraft)) is None
        assert session.scalars(select(CustomerAccount)).one().number == 1001
    assert keeper.get(f"/infosoc/invoices/drafts/{draft}").status_code == 404


def test_nothing_typed_is_lost_and_what_is_wrong_stands_beside_its_field(house: World, keeper):
    path = f"/infosoc/invoices/drafts?company={house.companies['akeri']}"
    wrong = rows(
        {"row_price": "tusen"}, {"row_quantity": "1,2345"}, {"row_discount": "mycket"}, {"row_since": "2026-01-01"},
        {"row_account": "9999"}, {"row_text": ""},
    )  # fmt: skip
    answer = sent(keeper, path, **{**DETAILS, "note": "Tack för i dag"}, **wrong)
    page = text_of(answer)
    assert answer.status_code == 422
    for said in ('value="tusen"', 'value="1,2345"', 'value="mycket"', "Tack för i dag", 'id="row-0-price-error"',
                 'id="row-1-quantity-error"', 'id="row-2-discount-error"', 'id="row-3-until-error"',
                 'id="row-4-account-error"', 'id="row-5-text-error"'):  # fmt: skip
        assert said in page


@pytest.mark.parametrize(("fields", "field"), [
    ({"recipient_email": ""}, "recipient_email"), ({"delivery": "peppol"}, "einvoice_address"),
    ({"einvoice_address": "0007:5560160681"}, "einvoice_address"), ({"vat_number": "DE123"}, "vat_number"),
    ({"payment_days": "400"}, "payment_days"), ({"issued_on": "någon dag"}, "issued_on"),
])  # fmt: skip
def test_a_wrong_detail_is_refused_beside_its_field(house: World, keeper, fields, field):
    answer = sent(
        keeper, f"/infosoc/invoices/drafts?company={house.companies['akeri']}", **{**DETAILS, **fields}, **rows()
    )
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "Utbildning" in answer.text


def test_a_municipality_needs_reference_and_einvoice_address(house: World, keeper):
    path = f"/infosoc/invoices/drafts?company={house.companies['kommun']}"
    assert 'id="reference-error"' in sent(keeper, path, **DETAILS, **rows()).text
    named = {**DETAILS, "reference": "Eva Ek", "delivery": "peppol"}
    assert 'id="einvoice_address-error"' in sent(keeper, path, **named, **rows()).text
    assert sent(keeper, path, **named | {"einvoice_address": "2120000464"}, **rows()).status_code in (303, 422)


@pytest.mark.parametrize(("deed", "texts"), [
    ("down:0", ["B", "A", "C"]), ("up:2", ["A", "C", "B"]), ("remove:1", ["A", "C"]), ("add", ["A", "B", "C", ""]),
    ("text", ["A", "B", "C", ""]), ("up:0", ["A", "B", "C"]), ("remove:99", ["A", "B", "C"]),
    ("nonsense", ["A", "B", "C"]),
])  # fmt: skip
def test_lines_are_added_moved_and_taken_away_without_javascript(house: World, keeper, deed, texts):
    three = rows({"row_text": "A"}, {"row_text": "B"}, {"row_text": "C"})
    path = f"/infosoc/invoices/drafts?company={house.companies['akeri']}"
    for answer in (
        sent(keeper, path, **DETAILS, **three, do=deed),
        sent(keeper, f"/infosoc/invoices/drafts/rows?company={house.companies['akeri']}", **DETAILS, **three, do=deed),
    ):
        assert answer.status_code == 200
        assert re.findall(r'name="row_text" value="([^"]*)"', answer.text) == texts
    with house.reading() as session:
        assert session.scalar(select(InvoiceDraft)) is None


def test_a_product_fills_in_its_line(house: World, keeper):
    path = f"/infosoc/invoices/drafts/rows?company={house.companies['akeri']}"
    chosen = rows({"row_product": house.products["journal"], "row_text": "", "row_price": "", "row_account": ""})
    page = sent(keeper, path, **DETAILS, **chosen, do="product:0").text
    for said in ('value="Journal"', 'value="1000,00"', 'value="2979"'):
        assert said in page


def test_the_totals_follow_what_is_typed(house: World, keeper):
    page = text_of(sent(keeper, "/infosoc/invoices/drafts/totals", **DETAILS, **rows({}, {"row_price": "tus"})))
    assert "1 687,50" in page
    assert "hx-swap-oob" in page


def test_a_draft_that_somebody_else_has_changed_is_a_conflict(house: World, keeper):
    draft = written(house, keeper)
    path = f"/infosoc/invoices/drafts/{draft}"
    first = version_of(house)
    assert sent(keeper, path, **DETAILS, **rows({"row_text": "Ändrad"}), version=first).status_code == 303
    answer = sent(keeper, path, **DETAILS, **rows({"row_text": "Min"}), version=first)
    assert answer.status_code == 409
    assert "Min" in answer.text
    assert sent(keeper, f"{path}/issue", version=first).status_code == 409
    assert sent(keeper, f"{path}/remove", version=first).status_code == 409
    assert sent(keeper, f"{path}/remove", version=version_of(house)).status_code == 303


def test_a_draft_is_shown_as_a_marked_pdf(house: World, keeper):
    draft = written(house, keeper)
    answer = keeper.get(f"/infosoc/invoices/drafts/{draft}/pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")


def test_a_draft_that_is_dated_ahead_says_so_before_it_is_issued(house: World, keeper):
    ahead, said = clock.today() + timedelta(days=1), "ligger framåt i tiden"
    draft = written(house, keeper, issued_on=ahead.isoformat())
    page = f"/infosoc/invoices/drafts/{draft}"
    assert f"Fakturadatumet {ahead} {said}" in keeper.get(page).text
    assert said in keeper.get(f"{page}/issue").text
    assert said not in keeper.get(f"/infosoc/invoices/drafts/{written(house, keeper)}").text


def test_what_cannot_be_issued_says_why(house: World, keeper):
    with house.writing() as session:
        session.delete(session.scalars(select(InvoicingSettings)).one())
    draft = written(house, keeper)
    page = keeper.get(f"/infosoc/invoices/drafts/{draft}")
    assert "/infosoc/settings/invoicing" in page.text
    assert sent(keeper, f"/infosoc/invoices/drafts/{draft}/issue", version=version_of(house)).status_code == 422


def test_an_invoice_is_credited_in_part_and_the_rest_is_left(house: World, keeper):
    invoice = issue(house, keeper, written(house, keeper))
    path = f"/infosoc/invoices/{invoice}/credit"
    assert 'id="reason-error"' in sent(keeper, path, how_much="part", reason="").text
    answer = sent(keeper, path, how_much="part", reason="En timme mindre")
    assert answer.status_code == 303
    draft = answer.headers["Location"].split("/")[-2]
    page = keeper.get(answer.headers["Location"]).text
    assert 'value="1000,00"' in page
    assert "En timme mindre" in page
    fields = {**DETAILS, "reason": "En timme mindre", "version": str(version_of(house))}
    saved = sent(keeper, f"/infosoc/invoices/drafts/{draft}", **fields, **rows({"row_quantity": "0,5"}))
    assert saved.status_code == 303, text_of(saved)
    note = issue(house, keeper, draft)
    with house.reading() as session:
        first, second = session.scalars(select(Invoice).order_by(Invoice.number))
        assert (first.open_ore, second.payable_ore, second.open_ore) == (168_750 - 56_250, -56_250, 0)
    assert "1 125,00" in text_of(keeper.get(f"/infosoc/invoices/{invoice}"))
    assert f"/invoices/{invoice}" in keeper.get(f"/infosoc/invoices/{note}").text


def test_an_invoice_is_credited_whole(house: World, keeper):
    invoice = issue(house, keeper, written(house, keeper))
    answer = sent(keeper, f"/infosoc/invoices/{invoice}/credit", how_much="whole", reason="Fel kund")
    draft = answer.headers["Location"].rpartition("/")[2]
    assert keeper.get(f"/infosoc/invoices/drafts/{draft}/edit").status_code == 200
    issue(house, keeper, draft)
    with house.reading() as session:
        assert [one.open_ore for one in session.scalars(select(Invoice))] == [0, 0]
    again = sent(keeper, f"/infosoc/invoices/{invoice}/credit", how_much="part", reason="En gång till")
    assert again.status_code == 422


@pytest.fixture
def some(house: World, keeper) -> World:
    """Three invoices: one paid by nobody and late, one large, one to a municipality."""
    for company, price, on in (("akeri", "100", "2024-02-01"), ("bygg", "5 000", "2026-11-01")):
        issue(house, keeper, written(house, keeper, company, {"row_price": price}, issued_on=on))
    return house


@pytest.mark.parametrize(("query", "numbers"), [
    ("", ["2", "1"]), ("?sort=-number", ["1", "2"]), ("?sort=buyer", ["2", "1"]), ("?sort=amount", ["2", "1"]),
    ("?sort=-amount", ["1", "2"]), ("?sort=date", ["2", "1"]), ("?show=open", ["1", "2"]),
    ("?show=open&sort=-due", ["2", "1"]), ("?show=open&sort=number", ["2", "1"]), ("?sort=due", ["2", "1"]),
    ("?show=overdue", ["1"]), ("?show=paid", []), ("?show=credited", []), ("?show=undelivered", ["2", "1"]),
    ("?q=lönn", []), ("?q=bygg", []), ("?q=Åkeri", ["1"]), ("?q=2", ["2"]), ("?q=168,75", ["1"]),
    ("?since=2026-01-01", ["2"]), ("?until=2025-01-01", ["1"]), ("?since=nonsens", []), ("?company=none", []),
    ("?sort=nonsense&show=nonsense", ["2", "1"]), ("?after=nonsense", ["2", "1"]), ("?after=2.2", ["1"]),
])  # fmt: skip
def test_the_list_is_filtered_and_sorted(some: World, keeper, query, numbers):
    query = query.replace("lönn", "Lönns") if query == "?q=lönn" else query
    page = keeper.get(f"/infosoc/invoices{query}").text
    found = re.findall(r'invoice-number"><a href="[^"]*">(\d+)<', page)
    assert found == (["2"] if query == "?q=Lönns" else numbers)


def test_sums_and_file_follow_the_filter(some: World, keeper):
    said = text_of(keeper.get("/infosoc/invoices/sums"))
    assert "8 606,25" in said  # 168,75 and 8 437,50
    assert "168,75" in text_of(keeper.get("/infosoc/invoices/sums?show=overdue"))
    with_right = some.client("anna")
    file = sent(with_right, "/infosoc/invoices/export?sort=-number")
    lines = file.get_data(as_text=True).splitlines()
    assert len(lines) == 3
    assert "168,75" in lines[1]


def test_the_company_shows_what_it_owes(some: World, keeper):
    page = text_of(keeper.get(f"/infosoc/companies/{some.companies['akeri']}/invoices"))
    assert page.count("168,75") >= 2


def test_the_customer_account_is_changed(house: World, keeper):
    path = f"/infosoc/companies/{house.companies['akeri']}/customer-account"
    assert keeper.get(path).status_code == 200
    assert sent(keeper, path, vat_number="DE136695976", is_group="y").status_code == 303
    made = only(house, CustomerAccount)
    assert (made.vat_number, made.is_group, made.has_agreed_fee) == ("DE136695976", True, False)
    assert 'id="vat_number-error"' in sent(keeper, path, vat_number="DE1").text


def test_other_people_do_not_write_and_other_companies_see_nothing(some: World, keeper):
    reader = some.client("rut")
    invoice = only_number(some, 1)
    assert reader.get("/infosoc/invoices").status_code == 200
    assert reader.get(f"/infosoc/invoices/{invoice}").status_code == 200
    for path in ("/infosoc/invoices/drafts/new", f"/infosoc/invoices/{invoice}/credit", "/infosoc/settings/invoicing"):
        assert reader.get(path).status_code == 403
    assert some.client("emil").get("/infosoc/invoices").status_code == 403
    assert some.client("sven").get(f"/rattsdata/invoices/{invoice}").status_code == 404


def only_number(house: World, number: int) -> str:
    with house.reading() as session:
        return session.scalars(select(Invoice.public_id).where(Invoice.number == number)).one()
