"""A draft on paper, for looking at: the invoice as it would be, marked across the page as what it is."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import force_locale, gettext

from infosoc.documents.archival import draw_archival
from infosoc.invoicing import paper
from infosoc.invoicing.rules.record import Invoice

# A fixed box is drawn on every page. Light enough to read through, dark enough for any printer.
_MARK = """
body::after {{ content: "{word}"; position: fixed; top: 100mm; left: 0; width: 172mm; text-align: center;
  font-size: 84pt; font-weight: 600; letter-spacing: 6mm; color: rgba(60, 60, 60, 0.11); transform: rotate(-32deg); }}
"""


def pdf(invoice: Invoice) -> bytes:
    """The draft as PDF. It has no number, no OCR and nothing to scan, so that nobody can pay it."""
    with force_locale(invoice.heading.language):
        word = gettext("Draft")
    seller = replace(invoice.seller, bankgiro="", plusgiro="", iban="", bic="")
    marked = replace(invoice, heading=replace(invoice.heading, number=word), seller=seller)
    drawn = paper.drawing(marked)
    return draw_archival(replace(drawn, sheet=drawn.sheet + _MARK.format(word=word.upper())))
