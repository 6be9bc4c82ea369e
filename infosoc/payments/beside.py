"""What is owed beside an invoice: fees, compensation and interest that letters have asked for.

Payments stand below reminders, so these say here how much of it there is, and are told what has been paid of it. Money
beyond the invoice covers costs first and then interest (handelsbalken 9 kap. 5 §: interest goes before what is lent);
only what is left after that is the customer's credit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from infosoc.payments import rules
from infosoc.payments.rules import Part, Use


@dataclass
class Owed:
    """Beside one invoice, in öre; `since` is the day from which all of it was asked for."""

    costs_ore: int = 0
    interest_ore: int = 0
    since: date | None = None

    @property
    def total_ore(self) -> int:
        return self.costs_ore + self.interest_ore

    def take(self, ore: int) -> list[tuple[Use, int]]:
        """Use money up, as far as it goes: what is taken is owed no more."""
        costs = min(ore, self.costs_ore)
        interest = min(ore - costs, self.interest_ore)
        self.costs_ore -= costs
        self.interest_ore -= interest
        return [(use, part) for use, part in ((Use.COSTS, costs), (Use.INTEREST, interest)) if part]


@dataclass(frozen=True, slots=True)
class PaidBeside:
    """A part of a payment that went beside an invoice, by its allocation; negative when it is taken back."""

    allocation_id: int
    invoice_id: int
    use: Use
    amount_ore: int
    on: date
    voucher_id: int | None


Owing = Callable[[Session, Collection[int], date], dict[int, Owed]]
Told = Callable[[Session, Sequence[PaidBeside], int | None, datetime], None]
_OWING: list[Owing] = []
_TOLD: list[Told] = []


def kept_by(owing: Owing, told: Told) -> None:
    """Whoever asks for money beside invoices says here how much, and is told of what has been paid."""
    _OWING.append(owing)
    _TOLD.append(told)


def owed(session: Session, invoice_ids: Collection[int], *, on: date) -> dict[int, Owed]:
    """What had been asked for by a day and is not paid, of those of the invoices that have any."""
    found: dict[int, Owed] = {}
    for owing in _OWING if invoice_ids else ():
        found |= owing(session, invoice_ids, on)
    return found


def note(
    session: Session, placed: Iterable[tuple[int, Part, int | None]], *, on: date, by: int | None, now: datetime
) -> None:
    """Tell of what of these went beside invoices: allocations with their parts and vouchers."""
    paid = [
        PaidBeside(at, part.invoice_id, part.use, part.amount_ore, on, voucher_id)
        for at, part, voucher_id in placed
        if part.use in (Use.COSTS, Use.INTEREST) and part.invoice_id is not None
    ]
    for told in _TOLD if paid else ():
        told(session, paid, by, now)


def parts(owing: Owed | None, ore: int, *, invoice_id: int, company_id: int | None, about: str) -> list[Part]:
    """The parts of so much money that go beside an invoice: at most what is owed there."""
    words = {Use.COSTS: "Påminnelsekostnader", Use.INTEREST: "Dröjsmålsränta"}
    return [
        Part(use, part, rules.ACCOUNT_OF[use], f"{words[use]} {about}", invoice_id, company_id, owing.since)
        for use, part in owing.take(ore)
    ] if owing else []  # fmt: skip
