"""What every bank file is read into, whichever its format. Amounts are whole öre and positive; the kind tells the sign.

A reader gives a `Head`, then per section an `Opening`, its `Payment`s and a `Deposit`, or a `Refusal` in their place.
`Remark`s come in between. A file is good only when the reader has come to its end without an error: whoever writes
what it gives must be able to take it back.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from infosoc.kernel.errors import DomainError

SEK = "SEK"


class BankFormat(StrEnum):
    BGMAX = "bgmax"
    CAMT_053 = "camt.053"
    CAMT_054 = "camt.054"


class PaymentKind(StrEnum):
    PAYMENT = "payment"
    DEDUCTION = "deduction"  # a credit note that the payer makes use of


class ReferenceKind(StrEnum):
    CHECKED = "checked"  # stated as a reference, and checked or structured by the bank: may be matched by itself
    FREE = "free"  # what the payer has written: grounds for a suggestion


class Head(NamedTuple):
    """The file itself. `file_id` is the bank's; banks do not promise that it is unique."""

    format: BankFormat
    version: str
    file_id: str
    is_test: bool = False


class Opening(NamedTuple):
    """A section begins: a deposit in BgMax, an entry of the account in camt."""

    section: int
    line: int
    account: str  # bankgiro or plusgiro without hyphen, IBAN, or the bank's own number
    currency: str = SEK
    statement: str = ""


class Reference(NamedTuple):
    """What a payment says that it pays. An amount below zero is that of a credit note."""

    text: str
    kind: ReferenceKind
    amount_ore: int | None = None
    is_credit: bool = False


class Payer(NamedTuple):
    """Who has paid, as far as the bank tells. Personal data when the payer is a person."""

    name: str = ""
    extra_name: str = ""
    address: str = ""
    post_code: str = ""
    town: str = ""
    country: str = ""
    organisation_number: str = ""
    account: str = ""


class Payment(NamedTuple):
    """One payment or deduction of the section that is open."""

    line: int
    kind: PaymentKind
    amount_ore: int
    references: tuple[Reference, ...]
    texts: tuple[str, ...]
    payer: Payer
    serial: str  # the bank's own number of the payment; empty where it has none
    account: str = ""  # where it was sent, when that is another number than the section's
    is_last_part: bool | None = None  # of a deduction: None for the whole of it, False when more is to come


class Deposit(NamedTuple):
    """The section ends: what came to the account, on which day. Without payments when their details come elsewhere."""

    section: int
    line: int
    amount_ore: int
    paid_on: date
    serial: str
    bank_account: str
    payments: int


class Withdrawal(NamedTuple):
    """An entry of a statement that takes from the account: no payment from a customer, but part of the balance."""

    section: int
    line: int
    amount_ore: int
    is_reversal: bool


class Refusal(NamedTuple):
    """A section that is left out, and why. The rest of the file is good."""

    section: int
    line: int
    error: DomainError
    payments: int = 0


class Remark(NamedTuple):
    """Something to look at, which stops nothing."""

    line: int
    error: DomainError


Event = Head | Opening | Payment | Deposit | Withdrawal | Refusal | Remark
