"""The archived paper: drawn once whoever asks, checked when it is read; the Peppol file with its verdict."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.invoicing import papers
from infosoc.invoicing.commands import issue
from infosoc.invoicing.commands.issue import NewInvoice
from infosoc.invoicing.models import InvoicePaper
from infosoc.invoicing.queries import papers as queries
from infosoc.invoicing.rules.record import References
from infosoc.kernel.errors import NotFound
from infosoc.ledger.commands import chart, years
from tests.builders import make_company
from tests.invoicing.world import NOW, issued, new_invoice
from tests.subscriptions.world import World


def issue_one(house: World, source: str = "draft:1") -> str:
    (made,) = issued(house, source)
    return made.public_id


def issue_to_network(house: World, source: str = "draft:1") -> str:
    """An invoice that has all that the network asks for."""
    with house.writing() as session:
        return issue.issue(session, network_invoice(session, house, source), by=None, now=NOW).public_id


def network_invoice(session: Session, house: World, source: str) -> NewInvoice:
    new = new_invoice(session, house, source, company="kommun", delivery="peppol", recipient="0007:2120000001")
    buyer = replace(new.record.buyer, endpoint_scheme="0007", endpoint="2120000001", org_number="2120000001")
    return replace(new, record=replace(new.record, buyer=buyer, references=References(buyer="REF4711")))


def drawn(house: World, public_id: str) -> bytes:
    with house.reading() as session:
        return papers.pdf(queries.at(session, public_id))


def rows(house: World) -> list[InvoicePaper]:
    with house.reading() as session:
        return list(session.scalars(select(InvoicePaper)))


def folder(house: World) -> Path:
    return house.app.extensions["settings"].data_dir


def test_the_paper_is_drawn_when_it_is_first_asked_for_and_kept(house: World):
    public_id, client = issue_one(house), house.client("ekman")
    first = client.get(f"/infosoc/invoices/{public_id}/pdf")
    assert (first.status_code, first.mimetype) == (200, "application/pdf")
    (row,) = rows(house)
    assert (folder(house) / row.file).read_bytes() == first.data
    assert (row.sha256, row.size) == (hashlib.sha256(first.data).digest(), len(first.data))
    assert row.file.startswith(f"invoices/{house.ours}/2024/1-")
    assert client.get(f"/infosoc/invoices/{public_id}/pdf").data == first.data
    assert len(rows(house)) == 1


def test_many_who_ask_at_once_get_the_one_paper(house: World):
    public_id = issue_one(house)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: drawn(house, public_id), range(4)))
    assert len(set(found)) == 1
    (row,) = rows(house)
    assert len(list((folder(house) / row.file).parent.iterdir())) == 1


def test_a_file_that_is_gone_or_changed_is_put_back_when_a_new_drawing_is_the_same(house: World):
    public_id = issue_one(house)
    first = drawn(house, public_id)
    path = folder(house) / rows(house)[0].file
    path.unlink()
    assert drawn(house, public_id) == first
    path.write_bytes(first[:-1] + b"!")
    assert drawn(house, public_id) == first
    assert path.read_bytes() == first


@pytest.mark.parametrize(("there", "error", "words"), [
    (None, papers.PaperMissing, "Filen till faktura 1 saknas"),
    (b"forged", papers.PaperChanged, "är inte vad den var"),
])  # fmt: skip
def test_a_file_that_cannot_be_made_again_is_named_and_never_replaced(house: World, there, error, words):
    public_id = issue_one(house)
    with house.writing() as session:
        invoice = queries.at(session, public_id)
        old = {"file": "invoices/old.pdf", "sha256": b"\1" * 32, "size": 9, "made_at": NOW}
        session.add(InvoicePaper(invoice_id=invoice.id, **old))
    path = folder(house) / "invoices" / "old.pdf"
    if there is not None:
        path.parent.mkdir()
        path.write_bytes(there)
    with pytest.raises(error):
        drawn(house, public_id)
    answer = house.client("ekman").get(f"/infosoc/invoices/{public_id}/pdf")
    assert answer.status_code == 409
    assert words in answer.text
    assert (path.read_bytes() if path.exists() else None) == there


def test_the_peppol_file_is_inside_only_where_it_breaks_nothing(house: World):
    plain, sound = issue_one(house), issue_to_network(house, "draft:2")
    assert len(PdfReader(io.BytesIO(drawn(house, plain))).attachments) == 0
    inside = PdfReader(io.BytesIO(drawn(house, sound))).attachments
    xml = house.client("ekman").get(f"/infosoc/invoices/{sound}/xml")
    assert (xml.status_code, xml.mimetype) == (200, "application/xml")
    assert inside == {"2.xml": [xml.data]}


@pytest.mark.sqlite_only
def test_an_e_invoice_that_may_not_be_sent_is_not_handed_out_and_the_rules_are_named(house: World):
    public_id, client = issue_one(house), house.client("ekman")
    answer = client.get(f"/infosoc/invoices/{public_id}/xml")
    assert answer.status_code == 409
    for words in ("PEPPOL-EN16931-R010", "Får inte skickas", "EN 16931, officiella regler 1.3", "Inte kontrollerat"):
        assert words in answer.text, words
    sound = issue_to_network(house, "draft:2")
    page = client.get(f"/infosoc/invoices/{sound}/e-invoice")
    assert "Får skickas" in page.text
    assert "Svenska regler SE-R-001 till SE-R-013, egna kontroller" in page.text


@pytest.mark.sqlite_only
@pytest.mark.parametrize("path", ["pdf", "xml", "e-invoice"])
def test_papers_are_for_those_who_may_read_invoices_of_the_tenant(house: World, path):
    public_id = issue_one(house)
    assert house.client("emil").get(f"/infosoc/invoices/{public_id}/{path}").status_code == 403
    assert house.client("sven").get(f"/rattsdata/invoices/{public_id}/{path}").status_code in (403, 404)
    assert house.client("ekman").get(f"/infosoc/invoices/aaaaaaaaaaa/{path}").status_code == 404
    with pytest.raises(NotFound), house.reading(house.theirs) as session:
        queries.at(session, public_id)


@pytest.mark.sqlite_only
def test_the_command_line_writes_the_same_files(house: World, tmp_path):
    public_id, runner = issue_to_network(house), house.app.test_cli_runner()
    out = tmp_path / "faktura.pdf"
    result = runner.invoke(args=["invoice", "pdf", "1", "--tenant", "infosoc", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert out.read_bytes() == drawn(house, public_id)
    out = tmp_path / "faktura.xml"
    result = runner.invoke(args=["invoice", "xml", "1", "--tenant", "infosoc", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert b"<cbc:BuyerReference>REF4711</cbc:BuyerReference>" in out.read_bytes()
    result = runner.invoke(args=["invoice", "pdf", "7", "--tenant", "infosoc"])
    assert (result.exit_code, result.output) == (1, "Error: There is no invoice with number 7.\n")
    issue_one(house, "draft:2")
    result = runner.invoke(args=["invoice", "xml", "2", "--tenant", "infosoc"])
    assert result.exit_code == 1
    assert "PEPPOL-EN16931-R010 fatal" in result.output
    assert "Error: The e-invoice of 2 may not be sent." in result.output


def test_the_command_line_finds_the_company_by_the_number_where_only_one_has_issued_it(house: World, tmp_path):
    issue_one(house)
    told = house.app.test_cli_runner().invoke
    alone = told(args=["invoice", "pdf", "1", "--out", str(tmp_path / "1.pdf")])
    assert alone.exit_code == 0, alone.output
    assert (tmp_path / "1.pdf").read_bytes().startswith(b"%PDF")
    assert "There is no invoice with number 2." in told(args=["invoice", "xml", "2"]).output
    with house.reading() as session:
        new = new_invoice(session, house, "draft:1")
    with house.writing(house.theirs) as session:
        chart.seed_chart(session, now=NOW)
        years.add_year(session, date(2024, 1, 1), date(2024, 12, 31), by=None, now=NOW)
        issue.issue(session, replace(new, company_id=make_company(session).id), by=None, now=NOW)
    both = told(args=["invoice", "pdf", "1", "--out", str(tmp_path / "2.pdf")])
    assert both.exit_code == 2
    assert "2 companies have issued 1: add --tenant infosoc or --tenant rattsdata." in both.output


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", ("Köparen måste ha en e-fakturaadress.", "Svenska regler SE-R-001 till SE-R-013", "rad ")),
        ("en", ("The buyer must have an e-invoice address.", "Swedish rules SE-R-001 to SE-R-013", "line ")),
    ],
)
def test_the_verdict_is_told_in_the_readers_language(house: World, language, said):
    page = f"/infosoc/invoices/{issue_one(house)}/e-invoice"
    text = house.client("ekman").get(page, headers={"Accept-Language": language}).text
    for one in ("PEPPOL-EN16931-R010", *said):
        assert one in text, one
