"""What payments are matched with, and what comes of it: open items, the balances left on them, proposals. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from infosoc.payments.readers.records import Payment, PaymentKind


class ItemKind(StrEnum):
    INVOICE = "invoice"
    CREDIT = "credit"  # a credit note: what is open on it lessens what the customer pays


class Certainty(StrEnum):
    EXACT = "exact"
    SUGGESTED = "suggested"
    NONE = "none"


class Why(StrEnum):
    """On what grounds; the first of these that holds is the one that is named."""

    WHOLE = "whole"  # a checked reference, and the amount is what is open
    PART = "part"  # a checked reference, and less than is open
    OVER = "over"  # a checked reference, and more than is open
    SEVERAL = "several"  # several checked references, all paid in full
    NETTED = "netted"  # a checked reference, less a credit note
    DEDUCTED = "deducted"  # a deduction that names its credit note
    PAID_BEFORE = "paid_before"  # a checked reference to an invoice on which nothing is open
    NUMBER = "number"  # numbers in what the payer has written, or checked references in which the amount does not go up
    CUSTOMER_AND_AMOUNT = "customer_and_amount"
    CUSTOMER_AND_SUM = "customer_and_sum"  # several items of the customer come to the amount
    CUSTOMER = "customer"
    AMOUNT = "amount"  # one single item has this amount
    UNKNOWN = "unknown"


class Customer(NamedTuple):
    """What a payer can be known by. Numbers without hyphen."""

    id: int
    name: str = ""
    organisation_number: str = ""
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice or credit note, and what is open on it, above zero; zero for one that has been paid."""

    id: int
    kind: ItemKind
    number: str
    customer_id: int
    open_ore: int
    due_on: date
    ocr: str = ""
    credits_id: int | None = None  # of a credit note: the invoice that it corrects

    @property
    def sign(self) -> int:
        return 1 if self.kind is ItemKind.INVOICE else -1


class Allocation(NamedTuple):
    """So much of the payment goes to the item; below zero for a credit note."""

    item_id: int
    amount_ore: int


class Proposal(NamedTuple):
    """Where the money of one payment goes. A deduction is money below zero."""

    payment: Payment
    certainty: Certainty
    why: Why
    allocations: tuple[Allocation, ...] = ()
    over_ore: int = 0
    left_ore: int = 0
    customer_id: int | None = None


def money_ore(payment: Payment) -> int:
    return payment.amount_ore if payment.kind is PaymentKind.PAYMENT else -payment.amount_ore


class Balances:
    """What is open on each item, less what the proposals so far have taken."""

    def __init__(self, items: Iterable[OpenItem], customers: Iterable[Customer] = ()) -> None:
        self.items: dict[int, OpenItem] = {}
        self.left: dict[int, int] = {}
        self.by_ocr: dict[str, OpenItem] = {}
        self.by_number: dict[str, OpenItem] = {}
        self.credits_of: dict[int, list[OpenItem]] = defaultdict(list)
        self.of_customer: dict[int, list[OpenItem]] = defaultdict(list)
        self.customers = {one.id: one for one in customers}
        for item in sorted(items, key=lambda one: (one.due_on, one.id)):
            self._add(item)

    def _add(self, item: OpenItem) -> None:
        if item.id in self.items or item.open_ore < 0:
            raise ValueError("an item is listed once, with what is open on it, not below zero")
        self.items[item.id] = item
        self.left[item.id] = item.open_ore
        self.by_number[item.number] = item
        self.of_customer[item.customer_id].append(item)
        if item.ocr:
            self.by_ocr[item.ocr] = item
        if item.credits_id is not None:
            self.credits_of[item.credits_id].append(item)

    def open_of(self, customer_id: int) -> list[OpenItem]:
        """The customer's items on which something is open, oldest due day first."""
        return [item for item in self.of_customer.get(customer_id, ()) if self.left[item.id]]

    def worth(self, item: OpenItem) -> int:
        """What is open on it, below zero for a credit note."""
        return item.sign * self.left[item.id]

    def take(self, allocations: Sequence[Allocation]) -> tuple[Allocation, ...]:
        """Use up what these take; nothing is taken twice."""
        for item_id, amount in allocations:
            item = self.items[item_id]
            if not 0 < amount * item.sign <= self.left[item_id]:
                raise ValueError(f"{amount} cannot be taken of item {item_id}")
            self.left[item_id] -= abs(amount)
        return tuple(allocations)


def credit_named(text: str, balances: Balances) -> OpenItem | None:
    """A credit note has no reference of its own: it is named by its number, or by that of the invoice it corrects."""
    item = balances.by_ocr.get(text) or balances.by_number.get(text)
    if item is None or item.kind is ItemKind.CREDIT:
        return item
    tied = [credit for credit in balances.credits_of[item.id] if balances.left[credit.id]]
    return tied[0] if len(tied) == 1 else None
