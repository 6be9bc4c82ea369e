"""Which invoices a payment pays. Pure: open items and payments in, proposals out; amounts are whole öre.

What may be booked without anybody looking is `EXACT`: the payer has stated our reference and the bank has checked it.
All else is a suggestion for a person. Every öre of a payment is in its proposal exactly once: on items, over (to the
customer's credit), or left (nobody knows yet). No item gets more than is open on it, whichever payments come.
Source: Bankgirot's manual of November 2019 on references; the order of several references is the payer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infosoc.payments.open_items import Allocation, Balances, Certainty, OpenItem, Proposal, Why, credit_named
from infosoc.payments.readers.records import Payment, PaymentKind, ReferenceKind
from infosoc.payments.suggestions import Suggestions


def match_all(payments: Iterable[Payment], balances: Balances) -> Iterator[Proposal]:
    """One proposal a payment: first all that are exact, in the order of the payments, then suggestions for the rest.

    A suggestion is made of what the exact ones have left, so it never competes with them.
    """
    rest = []
    for payment in payments:
        if exact := match_exactly(payment, balances):
            yield exact
        else:
            rest.append(payment)
    suggestions = Suggestions(balances)
    for payment in rest:
        yield suggestions.make(payment)


def match_exactly(payment: Payment, balances: Balances) -> Proposal | None:
    """The proposal by the references that the bank has checked; None when they do not decide it."""
    if payment.amount_ore == 0:
        return None
    if payment.kind is PaymentKind.DEDUCTION:
        return _deduction(payment, balances)
    if len(payment.references) == 1:
        (reference,) = payment.references
        item = balances.by_ocr.get(reference.text)
        if item is None or reference.kind is not ReferenceKind.CHECKED or reference.is_credit:
            return None
        return _one_invoice(payment, item, balances)
    return _several(payment, balances)


def _one_invoice(payment: Payment, item: OpenItem, balances: Balances) -> Proposal:
    money, open_ore = payment.amount_ore, balances.left[item.id]
    if open_ore == 0:
        return Proposal(payment, Certainty.EXACT, Why.PAID_BEFORE, (), money, 0, item.customer_id)
    tied = [credit for credit in balances.credits_of[item.id] if balances.left[credit.id]]
    if tied and money == open_ore - sum(balances.left[credit.id] for credit in tied):
        whole = [Allocation(one.id, balances.worth(one)) for one in (item, *tied)]
        return Proposal(payment, Certainty.EXACT, Why.NETTED, balances.take(whole), 0, 0, item.customer_id)
    why = Why.WHOLE if money == open_ore else Why.PART if money < open_ore else Why.OVER
    taken = balances.take([Allocation(item.id, min(money, open_ore))])
    return Proposal(payment, Certainty.EXACT, why, taken, max(money - open_ore, 0), 0, item.customer_id)


def _several(payment: Payment, balances: Balances) -> Proposal | None:
    """Several checked references: exact when the whole of what they name, or what the payer states of it, goes up.

    The reference field itself may hold a text that the bank has taken the references out of; where the amounts go up in
    these, the text is not asked.
    """
    wanted: dict[int, int] = {}
    for at, reference in enumerate(payment.references):
        if reference.kind is not ReferenceKind.CHECKED:
            if at == 0 and not reference.is_credit:
                continue
            return None
        find = credit_named if reference.is_credit else _invoice_named
        item = find(reference.text, balances)
        if item is None or item.id in wanted:
            return None
        wanted[item.id] = balances.worth(item) if reference.amount_ore is None else reference.amount_ore
    if not wanted or sum(wanted.values()) != payment.amount_ore:
        return None
    if not all(0 < amount * balances.items[item].sign <= balances.left[item] for item, amount in wanted.items()):
        return None
    customers = {balances.items[item].customer_id for item in wanted}
    taken = balances.take([Allocation(*one) for one in wanted.items()])
    why = Why.WHOLE if len(taken) == 1 else Why.SEVERAL
    return Proposal(payment, Certainty.EXACT, why, taken, 0, 0, customers.pop() if len(customers) == 1 else None)


def _invoice_named(text: str, balances: Balances) -> OpenItem | None:
    return balances.by_ocr.get(text)


def _deduction(payment: Payment, balances: Balances) -> Proposal | None:
    """A deduction that names an open credit note, for the whole of it or, when the bank says so, a part."""
    for reference in payment.references:
        credit = credit_named(reference.text, balances)
        left = balances.left[credit.id] if credit else 0
        if credit is None or reference.kind is not ReferenceKind.CHECKED or not 0 < payment.amount_ore <= left:
            continue
        if payment.amount_ore < left and payment.is_last_part is None:
            continue
        taken = balances.take([Allocation(credit.id, -payment.amount_ore)])
        return Proposal(payment, Certainty.EXACT, Why.DEDUCTED, taken, 0, 0, credit.customer_id)
    return None
