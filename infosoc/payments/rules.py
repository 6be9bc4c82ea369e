"""What payments are booked as, and what they are called. Pure.

Specification 4.3, rules 3, 4 and 7: money to the bank account against the claim of each invoice; what is paid beyond a
claim covers the costs (1680) and the interest (8313) that its reminders asked for, and is then the customer's credit
(2420); what nobody has found an owner for stands on the clearing account (2999).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.money import print_ore
from infosoc.kernel.words import N_
from infosoc.ledger.rules import LONGEST_TEXT, NO_VAT, NewLine, NewVoucher

BANK, CUSTOMER_CREDIT, CLEARING = 1930, 2420, 2999
LATE_COSTS, LATE_INTEREST = 1680, 8313
SERIES, IMPORT_RULE, MATCH_RULE, LUMP_RULE = "C", "bank-file/1", "payment-match/1", "deposit-by-hand/1"
LUMP = "lump"  # the kind of a payment that is a whole deposit, split by hand
# What invoices, payments and reminders keep themselves: with anything else on these, the ledgers no longer agree.
KEPT_ACCOUNTS = frozenset({1510, 1560, CUSTOMER_CREDIT, CLEARING, LATE_COSTS})


class Use(StrEnum):
    """What a part of a payment went to."""

    INVOICE = "invoice"
    CREDIT = "credit"
    PAID_BACK = "paid_back"
    COSTS = "costs"  # fees and compensation that reminders of an invoice have asked for
    INTEREST = "interest"  # late interest on an invoice
    ACCOUNT = "account"  # no customer's money: another account of the chart
    WITHDRAWN = "withdrawn"  # a deposit that had been settled by hand waits for its payments again


USE_LABELS = {
    Use.INVOICE: N_("Invoice"), Use.CREDIT: N_("Customer's credit"), Use.PAID_BACK: N_("Paid back"),
    Use.COSTS: N_("Reminder costs of invoice"), Use.INTEREST: N_("Late interest on invoice"),
    Use.ACCOUNT: N_("Account"), Use.WITHDRAWN: N_("Split undone"),
}  # fmt: skip
# Where a part is booked that does not go to an invoice itself.
ACCOUNT_OF = {Use.CREDIT: CUSTOMER_CREDIT, Use.COSTS: LATE_COSTS, Use.INTEREST: LATE_INTEREST}


class PaymentState(StrEnum):
    """How far a payment has come; of what is left of it, and whether somebody has set it aside."""

    MATCHED = "matched"
    PART = "part"
    UNMATCHED = "unmatched"
    SET_ASIDE = "set_aside"


STATE_LABELS = {
    PaymentState.MATCHED: N_("Matched"), PaymentState.PART: N_("Matched in part"),
    PaymentState.UNMATCHED: N_("Unmatched"), PaymentState.SET_ASIDE: N_("Set aside"),
}  # fmt: skip
STATE_MARKS = {
    PaymentState.MATCHED: "ok", PaymentState.PART: "waiting", PaymentState.UNMATCHED: "warning",
    PaymentState.SET_ASIDE: "muted",
}  # fmt: skip


class FileState(StrEnum):
    """How far a bank file has come."""

    READ = "read"
    POSTING = "posting"
    POSTED = "posted"


FILE_STATE_LABELS = {
    FileState.READ: N_("Read, not posted"), FileState.POSTING: N_("Posting"), FileState.POSTED: N_("Posted"),
}  # fmt: skip
FILE_STATE_MARKS = {FileState.READ: "waiting", FileState.POSTING: "running", FileState.POSTED: "ok"}


class NothingToPlace(Invalid):
    message = N_("Enter how much of the payment goes where.")


class MoreThanPaid(Refused):
    message = N_("There is %(left)s kr left of the payment, and %(wanted)s kr was to be used.")


class MoreThanCredit(Refused):
    message = N_("The customer's credit is %(left)s kr, and you want to use %(wanted)s kr.")


class WrongWay(Invalid):
    message = N_("A credit note is used with a minus sign, an invoice without.")


@dataclass(frozen=True)
class Part:
    """So much of a payment, and where it goes: the account that it is booked on in the end.

    Negative for a credit note that is used up, and for a customer's credit that is taken from. `earliest` is the day
    before which it was not owed.
    """

    use: Use
    amount_ore: int
    account: int
    text: str = ""
    invoice_id: int | None = None
    company_id: int | None = None
    earliest: date | None = None


def state_of(amount_ore: int, left_ore: int, *, is_set_aside: bool) -> PaymentState:
    if left_ore == 0:
        return PaymentState.MATCHED
    if is_set_aside:
        return PaymentState.SET_ASIDE
    return PaymentState.UNMATCHED if left_ore == amount_ore else PaymentState.PART


def check_parts(left_ore: int, amount_ore: int, parts: Sequence[Part]) -> None:
    """Together the parts leave between nothing and the whole of the payment."""
    total = sum(part.amount_ore for part in parts)
    if not parts or any(part.amount_ore == 0 for part in parts):
        raise NothingToPlace
    low, high = sorted((0, amount_ore))
    if not low <= left_ore - total <= high:
        raise MoreThanPaid(left=print_ore(left_ore), wanted=print_ore(total))


def together(account: int, payments: Iterable[tuple[int, Sequence[Part], str]]) -> list[NewLine]:
    """The lines of a deposit: its sum on one account, and of each payment its parts, and what is left to clear.

    Each payment is its amount, its parts, and what is said of the rest of it.
    """
    total, made = 0, []
    for amount_ore, parts, left_text in payments:
        total += amount_ore
        rest = amount_ore
        for part in parts:
            rest -= part.amount_ore
            made.append(NewLine(part.account, -part.amount_ore, NO_VAT, part.text[:LONGEST_TEXT]))
        if rest:
            made.append(NewLine(CLEARING, -rest, NO_VAT, left_text[:LONGEST_TEXT]))
    return [NewLine(account, total, NO_VAT), *made] if total else made


def moved_lines(parts: Sequence[Part], *, text: str) -> list[NewLine]:
    """What has stood on the clearing account goes to its parts."""
    total = sum(part.amount_ore for part in parts)
    made = [NewLine(CLEARING, total, NO_VAT, text[:LONGEST_TEXT])] if total else []
    return made + [NewLine(part.account, -part.amount_ore, NO_VAT, part.text[:LONGEST_TEXT]) for part in parts]


def voucher(on: date, text: str, posted: list[NewLine], *, source: str, rule: str, documents: str = "") -> NewVoucher:
    return NewVoucher(SERIES, on, text[:LONGEST_TEXT], posted, source, documents=documents[:LONGEST_TEXT], rule=rule)
