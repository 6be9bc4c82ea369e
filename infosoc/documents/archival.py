"""Papers that are kept: PDF/A-3, tagged for screen readers, with files attached, and the same bytes every time.

Nothing is fetched: pictures come as `data:` addresses inside the HTML, everything else is left out.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_

# What a process draws with is used by one thread at a time; two would be no quicker, for drawing is all Python.
_turn = threading.Lock()


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


@dataclass(frozen=True)
class Drawing:
    """All that a paper is drawn of. The same drawing gives the same bytes."""

    html: str
    sheet: str
    made_on: date
    attached: tuple[Attached, ...] = ()

    @property
    def identity(self) -> bytes:
        """A digest of what is drawn; the PDF's identifier."""
        digest = hashlib.sha256("\0".join((self.html, self.sheet)).encode())
        for one in self.attached:
            digest.update(one.content)
        return digest.digest()[:16]


def draw_archival(drawing: Drawing) -> bytes:
    """The document as PDF/A-3a. All dates inside are `made_on`, and its identifier is a digest of what is drawn."""
    with _turn:
        library = _library()
        fonts, sheet = _prepared(drawing.sheet)
        return library.HTML(string=drawing.html, url_fetcher=_inside()).write_pdf(
            stylesheets=[sheet], font_config=fonts, attachments=_attachments(drawing), pdf_variant="pdf/a-3a",
            pdf_identifier=drawing.identity,
        )  # fmt: skip


def _library() -> Any:
    try:
        import weasyprint  # half a second to import: only who draws pays
    except OSError as error:
        raise NoPango from error
    return weasyprint


@cache
def _inside() -> Any:
    """Only what stands in the document itself is read."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=("data",), allow_redirects=False)


@cache
def _prepared(sheet: str) -> tuple[Any, Any]:
    """The fonts that are found once, and the sheet that is read once, in the life of a process."""
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    return fonts, _library().CSS(string=sheet, url_fetcher=_inside(), font_config=fonts)


def _attachments(drawing: Drawing) -> list[Any]:
    at = datetime.combine(drawing.made_on, time(12), UTC)
    return [
        _library().Attachment(
            string=one.content, name=one.name, description=one.description, created=at, modified=at,
            relationship=one.relationship,
        )
        for one in drawing.attached
    ]  # fmt: skip
