"""HTML to PDF by WeasyPrint, with the house's sheet and nothing fetched from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SHEET = Path(__file__).with_name("paper.css")


class FetchRefused(RuntimeError):
    """A document wanted something from outside."""


def draw(html: str) -> bytes:
    """The document as PDF; every address in it that would have to be fetched is refused."""
    from weasyprint import CSS, HTML  # half a second to import: only who draws pays

    document = HTML(string=html, url_fetcher=_refuse)
    return document.write_pdf(stylesheets=[CSS(string=SHEET.read_text(), url_fetcher=_refuse)], pdf_variant=None)


def _refuse(url: str, *_args: Any, **_more: Any) -> dict[str, Any]:
    raise FetchRefused(url)
