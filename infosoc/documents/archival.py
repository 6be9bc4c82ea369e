"""Papers that are kept: PDF/A-3, tagged for screen readers, with files attached, and the same bytes every time.

Nothing is fetched: pictures come as `data:` addresses inside the HTML, everything else is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_


class NoPango(Refused):
    message = N_(
        "PDFs cannot be drawn here: the library Pango is missing. Install libpango-1.0-0 and libpangoft2-1.0-0."
    )


@dataclass(frozen=True)
class Attached:
    """A file inside the PDF; `relationship` is that of PDF/A-3 (Alternative: the same content in another form)."""

    name: str
    content: bytes
    description: str
    relationship: str = "Alternative"


def draw_archival(html: str, sheet: str, *, made_on: date, attached: Sequence[Attached] = ()) -> bytes:
    """The document as PDF/A-3a. All dates inside are `made_on`, and its identifier is a digest of what is drawn."""
    try:
        from weasyprint import CSS, HTML, Attachment  # type: ignore[import-untyped]
        from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]
    except OSError as error:
        raise NoPango from error
    at = datetime.combine(made_on, time(12), UTC)
    inside = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    files = [
        Attachment(
            string=one.content, name=one.name, description=one.description, created=at, modified=at,
            relationship=one.relationship,
        )
        for one in attached
    ]  # fmt: skip
    digest = hashlib.sha256("\0".join((html, sheet)).encode())
    for one in attached:
        digest.update(one.content)
    return HTML(string=html, url_fetcher=inside).write_pdf(
        stylesheets=[CSS(string=sheet, url_fetcher=inside)], attachments=files, pdf_variant="pdf/a-3a",
        pdf_identifier=digest.digest()[:16],
    )  # fmt: skip
