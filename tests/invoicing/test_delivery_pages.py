"""The work list of deliveries, sending once more, and the choice of an access point."""

from __future__ import annotations

import hashlib
import io

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from infosoc.invoicing import outgoing_jobs as jobs
from infosoc.invoicing.models import Delivery, Invoice, InvoicingSettings
from tests.invoicing.test_deliveries import deliveries, no_rest, states  # noqa: F401 - the last is a fixture
from tests.invoicing.test_papers import issue_to_network
from tests.invoicing.world import issued
from tests.subscriptions.world import World, post
from tests.support.statements import MOST_ON_A_PAGE, statements

pytestmark = pytest.mark.sqlite_only
LIST = "/infosoc/deliveries"


def prepare(house: World, worker) -> None:
    for lane in (jobs.draw_papers, jobs.deliver):
        while lane(worker, house.app):
            pass


def test_what_waits_to_be_printed_is_one_file_and_is_marked_together(house: World, worker):
    issued(house, "a", "b", delivery="print", recipient="")
    prepare(house, worker)
    client = house.client("ekman")
    page = client.get(LIST)
    assert page.status_code == 200
    for words in ("Att skriva ut", "Åkeri AB", "Markera alla på sidan som utskrivna", "1 250,00"):
        assert words in page.text.replace("\xa0", " "), words
    printed = client.get(f"{LIST}/print.pdf")
    text = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(printed.data)).pages)
    assert len(PdfReader(io.BytesIO(printed.data)).pages) == 2
    assert "Infosoc Exempel AB" in text
    ids = [one.public_id for one in deliveries(house)]
    assert post(client, f"{LIST}/mark", LIST, ids=ids, state="handed_over", show="print").status_code == 303
    assert states(house) == [("print", "handed_over")] * 2
    assert "Det finns inget att skriva ut" in client.get(LIST).text
    assert client.get(f"{LIST}/print.pdf").status_code == 404


def test_an_e_invoice_to_download_is_marked_as_handed_over_and_delivered(house: World, worker):
    public_id = issue_to_network(house)
    prepare(house, worker)
    client = house.client("ekman")
    assert f"/infosoc/invoices/{public_id}/xml" in client.get(f"{LIST}?show=download").text
    (one,) = deliveries(house)
    for state in ("handed_over", "delivered"):
        fields = {"ids": one.public_id, "state": state, "invoice": public_id}
        assert post(client, f"{LIST}/mark", LIST, **fields).status_code == 303
    assert states(house) == [("peppol", "delivered")]
    assert post(client, f"{LIST}/mark", LIST, ids=one.public_id, state="handed_over").status_code == 409
    assert post(client, f"{LIST}/mark", LIST, ids=one.public_id, state="lost").status_code == 409
    assert post(client, f"{LIST}/mark", LIST, ids="aaaaaaaaaaa", state="delivered").status_code == 404


def test_what_failed_is_listed_with_its_reason_until_it_goes_another_way(house: World, worker):
    (made,) = issued(house, "a", delivery="peppol")
    prepare(house, worker)
    client = house.client("ekman")
    page = client.get(f"{LIST}?show=failed")
    assert "PEPPOL-EN16931-R010" in page.text
    assert "PEPPOL-EN16931-R010" in client.get(f"/infosoc/invoices/{made.public_id}").text
    address = f"/infosoc/invoices/{made.public_id}/send"
    assert client.get(address).status_code == 200
    wrong = post(client, address, LIST, channel="email", recipient="inte en adress")
    assert wrong.status_code == 422
    assert "Det här är ingen e-postadress" in wrong.text
    assert post(client, address, LIST, channel="pigeon").status_code == 422
    assert post(client, address, LIST, channel="email", recipient="bo@aker.example").status_code == 303
    assert "Allt har gått ut" in client.get(f"{LIST}?show=failed").text
    assert states(house) == [("peppol", "failed"), ("email", "created")]
    with house.reading() as session:
        assert session.scalars(select(Invoice.delivery)).one() == "email"


@pytest.mark.parametrize("query", ["show=nothing", "before=x", "before=99999999999999999999", "show=all&before=1"])
def test_odd_addresses_of_the_list_are_answered(house: World, query):
    issued(house, "a")
    assert house.client("ekman").get(f"{LIST}?{query}").status_code == 200


def test_who_may_only_read_sees_no_buttons_and_changes_nothing(house: World, worker):
    (made,) = issued(house, "a", delivery="print", recipient="")
    prepare(house, worker)
    client, emil = house.client("rut"), house.client("emil")
    assert emil.get(LIST).status_code == 403
    page = client.get(LIST)
    assert "1 250,00" in page.text.replace("\xa0", " ")
    assert f'action="{LIST}/mark"' not in page.text
    (one,) = deliveries(house)
    for path, fields in ((f"{LIST}/mark", {"ids": one.public_id, "state": "handed_over"}),
                         (f"/infosoc/invoices/{made.public_id}/send", {"channel": "print"})):  # fmt: skip
        assert post(client, path, LIST, **fields).status_code == 403
    assert states(house) == [("print", "created")]


def test_an_administrator_chooses_the_access_point_and_adds_the_rule_file(house: World):
    client, page = house.client("anna"), f"{LIST}/access-point"
    assert "peppol/1/outgoing" in client.get(page).text
    assert post(client, page, page, access_point="folder").status_code == 303
    assert post(client, page, page, access_point="elsewhere").status_code == 422
    with house.reading() as session:
        assert session.scalars(select(InvoicingSettings.access_point)).one() == "folder"
    rules = b"<x/>"
    digest = hashlib.sha256(rules).hexdigest()
    wrong = post(client, f"{LIST}/rules", page, file=(io.BytesIO(rules), "r.xslt"), sha256="0" * 64)
    assert (wrong.status_code, digest in wrong.text) == (422, True)
    assert post(client, f"{LIST}/rules", page, file=(io.BytesIO(rules), "r.xslt"), sha256="x").status_code == 422
    folder = house.app.extensions["settings"].data_dir / "peppol"
    assert not folder.exists()
    assert house.client("rut").get(page).status_code == 403


def test_a_page_asks_at_most_eight_statements(house: World, worker):
    issued(house, *(f"{number}" for number in range(12)), delivery="print", recipient="")
    prepare(house, worker)
    client = house.client("ekman")
    client.get(LIST)
    with statements(house.app) as sent:
        client.get(LIST)
    assert len(sent) <= MOST_ON_A_PAGE, sent
    with house.reading() as session:
        assert len(list(session.scalars(select(Delivery)))) == 12
