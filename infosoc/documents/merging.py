"""Several PDFs as one, for the printer."""

from __future__ import annotations

import io
from collections.abc import Iterable


def merged(papers: Iterable[bytes]) -> bytes:
    """The pages of all, in the order given; attachments and tags stay behind, for it is to be printed."""
    from pypdf import PdfReader, PdfWriter  # only who prints pays for the import

    writer = PdfWriter()
    for paper in papers:
        for page in PdfReader(io.BytesIO(paper)).pages:
            writer.add_page(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
