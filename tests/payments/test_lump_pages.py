"""The pages of deposits that came as one sum: the list of those that wait, tying, splitting and undoing."""

from __future__ import annotations

import re

import pytest

from tests.payments.house import PAYABLE, assert_whole, balance, bring, invoices, left
from tests.payments.test_lumps import SUM, bgmax, lump
from tests.subscriptions.world import World, post

pytestmark = pytest.mark.sqlite_only


def rows(*typed: tuple[str, str, str], **more: str) -> dict:
    goes, to, amount = zip(*typed, strict=True)
    return {"goes": list(goes), "to": list(to), "amount": list(amount), **more}


def test_a_lump_is_found_from_payments_and_split_over_invoice_customer_and_account(house: World):
    ((first, _),) = invoices(house, 1)
    file, client = lump(house), house.client("ekman")
    assert "/bank-files/waiting" in client.get("/infosoc/payments").text
    page = re.search(rf"/infosoc/bank-files/{file}/deposits/1", client.get("/infosoc/bank-files/waiting").text)[0]
    assert page in client.get(f"/infosoc/bank-files/{file}").text
    shown = client.get(f"{page}?with=1").text
    assert 'value="1250,00"' in shown
    assert "1 250,00" in shown.replace("\xa0", " ")
    wrong = post(
        client, f"{page}/split", page=page, **rows(("invoice", "1", "1250,00"), ("account", "1630", "1249,99"))
    )
    assert wrong.status_code == 422
    assert "0,01 kr" in wrong.text.replace("\xa0", " ")
    assert 'value="1249,99"' in wrong.text
    right = rows(("invoice", "1", "1250,00"), ("customer", "åkeri ab", "1000"), ("account", "1630", "250"))
    assert post(client, f"{page}/split", page=page, **right).status_code == 303
    assert "Uppdelad för hand" in client.get(page).text
    with house.reading() as session:
        assert left(session) == {first: 0}
        assert balance(session, 1630) == -25_000
        assert_whole(session)
    assert "/bank-files/waiting" not in client.get("/infosoc/payments").text
    assert post(client, f"{page}/undo", page=page).status_code == 303
    assert "Väntar på sina betalningar" in client.get(page).text
    with house.reading() as session:
        assert left(session) == {first: PAYABLE}
        assert_whole(session)


@pytest.mark.parametrize("typed", [
    ("invoice", "77", "2500"), ("invoice", "x", "2500"), ("customer", "Finns inte AB", "2500"),
    ("customer", "556", "2500"), ("account", "163", "2500"), ("account", "kassan", "2500"), ("invoice", "1", "mycket"),
    ("account", "1510", "2500"), ("", "", ""), ("other", "1", "2500"), ("account", "9" * 25, "2500"),
])  # fmt: skip
def test_wrong_rows_come_back_as_they_were_typed(house: World, typed):
    invoices(house, 1)
    page, client = f"/infosoc/bank-files/{lump(house)}/deposits/1", house.client("ekman")
    answer = post(client, f"{page}/split", page=page, **rows(typed))
    assert answer.status_code == 422
    assert f'value="{typed[1]}"' in answer.text
    with house.reading() as session:
        assert balance(session, 1930) == 0


def test_a_lump_is_tied_to_the_deposit_that_is_suggested(house: World):
    made = invoices(house, 2)
    bring(house, bgmax(*(ocr for _, ocr in made)))
    page, client = f"/infosoc/bank-files/{lump(house)}/deposits/1", house.client("ekman")
    shown = client.get(page).text
    other = re.search(r'name="other" value="(\d+)"', shown)[1]
    assert post(client, f"{page}/tie", page=page, other="0").status_code == 422
    unsure = post(client, f"{page}/split", page=page, other=other, **rows(("account", "1630", "2500")))
    assert unsure.status_code == 422
    assert post(client, f"{page}/tie", page=page, other=other).status_code == 303
    assert "Knuten till en annan insättning" in client.get(page).text
    with house.reading() as session:
        assert balance(session, 1930) == SUM
        assert_whole(session)
    assert post(client, f"{page}/apart", page=page).status_code == 422
    assert post(client, f"{page}/undo", page=page).status_code == 303
    assert post(client, f"{page}/undo", page=page).status_code == 422
    sure = rows(("account", "1630", "2500"), other=other, other_money="1")
    assert post(client, f"{page}/split", page=page, **sure).status_code == 303
    assert post(client, f"{page}/apart", page=page).status_code == 303
    with house.reading() as session:
        assert balance(session, 1930) == 2 * SUM
        assert_whole(session)


def test_who_may_only_read_sees_the_lump_and_does_nothing(house: World):
    page = f"/infosoc/bank-files/{lump(house)}/deposits/1"
    client = house.client("rut")
    shown = client.get(page)
    assert shown.status_code == 200
    assert 'name="goes"' not in shown.text
    for deed in ("split", "tie", "undo", "apart"):
        assert post(client, f"{page}/{deed}", page="/infosoc/payments").status_code in (403, 404)
    assert house.client("sven").get(page.replace("infosoc", "rattsdata")).status_code == 404
    assert client.get(page.replace("/1", "/2")).status_code == 404
