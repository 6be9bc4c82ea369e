"""What nobody should type on the pages of invoicing: never an error of ours, never lost, never a wrong invoice."""

from __future__ import annotations

import pytest
from lxml import html
from sqlalchemy import select, update

from infosoc.invoicing.models import CustomerAccount, Invoice, InvoiceDraft
from infosoc.invoicing.rules.totals import MOST_LINES
from infosoc.subscriptions.models import Agreement, AgreementLine
from tests.invoicing.test_billing_pages import JANUARY, PREVIEW
from tests.invoicing.test_pages import DETAILS, keeper, rows, sent, text_of, written  # noqa: F401 - a fixture
from tests.invoicing.world import NOW
from tests.subscriptions.world import World, post

pytestmark = pytest.mark.sqlite_only
HUGE = "9" * 30


@pytest.mark.parametrize(
    "address",
    [
        "/infosoc/billing-runs/new?month=9999-12", "/infosoc/billing-runs/new?month=0001-01",
        "/infosoc/billing-runs/new/sums?month=9999-12", f"/infosoc/billing-runs/new?month=2024-01&after={HUGE}",
        f"/infosoc/billing-runs?before={HUGE}", "/infosoc/vouchers/accounts?account=²²²²",
    ],
)  # fmt: skip
def test_no_address_of_runs_makes_us_fail(house: World, address):
    house.app.testing = False
    assert house.client().get(address).status_code == 200


def test_a_run_goes_on_after_no_number_that_there_could_be(house: World):
    house.sign(billing_months=1)
    answer = post(house.client(), "/infosoc/billing-runs", PREVIEW, **JANUARY)
    address = answer.headers["Location"]
    house.app.testing = False
    for path in (f"{address}?after={HUGE}", f"{address}/progress?after={HUGE}"):
        assert house.client().get(path).status_code == 200


def test_a_line_that_cannot_be_counted_is_named_and_the_others_are_shown(house: World):
    """One that was signed before lines were checked: the page of the whole run failed with it."""
    house.sign(house.line(), billing_months=1)
    house.sign(house.line("avvik"), company="bygg", billing_months=1)
    with house.writing() as session:
        right = session.scalars(select(AgreementLine).order_by(AgreementLine.id.desc()).limit(1)).one()
        wrong = {"agreement_id": right.agreement_id, "product_id": right.product_id, "starts_on": right.starts_on}
        session.add(AgreementLine(**wrong, price_ore=-100, made_at=NOW))
    house.app.testing = False
    page = house.client().get(PREVIEW)
    assert page.status_code == 200
    assert "Antal, pris eller rabatt på ”Avvikelserapportering” går inte att använda" in page.text
    assert "1\u00a0200,00" in page.text


def test_an_agreement_whose_einvoices_could_not_be_sent_is_named_by_the_run(house: World):
    house.sign(billing_months=1)
    with house.writing() as session:
        peppol = {"delivery": "peppol", "einvoice_address": "0007:5560160680"}
        session.execute(update(Agreement).values(**peppol))
    assert "En e-faktura ska ha köparens referens eller ett ordernummer" in house.client().get(PREVIEW).text


# ---- drafts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"row_account": "1510"}, "En försäljning bokförs på"),
        ({"row_account": "1930"}, "En försäljning bokförs på"),
        ({"row_account": "2611"}, "En försäljning bokförs på"),
        ({"row_deferral": "3010"}, "Det som betalas i förskott står på"),
        ({"row_deferral": "9999"}, "Konto 9999 finns inte"),
        ({"row_price": "9" * 5000}, "inte ett pris"),
        ({"row_quantity": "9" * 5000}, "inget antal"),
    ],
)
def test_a_row_is_booked_where_sales_may_stand(house: World, keeper, line, words):
    path = f"/infosoc/invoices/drafts?company={house.companies['akeri']}"
    answer = sent(keeper, path, **DETAILS, **rows(line))
    assert answer.status_code == 422
    assert words in text_of(answer)


@pytest.mark.parametrize("count", [201, 300])
def test_no_row_of_a_long_invoice_is_forgotten(house: World, keeper, count):
    written(house, keeper, "akeri", *[{"row_text": f"Rad {number}"} for number in range(count)])
    with house.reading() as session:
        assert len(session.scalars(select(InvoiceDraft)).one().rows) == count


def test_more_rows_than_an_invoice_holds_are_refused_and_kept(house: World, keeper):
    path = f"/infosoc/invoices/drafts?company={house.companies['akeri']}"
    blank = {"row_unit": "C62", "row_text": "R", "row_discount": "", "row_price": "1", "row_quantity": "1"}
    answer = sent(keeper, path, **DETAILS, **rows(*[blank] * (MOST_LINES + 1)))
    assert answer.status_code == 422
    assert "högst 2000 rader" in text_of(answer)
    assert len(html.fromstring(answer.text).xpath("//input[@name='row_kind']")) == MOST_LINES + 1


def test_a_text_that_is_too_long_is_given_back_whole(house: World, keeper):
    path, long = f"/infosoc/invoices/drafts?company={house.companies['akeri']}", "mycket " * 100
    answer = sent(keeper, path, **DETAILS, **rows({"row_text": long}))
    assert answer.status_code == 422
    assert long.strip() in answer.text


# ---- who pays the VAT ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vat", "number", "words"),
    [
        ("T39", "", "kräver köparens momsregistreringsnummer där. SE556016068001 är svenskt"),
        ("G35", "SE556016068001", "kräver köparens momsregistreringsnummer där. SE556016068001 är svenskt"),
        ("S41", "DE136695976", "gäller köpare med svenskt momsregistreringsnummer. DE136695976 är inte svenskt"),
    ],
)
def test_nobody_is_spared_the_vat_of_a_sale_that_is_not_made_there(house: World, keeper, vat, number, words):
    draft = written(house, keeper, "akeri", {"row_vat": vat}, vat_number=number)
    page = f"/infosoc/invoices/drafts/{draft}"
    assert words in text_of(keeper.get(page))
    assert sent(keeper, f"{page}/issue", version="1").status_code == 422
    with house.reading() as session:
        assert session.scalar(select(Invoice.id)) is None


@pytest.mark.parametrize(("vat", "number"), [("T39", "DE136695976"), ("G35", "DE136695976"), ("S41", "")])
def test_reverse_charge_is_for_those_that_pay_it(house: World, keeper, vat, number):
    draft = written(house, keeper, "akeri", {"row_vat": vat}, vat_number=number)
    assert sent(keeper, f"/infosoc/invoices/drafts/{draft}/issue", version="1").status_code == 303
    with house.reading() as session:
        made = session.scalars(select(Invoice)).one()
        assert made.vat_ore == 0
        assert session.scalars(select(CustomerAccount)).one().company_id == made.company_id


def test_what_the_law_asks_for_is_said_in_the_readers_language(house: World, keeper):
    from infosoc.crm.models.companies import Address

    draft = written(house, keeper, "akeri")
    with house.writing() as session:
        session.execute(update(Address).values(town=""))
    shown = text_of(keeper.get(f"/infosoc/invoices/drafts/{draft}"))
    assert "Fakturan saknar köparens namn och adress" in shown
    assert "the buyer" not in shown


# ---- two at once, and blanks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/infosoc/settings/invoicing", "draft", "account"])
def test_what_somebody_else_has_changed_is_saved_by_a_second_try(house: World, keeper, path):
    draft = written(house, keeper)
    address = {"draft": f"/infosoc/invoices/drafts/{draft}"}.get(path, path)
    page = {"draft": f"{address}/edit", "account": f"/infosoc/companies/{house.companies['akeri']}/customer-account"}
    shown = keeper.get(page.get(path, address))
    address = page["account"] if path == "account" else address
    if path == "account":
        fields = {"vat_number": "DE136695976"}
        assert sent(keeper, address, **fields, version="").status_code == 303
    else:
        form = next(one for one in html.fromstring(shown.text).forms if one.action == address)
        fields = {name: values for name, values in _fields(form).items() if name not in ("version", "submission")}
    refused = sent(keeper, address, **fields, version="0")
    assert refused.status_code == 409
    again = next(one for one in html.fromstring(refused.text).forms if one.action == address).fields["version"]
    assert sent(keeper, address, **fields, version=again).status_code == 303


def _fields(form) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return found


def test_blanks_alone_are_no_day(house: World, keeper):
    house.app.testing = False
    draft = written(house, keeper)
    sent(keeper, f"/infosoc/invoices/drafts/{draft}/issue", version="1")
    with house.reading() as session:
        invoice = session.scalars(select(Invoice)).one().public_id
    for path, fields in (
        (f"/infosoc/invoices/{invoice}/payment", {"on": "   ", "amount": "100"}),
        ("/infosoc/fiscal-years", {"starts_on": " ", "ends_on": " "}),
        ("/infosoc/billing-runs", {"month": "  ", "issued_on": " "}),
    ):
        assert sent(keeper, path, **fields).status_code in (303, 422), path
