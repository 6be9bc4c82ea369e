"""Credit notes: the whole of an invoice, exactly as it was, or a part; never more than there is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from infosoc.invoicing.rules.record import Credited, Heading, Invoice, Kind, Terms, check
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_


class CreditsTooMuch(Refused):
    message = N_("There is less left of invoice %(number)s than the credit note takes back.")


class NotAnInvoice(Refused):
    message = N_("%(number)s is a credit note: it cannot be credited.")


def whole(original: Invoice, *, number: str, issued_on: date, reason: str) -> Invoice:
    """All of an invoice taken back: the same rows and amounts, rounding included, so that both together are nothing."""
    credit = replace(
        original,
        heading=replace(original.heading, kind=Kind.CREDIT_NOTE, number=number, issued_on=issued_on, note=""),
        terms=Terms(issued_on, 0),
        credited=credited(original, reason),
    )
    check(credit)
    return credit


def credited(original: Invoice, reason: str) -> Credited:
    """How a credit note names its invoice."""
    if original.is_credit_note:
        raise NotAnInvoice(number=original.heading.number)
    return Credited(original.heading.number, original.heading.issued_on, reason)


def heading(original: Invoice, *, number: str, issued_on: date) -> Heading:
    """The heading of a credit note of a part; its rows are chosen and counted like any invoice's."""
    return Heading(Kind.CREDIT_NOTE, number, issued_on, original.heading.language)


def evened(original: Invoice, earlier: Sequence[Invoice], new: Invoice) -> Invoice:
    """A credit note of a part, so rounded that the notes of an invoice come to what was to be paid for it, to the öre.

    The one that takes back the last of every rate has what the others left as its amount: each of them has rounded by
    itself, to kronor or its VAT to öre. No other takes back more by such a rounding than there is.
    """
    left = original.payable_ore - sum(note.payable_ore for note in earlier)
    notes = [*earlier, new]
    codes = {group.vat_code for one in (original, *notes) for group in one.groups}
    rests = [_base(original, code) - sum(_base(note, code) for note in notes) for code in codes]
    if left < 0 or min(rests, default=-1) < 0:
        return new  # more than was invoiced, which `check_left` refuses
    payable = min(new.payable_ore, left) if any(rests) else left
    return replace(new, payable_ore=payable, rounding_ore=payable - new.net_ore - new.vat_ore)


def check_left(original: Invoice, earlier: Sequence[Invoice], new: Invoice) -> None:
    """Refuse a credit note that takes back more than is left, in all or of any rate of VAT."""
    notes = [*earlier, new]
    too_much = sum(note.payable_ore for note in notes) > original.payable_ore
    for code in {group.vat_code for note in notes for group in note.groups}:
        bases = sum(_base(note, code) for note in notes)
        too_much = too_much or bases > _base(original, code)
    if too_much:
        raise CreditsTooMuch(number=original.heading.number)


def _base(invoice: Invoice, code: str) -> int:
    return sum(group.base_ore for group in invoice.groups if group.vat_code == code)
