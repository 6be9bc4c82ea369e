"""The invoice as PDF: what the law wants printed, one to three pages, the same bytes, nothing fetched."""

from __future__ import annotations

import io
import socket
from dataclasses import replace

import pytest
from pypdf import PdfReader

from infosoc.invoicing import paper
from infosoc.invoicing.peppol.write import to_ubl
from infosoc.invoicing.rules.archive import from_json, to_json
from tests.invoicing import samples

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def drawn(app):
    def draw(invoice, **more):
        with app.app_context():
            return PdfReader(io.BytesIO(paper.pdf(invoice, **more)))

    return draw


def words(reader, page=None):
    pages = reader.pages if page is None else [reader.pages[page]]
    return " ".join(" ".join(one.extract_text() for one in pages).split()).replace("\xa0", " ")


def test_everything_the_law_asks_for_is_printed(drawn):
    text = words(drawn(samples.invoice()))
    for fact in (
        "Faktura", "10001", "Fakturadatum 2026-01-15", "SE559999999101", "SE556677889901", "Infosoc Exempel AB",
        "Vasagatan 12", "111 20 Stockholm", "Hagströms Hemtjänst AB", "Storgatan 4", "903 26 Umeå", "12 mån",
        "1 250,00", "10,5 %", "2026-01-01 – 2026-12-31", "Moms 25 % på 23 612,60", "5 903,15", "Moms 6 % på 299,50",
        "17,97", "Org.nr 559999-9991", "Säte: Stockholm", "Godkänd för F-skatt", "29 833,22 kr", "991-2346", "1000173",
        "2026-02-14", "Ref 4711", "IO-2026-17", "Ange OCR-numret när du betalar.",
    ):  # fmt: skip
        assert fact in text, fact


def test_english_is_english(drawn):
    text = words(drawn(samples.ALL["service to the EU"]()))
    for fact in (
        "Invoice",
        "Denmark",
        "Reverse charge, Article 196 of Directive 2006/112/EC",
        "SEK 500.00",
        "DK12345674",
    ):
        assert fact in text, fact
    assert "No VAT on 500.00 0.00" in text
    assert "Moms" not in text


def test_a_credit_note_says_what_it_changes_and_asks_for_nothing(drawn):
    text = words(drawn(samples.credit_note()))
    assert "Kreditfaktura" in text
    assert "Krediterar faktura 10001, 2026-01-15" in text
    assert "Fakturadatum" not in text  # whose it would be could be taken either way
    assert "Avtalet upphörde den 31 december." in text
    assert "Att betala" not in text
    assert "Bankgiro" not in text


@pytest.mark.parametrize(("lines", "pages"), [(4, 1), (10, 2), (24, 2), (42, 3)])
def test_long_invoices_have_headings_numbers_and_the_payment_at_the_end(drawn, lines, pages):
    reader = drawn(samples.long(lines))
    assert len(reader.pages) == pages
    for number in range(pages):
        text = words(reader, number)
        assert f"Sida {number + 1} av {pages}" in text
        assert "Beskrivning Antal À-pris" in text
        assert "Momsreg.nr" in text
        assert ("Faktura 10001 · Infosoc Exempel AB" in text) == (number > 0)
        assert ("OCR-nummer" in text) == ("Summa exkl. moms" in text) == (number == pages - 1)


@pytest.mark.parametrize("lines", [7, 8, 9, 27, 28])
def test_the_payment_never_lies_over_the_total(drawn, lines):
    heights = {}

    def note(text, cm, tm, *_):
        for word in ("Att betala", "Betalning"):
            if text.strip() == word:
                heights.setdefault(word, cm[3] * tm[5] + cm[5])

    drawn(samples.long(lines)).pages[-1].extract_text(visitor_text=note)
    assert heights["Att betala"] > heights["Betalning"] + 15


def test_it_is_made_for_keeping_and_for_screen_readers(drawn):
    reader = drawn(samples.invoice())
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "sv"
    assert "/StructTreeRoot" in catalogue
    assert "/OutputIntents" in catalogue
    metadata = catalogue["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in metadata or "<pdfaid:part>3<" in metadata
    assert reader.metadata.title == "Faktura 10001"


def test_pictures_ask_for_no_smoothing_which_pdf_a_forbids(app):
    dot = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Erk"
        "Jggg=="
    )
    with app.app_context():
        content = paper.pdf(samples.invoice(seller=replace(samples.SELLER, logo=dot)))
    assert content.count(b"/Subtype /Image") >= 2
    assert b"/Interpolate true" not in content


def test_the_peppol_file_is_inside(drawn):
    ubl = to_ubl(samples.invoice())
    reader = drawn(samples.invoice(), ubl=ubl)
    assert reader.attachments == {"10001.xml": [ubl]}
    assert len(drawn(samples.invoice()).attachments) == 0


def test_the_same_record_gives_the_same_bytes_and_another_other_ones(app):
    invoice = samples.invoice()
    ubl = to_ubl(invoice)
    with app.app_context():
        first = paper.pdf(invoice, ubl=ubl)
        assert paper.pdf(from_json(to_json(invoice)), ubl=ubl) == first
        assert paper.pdf(replace(invoice, net_ore=1), ubl=ubl) != first


def test_nothing_is_fetched_for_it(app):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        logo = f"http://127.0.0.1:{server.getsockname()[1]}/logo.png"
        with app.app_context():
            assert paper.pdf(samples.invoice(seller=replace(samples.SELLER, logo=logo)))
        with pytest.raises(TimeoutError):
            server.accept()


def test_signs_of_html_in_names_are_only_signs(drawn):
    text = words(drawn(samples.invoice(buyer=replace(samples.BUYER, name="<b>Åkeri</b> & Söner"))))
    assert "<b>Åkeri</b> & Söner" in text
