"""The pages of payments: a file from upload to books, matching, payments by hand, the customer ledger."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from infosoc.invoicing.models import Invoice
from infosoc.payments import importing
from infosoc.payments.models import BankFile
from tests.builders import csrf_token
from tests.payments.bank_files import BgMax
from tests.payments.house import PAYABLE, assert_whole, bring, invoices, left, paying, payments
from tests.payments.test_import import bgmax, camt, with_iban
from tests.payments.test_placing import address, unknown
from tests.subscriptions.world import World, post

pytestmark = pytest.mark.sqlite_only
HOME = "/infosoc/payments"


def upload(client, data: bytes, name: str = "bgmax.txt"):
    token = csrf_token(client, "/infosoc/bank-files/new")
    fields = {"csrf_token": token, "file": (io.BytesIO(data), name)}
    return client.post("/infosoc/bank-files", data=fields, content_type="multipart/form-data")


def test_a_file_is_looked_at_and_booked_by_a_job(house: World):
    ((first, ocr),) = invoices(house, 1)
    client = house.client("ekman")
    page = upload(client, BgMax().section().pay(PAYABLE, ocr).pay(500, "x", code="3").deposit().bytes()).location
    shown = client.get(page).text
    assert "Bokför betalningarna" in shown
    assert "payments to book" not in shown
    with house.reading() as session:
        assert payments(session) == []
    assert post(client, f"{page}/book", page=page).status_code == 303
    assert "file-progress" in client.get(page).text
    with house.reading():
        importing.begin(page.rpartition("/")[2], by=None)
        importing.carry_on(page.rpartition("/")[2], by=None)
    assert "Att matcha" in client.get(page).text
    assert client.get(f"{page}/progress", headers={"HX-Request": "true"}).headers["HX-Redirect"] == page
    with house.reading() as session:
        assert left(session) == {first: 0}
        assert_whole(session)
    again = upload(client, BgMax().section().pay(PAYABLE, ocr).pay(500, "x", code="3").deposit().bytes())
    assert again.status_code == 422
    assert "filen har lästs in förut" in again.text


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"01BGMAX", b"<Document/>", BgMax(is_test=True).section().deposit().bytes()]
)
def test_a_file_that_cannot_be_used_is_refused_beside_the_field(house: World, data):
    answer = upload(house.client("ekman"), data)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(BankFile)) == 0


def test_a_file_can_be_thrown_away_before_it_is_booked(house: World):
    ((_, ocr),) = invoices(house, 1)
    client = house.client("ekman")
    page = upload(client, paying(ocr).bytes()).location
    assert post(client, f"{page}/discard", page=page).status_code == 303
    assert client.get(page).status_code == 404


def test_a_suggestion_is_chosen_and_settled_and_the_next_payment_comes(house: World):
    made = invoices(house, 2)
    one, two = unknown(house, PAYABLE, 300)
    client = house.client("ekman")
    assert "Åkeri AB" in client.get(HOME).text
    shown = client.get(f"{HOME}/{one}?choose=1").text
    assert 'data-shortcut="1"' in shown
    number, amount = (
        re.search(r'name="number"[^>]* value="(\d+)"', shown),
        re.search(r'name="amount"[^>]* value="([^"]+)"', shown),
    )
    answer = post(client, f"{HOME}/{one}/place", page=f"{HOME}/{one}", number=number[1], amount=amount[1])
    assert (answer.status_code, answer.location) == (303, f"{HOME}/{two}")
    with house.reading() as session:
        assert sorted(left(session).values()) == [0, PAYABLE]
        assert_whole(session)
    assert made


def test_wrong_rows_come_back_with_what_is_wrong_and_what_was_typed(house: World):
    invoices(house, 1)
    (one,) = unknown(house, 500)
    client = house.client("ekman")
    for number, amount in (
        ("77", "1"),
        ("9" * 25, "1"),
        ("x", "1"),
        ("1", "mycket"),
        ("1", "6"),
        ("1", "-1"),
        ("", ""),
    ):
        answer = post(client, f"{HOME}/{one}/place", page=f"{HOME}/{one}", number=number, amount=amount)
        assert answer.status_code == 422, (number, amount)
        assert f'value="{amount}"' in answer.text
    for path in ("credit", "pay-back", "aside"):
        answer = post(client, f"{HOME}/{one}/{path}", page=f"{HOME}/{one}")
        assert answer.status_code == 422, path
    assert post(client, f"{HOME}/{one}/take-back", page=f"{HOME}/{one}").status_code == 422


@pytest.mark.parametrize("asked", ["with=" + "9" * 25, "choose=" + "9" * 25, "choose=015", "choose=0"])
def test_a_place_that_no_row_has_is_no_place(house: World, asked):
    invoices(house, 1)
    (one,) = unknown(house, PAYABLE)
    assert house.client("ekman").get(f"{HOME}/{one}?{asked}").status_code == 200


def test_search_adds_invoices_and_spreads_the_money(house: World):
    invoices(house, 2)
    (one,) = unknown(house, 200_000)
    client = house.client("ekman")
    assert "with=1" in client.get(f"{HOME}/{one}?q=åkeri").text
    shown = client.get(f"{HOME}/{one}?with=1&with=2").text
    assert re.findall(r'name="amount"[^>]* value="([^"]+)"', shown)[:2] == ["1250,00", "750,00"]


def test_setting_aside_crediting_and_taking_back(house: World):
    invoices(house, 1)
    one, two = unknown(house, 500, 600)
    client = house.client("ekman")
    assert post(client, f"{HOME}/{one}/aside", page=f"{HOME}/{one}", why="Frågat kunden").status_code == 303
    assert "Frågat kunden" in client.get(f"{HOME}/{one}").text
    assert one in client.get(f"{HOME}?view=set_aside").text
    assert post(client, f"{HOME}/{one}/take-up", page=f"{HOME}/{one}").status_code == 303
    company = house.companies["akeri"]
    assert post(client, f"{HOME}/{two}/credit", page=f"{HOME}/{two}", company=company).status_code == 303
    assert two in client.get(f"{HOME}?view=credit").text
    assert post(client, f"{HOME}/{two}/take-back", page=f"{HOME}/{two}").status_code == 303
    assert two not in client.get(f"{HOME}?view=credit").text
    with house.reading() as session:
        assert_whole(session)


def test_a_payment_is_registered_on_an_invoice(house: World):
    ((first, _),) = invoices(house, 1)
    page, client = f"/infosoc/invoices/{address(house, first)}/payment", house.client("ekman")
    assert 'value="1250,00"' in client.get(page).text
    for wrong in (
        {"amount": ""},
        {"amount": "0"},
        {"amount": "x"},
        {"account": "1510"},
        {"on": "1999-01-01"},
        {"on": "x"},
    ):
        fields = {"amount": "1250", "on": "2026-03-05", "account": "1930", **wrong}
        assert post(client, page, page=page, **fields).status_code == 422, wrong
    assert post(client, page, page=page, amount="1 250,00", on="2026-03-05", account="1930").status_code == 303
    with house.reading() as session:
        assert session.scalars(select(Invoice.open_ore)).one() == 0
        assert_whole(session)


def test_the_customer_ledger_its_file_and_the_statement(house: World):
    ((_, ocr),) = invoices(house, 1)
    bring(house, BgMax().section().pay(100_000, ocr).deposit().bytes())
    client, home = house.client("anna"), "/infosoc/customer-ledger"
    shown = client.get(f"{home}?on=2026-03-05").text
    assert "stämmer med bokföringen" in shown
    assert "250,00" in shown
    assert client.get(f"{home}?on=trams").status_code == 422
    file = post(client, f"{home}/export", page=home, on="2026-03-05").data.decode("utf-8-sig")
    assert "Åkeri AB;;1;2026-02-01" in file
    assert ";250,00;1510" in file
    page = f"{home}/{house.companies['akeri']}"
    assert "250,00" in client.get(f"{page}?on=2026-03-05").text


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        ("sv", ("Kontoutdrag", "Öppna poster per 2026-03-05", "Kvar att betala 250,00 kr", "Ej förfallet", "991-2346")),
        ("en", ("Statement of account", "Left to pay SEK 250.00", "Not due", "991-2346", "OCR number of each")),
    ],
)
def test_the_statement_on_paper_is_in_the_invoices_design(house: World, language, facts):
    ((_, ocr),) = invoices(house, 1)
    bring(house, BgMax().section().pay(100_000, ocr).deposit().bytes())
    page = f"/infosoc/customer-ledger/{house.companies['akeri']}/pdf?on=2026-03-05&language={language}"
    first, again = (house.client("anna").get(page).data for _ in range(2))
    assert first == again
    text = " ".join(" ".join(one.extract_text() for one in PdfReader(io.BytesIO(first)).pages).split())
    for fact in (*facts, ocr, "Infosoc", "Åkeri AB"):
        assert fact in text.replace("\xa0", " "), fact


def test_a_statement_of_more_paid_than_owed_asks_for_nothing(house: World):
    ((_, ocr),) = invoices(house, 1)
    bring(house, BgMax().section().pay(PAYABLE + 20_000, ocr).deposit().bytes())
    page = f"/infosoc/customer-ledger/{house.companies['akeri']}/pdf?on=2026-03-05"
    paper = PdfReader(io.BytesIO(house.client("anna").get(page).data))
    text = " ".join(paper.pages[0].extract_text().split())
    assert "Att få tillbaka 200,00 kr" in text.replace("\xa0", " ")
    assert "Betalning " not in text


def test_who_may_only_read_sees_and_does_nothing(house: World):
    (one,) = unknown(house, 500)
    client = house.client("rut")
    assert client.get(f"{HOME}/{one}").status_code == 200
    assert ">Matcha<" not in client.get(f"{HOME}/{one}").text
    assert client.get("/infosoc/bank-files/new").status_code in (403, 404)
    assert post(client, f"{HOME}/{one}/aside", page=HOME, why="x").status_code in (403, 404)
    other = house.client("sven")
    assert other.get(f"/rattsdata/payments/{one}").status_code == 404


def test_a_deposit_without_its_payments_says_what_it_waits_for_until_they_have_come(house: World):
    (_, ocr), (_, other) = invoices(house, 2)
    with_iban(house)
    client, said = house.client("ekman"), "Väntar på sina betalningar"
    lump = bring(house, camt("053", batch=2))
    assert said in client.get(f"/infosoc/bank-files/{lump}").text
    bring(house, bgmax(ocr, other))
    page = client.get(f"/infosoc/bank-files/{lump}").text
    assert said not in page
    assert "Bokförd från en annan fil" in page
    with house.reading() as session:
        assert_whole(session)
