"""A letter as a final record: everything that is printed, as plain values. Amounts are whole öre. Pure.

What a collection demand must say (inkassolagen 5 §) is in it: who asks whom, principal, interest with its rate and
first day, costs, and until when it is to be paid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from infosoc.invoicing.rules.record import Invoice, Party, Seller
from infosoc.kernel.errors import Refused
from infosoc.kernel.money import print_input
from infosoc.kernel.words import N_
from infosoc.reminders.rules.interest import Span
from infosoc.reminders.rules.steps import Letter, StepKind


class NoAddress(Refused):
    message = N_("The customer has neither an e-mail address for invoices nor a postal address.")


@dataclass(frozen=True)
class InterestRow:
    """Days, both included, with one principal and one rate (per cent a year, as it is typed: 12 or 11,5)."""

    first: date
    last: date
    principal_ore: int
    percent: str
    amount_ore: int


@dataclass(frozen=True)
class Printed:
    """One letter about one invoice."""

    kind: str
    written_on: date
    pay_by: date
    language: str
    seller: Seller
    buyer: Party
    invoice_number: str
    issued_on: date
    due_on: date
    ocr: str
    reference: str
    customer_number: str
    principal_ore: int
    open_ore: int
    interest: tuple[InterestRow, ...]
    interest_ore: int
    fees_ore: int
    compensation_ore: int
    paid_ore: int  # of costs and interest, before
    to_pay_ore: int
    version: int = field(default=1)  # of this record's form

    @property
    def is_demand(self) -> bool:
        return self.kind == StepKind.COLLECTION_DEMAND

    @property
    def settled_ore(self) -> int:
        """What has been paid or credited of the invoice."""
        return self.principal_ore - self.open_ore


def printed(letter: Letter, invoice: Invoice, buyer: Party, *, on: date, paid_ore: int, to_pay_ore: int) -> Printed:
    """The letter with what it takes from the invoice itself."""
    return Printed(
        letter.step.kind.value, on, letter.pay_by, invoice.heading.language, invoice.seller, buyer,
        invoice.heading.number, invoice.heading.issued_on, invoice.terms.due_on, invoice.terms.ocr,
        invoice.references.buyer, invoice.references.customer_number, letter.claim.principal_ore, letter.claim.open_ore,
        tuple(_joined(letter.interest.spans)), letter.interest.total_ore, letter.costs.fees_ore,
        letter.costs.compensation_ore, paid_ore, to_pay_ore,
    )  # fmt: skip


def _joined(spans: Iterable[Span]) -> list[InterestRow]:
    """Half-years with one rate and principal are read as one."""
    rows: list[InterestRow] = []
    for one in spans:
        percent = print_input(int(one.percent * 100)).removesuffix(",00")
        row = InterestRow(one.first, one.last, one.principal_ore, percent, one.amount_ore)
        if rows and (rows[-1].percent, rows[-1].principal_ore) == (row.percent, row.principal_ore):
            before = rows.pop()
            row = replace(before, last=row.last, amount_ore=before.amount_ore + row.amount_ore)
        rows.append(row)
    return rows


def has_address(party: Party) -> bool:
    """Whether a letter by post would find its way."""
    return bool(party.address.city and (party.address.postal_code or party.address.country != "SE"))
