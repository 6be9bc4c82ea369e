"""The Peppol file of an issued invoice, with what the check of it said. The same record gives the same file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infosoc.invoicing.peppol.findings import Verdict
from infosoc.invoicing.rules.record import Invoice
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_


class MayNotBeSent(Refused):
    message = N_("The e-invoice of %(number)s may not be sent: %(reasons)s")


@dataclass(frozen=True)
class EInvoice:
    """The file, and layer by layer what is wrong with it or was not checked."""

    number: str
    content: bytes
    verdict: Verdict

    @property
    def file_name(self) -> str:
        return f"{self.number}.xml"

    @property
    def reasons(self) -> list[str]:
        """Why it may not be sent, in the rules' own words (English, as the network writes them)."""
        broken = [f"{one.rule}: {one.text}" for one in self.verdict.fatal]
        unasked = [f"{one.title}: {one.state}" for one in self.verdict.layers if one.not_checked and one.is_wanted]
        return broken + unasked


def made(invoice: Invoice, *, rule_folder: Path) -> EInvoice:
    """The file, checked by every layer there is."""
    # lxml and the rules stay out of processes that send nothing.
    from infosoc.invoicing.peppol.validate import validate
    from infosoc.invoicing.peppol.write import to_ubl

    content = to_ubl(invoice)
    return EInvoice(invoice.heading.number, content, validate(content, rule_folder=rule_folder))


def sendable(invoice: Invoice, *, rule_folder: Path) -> EInvoice:
    """The same, or `MayNotBeSent` with the rules that are broken."""
    file = made(invoice, rule_folder=rule_folder)
    if not file.verdict.may_be_sent:
        raise MayNotBeSent(number=file.number, reasons=" ".join(file.reasons))
    return file
