"""The square code that a bank's app reads: UsingQR revision 2 (specification 3.11), drawn as PNG."""

from __future__ import annotations

import base64
import io
import json

from infosoc.invoicing.rules.accounts import format_bankgiro, format_plusgiro, is_bankgiro, is_plusgiro
from infosoc.invoicing.rules.record import Invoice
from infosoc.kernel.identity import format_org_number
from infosoc.kernel.money import ORE

QUIET_ZONE = 4  # modules; the standard's least
# Readers take any of the eight patterns that may be laid over a code. To try them all took as long as everything else
# that is composed for a paper, and they differ little.
PATTERN = 3
DOTS = 6  # a module; sharp edges even where a viewer smooths pictures


def payload(invoice: Invoice) -> str | None:
    """What the code says, in plain ASCII; none for a credit note, for nothing to pay, or without a sound account."""
    account = _account(invoice)
    if invoice.is_credit_note or invoice.payable_ore <= 0 or account is None:
        return None
    kind, number = account
    kronor, rest = divmod(invoice.payable_ore, ORE)
    facts = {
        "uqr": 1, "tp": 1, "nme": invoice.seller.party.name, "cid": format_org_number(invoice.seller.party.org_number),
        "iref": invoice.terms.ocr or invoice.heading.number, "idt": f"{invoice.heading.issued_on:%Y%m%d}",
        "ddt": f"{invoice.terms.due_on:%Y%m%d}", "due": "@", "pt": kind, "acc": number,
    }  # fmt: skip
    due = f"{kronor}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(kronor)
    return json.dumps(facts, separators=(",", ":")).replace('"@"', due, 1)  # never through a float


def picture(invoice: Invoice) -> str | None:
    """The code as a `data:` address of a PNG: a picture of a thousand small paths takes a tenth of a paper's time."""
    said = payload(invoice)
    if said is None:
        return None
    import segno  # only where papers are composed

    drawn = io.BytesIO()
    code = segno.make(said, micro=False, error="m", mode="byte", boost_error=False, mask=PATTERN)
    code.save(drawn, kind="png", border=QUIET_ZONE, scale=DOTS)
    return f"data:image/png;base64,{base64.b64encode(drawn.getvalue()).decode()}"


def _account(invoice: Invoice) -> tuple[str, str] | None:
    seller = invoice.seller
    if not seller.party.org_number:
        return None
    if is_bankgiro(seller.bankgiro):
        return "BG", format_bankgiro(seller.bankgiro)
    if is_plusgiro(seller.plusgiro):
        return "PG", format_plusgiro(seller.plusgiro)
    return ("IBAN", seller.iban) if seller.iban else None
