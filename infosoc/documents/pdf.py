"""HTML to PDF by WeasyPrint, with the house's sheet and nothing fetched from anywhere."""

from __future__ import annotations

from pathlib import Path

SHEET = Path(__file__).with_name("paper.css")


def draw(html: str) -> bytes:
    """The document as PDF. What it names in other places (a picture, a sheet, a file) is left out, never fetched."""
    from weasyprint import CSS, HTML  # half a second to import: only who draws pays
    from weasyprint.urls import URLFetcher

    nothing = URLFetcher(allowed_protocols=(), allow_redirects=False)
    document = HTML(string=html, url_fetcher=nothing)
    return document.write_pdf(stylesheets=[CSS(string=SHEET.read_text(), url_fetcher=nothing)])
