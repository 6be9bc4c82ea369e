"""What a payment probably pays, when no checked reference decides it: for a person to confirm. Pure.

In this order: numbers that the payer has written; the customer, and an item or items that come to the amount; the
customer alone; an amount that only one single item has.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, combinations

from infosoc.payments.open_items import Allocation, Balances, Certainty, OpenItem, Proposal, Why, money_ore
from infosoc.payments.readers.records import Payer, Payment

SHORTEST_NUMBER = 4  # shorter ones stand in texts for all kinds of reasons
MOST_COMBINED = 8  # items whose every combination is tried; 255 sums
_TOKEN = re.compile(r"[0-9A-Za-zÅÄÖåäö]+(?:[-/][0-9A-Za-zÅÄÖåäö]+)*")
_DIGITS = re.compile(r"\d+")
_LEGAL_FORM = re.compile(r"\b(ab|aktiebolag|hb|kb|publ)\b")


class Suggestions:
    """Makes suggestions of what is left on the items; what one takes, the next does not get."""

    def __init__(self, balances: Balances) -> None:
        self.balances = balances
        self.by_amount: dict[int, list[OpenItem]] = defaultdict(list)
        for item in balances.items.values():
            if balances.left[item.id]:
                self.by_amount[balances.worth(item)].append(item)
        self.by_number = _unique((_ten_digits(one.organisation_number), one.id) for one in balances.customers.values())
        self.by_account = _unique((account, one.id) for one in balances.customers.values() for account in one.accounts)
        self.by_name = _unique((_plain(one.name), one.id) for one in balances.customers.values())

    def make(self, payment: Payment) -> Proposal:
        """The best suggestion, or the plain word that there is none."""
        money, customer_id = money_ore(payment), self._customer(payment.payer)
        if money == 0:
            return Proposal(payment, Certainty.NONE, Why.UNKNOWN)
        if named := self._named(payment, customer_id):
            return self._by_numbers(payment, named)
        if customer_id is not None:
            return self._by_customer(payment, customer_id)
        alone = self.by_amount.get(money, ())
        if len(alone) == 1 and self.balances.worth(alone[0]) == money:
            return self._suggested(payment, Why.AMOUNT, _whole(alone, self.balances), alone[0].customer_id)
        return Proposal(payment, Certainty.NONE, Why.UNKNOWN, (), 0, money)

    def _customer(self, payer: Payer) -> int | None:
        found = self.by_number.get(_ten_digits(payer.organisation_number)) if payer.organisation_number else None
        if found is None and payer.account:
            found = self.by_account.get(payer.account)
        if found is None and payer.name:
            found = self.by_name.get(_plain(payer.name))
        return found

    def _named(self, payment: Payment, customer_id: int | None) -> list[OpenItem]:
        """Open items whose numbers stand in the payment, in that order; those of the payer alone, if there are any."""
        balances, found = self.balances, {}
        for token in _tokens([*(one.text for one in payment.references), *payment.texts]):
            item = balances.by_ocr.get(token) or balances.by_number.get(token)
            if item and balances.left[item.id]:
                found[item.id] = item
        payers = [item for item in found.values() if item.customer_id == customer_id]
        return payers or list(found.values())

    def _by_numbers(self, payment: Payment, named: list[OpenItem]) -> Proposal:
        """The whole of all that is named when it comes to the amount; else one after the other while there is money."""
        balances, money = self.balances, money_ore(payment)
        customers = {item.customer_id for item in named}
        customer_id = customers.pop() if len(customers) == 1 else None
        whole = _whole(named, balances)
        if sum(amount for _, amount in whole) == money:
            return self._suggested(payment, Why.NUMBER, whole, customer_id)
        # Credit notes are made use of only where the invoices need more than the payment; a deduction takes them alone.
        has_use = money < 0 or sum(amount for _, amount in whole) > money
        credits = [item for item in named if item.sign < 0 and has_use]
        parts = [] if money < 0 else _whole(credits, balances)
        room = money - sum(amount for _, amount in parts)
        for item in credits if money < 0 else [one for one in named if one.sign > 0]:
            if room:
                parts.append(Allocation(item.id, _towards(room, balances.worth(item))))
                room -= parts[-1].amount_ore
        return self._suggested(payment, Why.NUMBER, parts, customer_id)

    def _by_customer(self, payment: Payment, customer_id: int) -> Proposal:
        money, items = money_ore(payment), self.balances.open_of(customer_id)
        for item in items:
            if self.balances.worth(item) == money:
                why = Why.CUSTOMER_AND_AMOUNT
                return self._suggested(payment, why, _whole([item], self.balances), customer_id)
        if chosen := self._sum(items, money):
            return self._suggested(payment, Why.CUSTOMER_AND_SUM, _whole(chosen, self.balances), customer_id)
        return self._suggested(payment, Why.CUSTOMER, (), customer_id)

    def _sum(self, items: Sequence[OpenItem], money: int) -> Sequence[OpenItem]:
        """The items that come to the amount: the oldest so many of them, or else the fewest of the oldest few."""
        worths = [self.balances.worth(item) for item in items]
        for number, total in enumerate(accumulate(worths), 1):
            if total == money:
                return items[:number]
        few = items[:MOST_COMBINED]
        for size in range(2, len(few) + 1):
            for chosen in combinations(few, size):
                if sum(map(self.balances.worth, chosen)) == money:
                    return chosen
        return ()

    def _suggested(
        self, payment: Payment, why: Why, allocations: Sequence[Allocation], customer_id: int | None
    ) -> Proposal:  # fmt: skip
        taken = self.balances.take(allocations)
        left = money_ore(payment) - sum(amount for _, amount in taken)
        return Proposal(payment, Certainty.SUGGESTED, why, taken, 0, left, customer_id)


def _whole(items: Iterable[OpenItem], balances: Balances) -> list[Allocation]:
    return [Allocation(item.id, balances.worth(item)) for item in items]


def _towards(room: int, worth: int) -> int:
    """As much of the worth as there is room for; both have the same sign."""
    return min(room, worth) if room > 0 else max(room, worth)


def _tokens(texts: Iterable[str]) -> Iterator[str]:
    """What could be a number: words that hold digits, and the runs of digits in them."""
    for text in texts:
        for word in _TOKEN.findall(text):
            for token in dict.fromkeys((word, *_DIGITS.findall(word))):
                if len(token) >= SHORTEST_NUMBER and not token.isalpha():
                    yield token


def _unique(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """By what only one customer has."""
    found: dict[str, set[int]] = defaultdict(set)
    for key, customer_id in pairs:
        if key:
            found[key].add(customer_id)
    return {key: ids.pop() for key, ids in found.items() if len(ids) == 1}


def _ten_digits(number: str) -> str:
    return re.sub(r"\D", "", number)[-10:]


def _plain(name: str) -> str:
    """The name without legal form, signs and capitals, as banks shorten it differently."""
    return " ".join(re.sub(r"[^\w ]", " ", _LEGAL_FORM.sub(" ", name.casefold())).split())
