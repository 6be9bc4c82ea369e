"""Matching: each rule by itself, and what holds for every payment and every ledger."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infosoc.kernel import ocr
from infosoc.payments.matching import match_all, match_exactly
from infosoc.payments.open_items import (
    Allocation,
    Balances,
    Certainty,
    Customer,
    ItemKind,
    OpenItem,
    Proposal,
    Why,
    money_ore,
)
from infosoc.payments.readers.files import read
from infosoc.payments.readers.records import Payer, Payment, PaymentKind, Reference, ReferenceKind
from tests.payments.bank_files import ordinary

KOMMUN, AKERI = Customer(1, "Exempelkommunen", "2120001231"), Customer(2, "Åkeri AB", "5560360793", ("5551239",))


def invoice(number: int, ore: int, customer: int = 1, due: int = 1) -> OpenItem:
    day = date(2026, 3, due)
    return OpenItem(number, ItemKind.INVOICE, str(number), customer, ore, day, ocr.make(str(number)))


def credit(number: int, ore: int, customer: int = 1, of: int | None = None) -> OpenItem:
    return OpenItem(number, ItemKind.CREDIT, str(number), customer, ore, date(2026, 3, 1), credits_id=of)


def checked(*numbers: int | str) -> tuple[Reference, ...]:
    texts = [ocr.make(str(one)) if isinstance(one, int) else one for one in numbers]
    return tuple(Reference(text, ReferenceKind.CHECKED) for text in texts)


def pay(ore: int, *references: Reference, text: str = "", payer: Payer | None = None, line: int = 1) -> Payment:
    texts = (text,) if text else ()
    return Payment(line, PaymentKind.PAYMENT, ore, references, texts, payer or Payer(), "")


def deduct(ore: int, *references: Reference, text: str = "", is_last_part: bool | None = None) -> Payment:
    return pay(ore, *references, text=text)._replace(kind=PaymentKind.DEDUCTION, is_last_part=is_last_part)


def one(payment: Payment, *items: OpenItem) -> Proposal:
    (made,) = match_all([payment], Balances(items, [KOMMUN, AKERI]))
    return made


def told(made: Proposal) -> tuple:
    return (made.certainty, made.why, dict(made.allocations), made.over_ore, made.left_ore)


@pytest.mark.parametrize(
    ("ore", "why", "taken", "over"),
    [(1000, Why.WHOLE, 1000, 0), (400, Why.PART, 400, 0), (1500, Why.OVER, 1000, 500)],
)
def test_a_checked_reference_decides_whatever_the_amount(ore, why, taken, over):
    made = one(pay(ore, *checked(10001)), invoice(10001, 1000), invoice(10002, ore))
    assert told(made) == (Certainty.EXACT, why, {10001: taken}, over, 0)
    assert made.customer_id == 1


def test_what_is_paid_twice_goes_to_the_customers_credit():
    first, second = match_all([pay(1000, *checked(10001))] * 2, Balances([invoice(10001, 1000)]))
    assert told(first) == (Certainty.EXACT, Why.WHOLE, {10001: 1000}, 0, 0)
    assert told(second) == (Certainty.EXACT, Why.PAID_BEFORE, {}, 1000, 0)


def test_several_checked_references_are_exact_when_their_whole_goes_up():
    items = [invoice(10001, 1000), invoice(10002, 500, customer=2)]
    made = one(pay(1500, *checked(10001, 10002)), *items)
    assert told(made) == (Certainty.EXACT, Why.SEVERAL, {10001: 1000, 10002: 500}, 0, 0)
    assert made.customer_id is None


def test_several_checked_references_that_do_not_go_up_are_only_suggested_in_the_payers_order():
    made = one(pay(1200, *checked(10002, 10001)), invoice(10001, 1000), invoice(10002, 500))
    assert told(made) == (Certainty.SUGGESTED, Why.NUMBER, {10002: 500, 10001: 700}, 0, 0)


def test_stated_amounts_are_followed_and_credit_notes_are_netted():
    stated = [
        Reference(ocr.make("10001"), ReferenceKind.CHECKED, 800), Reference("10009", ReferenceKind.CHECKED, -300, True)
    ]  # fmt: skip
    items = [invoice(10001, 1000), credit(10009, 300)]
    assert told(one(pay(500, *stated), *items)) == (
        Certainty.EXACT, Why.SEVERAL, {10001: 800, 10009: -300}, 0, 0
    )  # fmt: skip
    more = [stated[0]._replace(amount_ore=1001), stated[1]]
    assert one(pay(701, *more), *items).certainty is Certainty.SUGGESTED


def test_a_payment_less_the_credit_note_of_its_invoice_settles_both():
    made = one(pay(700, *checked(10001)), invoice(10001, 1000), credit(10009, 300, of=10001))
    assert told(made) == (Certainty.EXACT, Why.NETTED, {10001: 1000, 10009: -300}, 0, 0)


def test_a_deduction_takes_its_credit_note_by_number_or_by_the_invoice_it_corrects():
    items = [invoice(10001, 1000), credit(10009, 300, of=10001)]
    for named in (checked("10009"), checked(10001)):
        assert told(one(deduct(300, *named), *items)) == (Certainty.EXACT, Why.DEDUCTED, {10009: -300}, 0, 0)


def test_a_part_of_a_credit_note_is_deducted_when_the_bank_calls_it_a_part():
    part = deduct(100, *checked("10009"), is_last_part=False)
    assert told(one(part, credit(10009, 300))) == (Certainty.EXACT, Why.DEDUCTED, {10009: -100}, 0, 0)
    assert one(part._replace(is_last_part=None), credit(10009, 300)).certainty is Certainty.SUGGESTED
    assert one(deduct(301, *checked("10009")), credit(10009, 300)).certainty is Certainty.SUGGESTED


@pytest.mark.parametrize("text", ["faktura 10001", "Fakt.10001/kund 77", "OCR:1000173", "10001"])
def test_a_number_that_the_payer_has_written_is_only_suggested(text):
    made = one(pay(1000, text=text), invoice(10001, 1000), invoice(10002, 1000))
    assert told(made) == (Certainty.SUGGESTED, Why.NUMBER, {10001: 1000}, 0, 0)


def test_our_reference_as_free_text_is_only_suggested():
    free = Reference(ocr.make("10001"), ReferenceKind.FREE)
    assert one(pay(1000, free), invoice(10001, 1000)).certainty is Certainty.SUGGESTED


def test_a_named_credit_note_makes_room_and_is_left_alone_where_none_is_needed():
    items = [invoice(10001, 1000), credit(10009, 300)]
    assert told(one(pay(700, text="10001 minus 10009"), *items))[2:] == ({10001: 1000, 10009: -300}, 0, 0)
    assert told(one(pay(600, text="10001 minus 10009"), *items))[2:] == ({10001: 900, 10009: -300}, 0, 0)
    assert told(one(pay(1000, text="10001 minus 10009"), *items))[2:] == ({10001: 1000}, 0, 0)
    assert told(one(deduct(200, text="10001 minus 10009"), *items))[2:] == ({10009: -200}, 0, 0)


@pytest.mark.parametrize(
    "payer", [Payer(name="ÅKERI AKTIEBOLAG"), Payer(organisation_number="165560360793"), Payer(account="5551239")]
)
def test_the_payer_is_known_by_number_account_or_name(payer):
    made = one(pay(500, payer=payer), invoice(10001, 500), invoice(10002, 500, customer=2))
    assert told(made) == (Certainty.SUGGESTED, Why.CUSTOMER_AND_AMOUNT, {10002: 500}, 0, 0)


def test_several_invoices_and_a_credit_note_of_a_customer_come_to_the_amount():
    items = [invoice(10001, 500, due=1), invoice(10002, 700, due=2), invoice(10003, 900, due=3), credit(10009, 100)]
    payer = Payer(name="Exempelkommunen")
    oldest = one(pay(1100, payer=payer), *items)
    assert told(oldest) == (Certainty.SUGGESTED, Why.CUSTOMER_AND_SUM, {10009: -100, 10001: 500, 10002: 700}, 0, 0)
    others = one(pay(1600, payer=payer), *items)
    assert told(others)[1:3] == (Why.CUSTOMER_AND_SUM, {10002: 700, 10003: 900})


def test_a_known_payer_with_another_amount_is_named_and_the_money_left():
    made = one(pay(123, payer=Payer(name="Åkeri AB")), invoice(10002, 500, customer=2))
    assert told(made) == (Certainty.SUGGESTED, Why.CUSTOMER, {}, 0, 123)
    assert made.customer_id == 2


def test_an_amount_alone_suggests_only_when_one_single_item_has_it():
    assert one(pay(500), invoice(10001, 500), invoice(10002, 600)).why is Why.AMOUNT
    assert told(one(pay(500), invoice(10001, 500), invoice(10002, 500))) == (Certainty.NONE, Why.UNKNOWN, {}, 0, 500)


def test_a_suggestion_never_competes_with_a_checked_reference_that_comes_later():
    made = list(match_all([pay(1000, text="10001"), pay(1000, *checked(10001))], Balances([invoice(10001, 1000)])))
    assert [(each.certainty, dict(each.allocations)) for each in made] == [
        (Certainty.EXACT, {10001: 1000}), (Certainty.NONE, {})
    ]  # fmt: skip


def test_a_whole_file_is_matched():
    noted = replace(credit(10004, 100_000), ocr="1000470")
    items = [invoice(10001, 1_250_000), invoice(10002, 500_000), invoice(10003, 400_000), noted]
    payments = [event for event in read(io.BytesIO(ordinary().bytes())) if isinstance(event, Payment)]
    made = {each.payment.line: each for each in match_all(payments, Balances(items))}
    assert {line: (each.certainty, dict(each.allocations)) for line, each in made.items()} == {
        3: (Certainty.EXACT, {10001: 1_250_000}),
        8: (Certainty.SUGGESTED, {10002: 500_000, 10003: 400_000}),
        11: (Certainty.EXACT, {10004: -100_000}),
    }


# --- For every ledger and every bank file ---------------------------------------------------------------------------

NUMBERS = list(range(10001, 10007))
AMOUNTS = st.sampled_from([100, 200, 300, 500, 700])


@st.composite
def ledgers(draw) -> list[OpenItem]:
    items: list[OpenItem] = []
    for number in NUMBERS:
        customer, ore = draw(st.integers(1, 2)), draw(st.sampled_from([0, 100, 200, 300, 500]))
        if draw(st.booleans()):
            items.append(invoice(number, ore, customer, due=draw(st.integers(1, 3))))
        else:
            invoices = [each.id for each in items if each.kind is ItemKind.INVOICE]
            items.append(credit(number, ore, customer, of=draw(st.sampled_from([None, *invoices]))))
    return items


@st.composite
def bank_payments(draw) -> Payment:
    kind = draw(st.sampled_from(list(ReferenceKind)))
    numbers = draw(st.lists(st.sampled_from(NUMBERS), max_size=3))
    stated = draw(st.none() | st.integers(-500, 500))
    references = tuple(
        Reference(draw(st.sampled_from([str(number), ocr.make(str(number))])), kind, stated, draw(st.booleans()))
        for number in numbers
    )
    text = " ".join(map(str, draw(st.lists(st.sampled_from(NUMBERS), max_size=2))))
    payer = draw(st.sampled_from([Payer(), Payer(name="Åkeri AB"), Payer(name="Exempelkommunen")]))
    payment = pay(draw(st.sampled_from([0, 100, 200, 300, 400, 500, 1000])), *references, text=text, payer=payer)
    what = draw(st.sampled_from(list(PaymentKind)))
    return payment._replace(kind=what, is_last_part=draw(st.none() | st.booleans()))


@settings(max_examples=300, deadline=None)
@given(ledgers(), st.lists(bank_payments(), max_size=8))
def test_every_ore_is_placed_once_and_nothing_is_used_twice(items, payments):
    payments = [payment._replace(line=line) for line, payment in enumerate(payments)]
    made = list(match_all(payments, Balances(items, [KOMMUN, AKERI])))
    assert sorted(each.payment.line for each in made) == list(range(len(payments)))
    used = dict.fromkeys((item.id for item in items), 0)
    signs = {item.id: item.sign for item in items}
    for each in made:
        placed = sum(amount for _, amount in each.allocations)
        assert placed + each.over_ore + each.left_ore == money_ore(each.payment)
        assert len({item for item, _ in each.allocations}) == len(each.allocations)
        assert each.over_ore >= 0
        assert each.left_ore * money_ore(each.payment) >= 0
        for item, amount in each.allocations:
            assert amount * signs[item] > 0
            used[item] += abs(amount)
    assert all(used[item.id] <= item.open_ore for item in items)


@settings(max_examples=200, deadline=None)
@given(ledgers(), st.lists(bank_payments(), max_size=8))
def test_what_is_exact_was_named_by_a_reference_that_the_bank_has_checked(items, payments):
    by_id = {item.id: item for item in items}
    for each in match_all(payments, Balances(items, [KOMMUN, AKERI])):
        if each.certainty is not Certainty.EXACT:
            continue
        names = {one.text for one in each.payment.references if one.kind is ReferenceKind.CHECKED}
        assert each.left_ore == 0
        for item_id, _ in each.allocations:
            item = by_id[item_id]
            own = {item.ocr, item.number}
            if item.credits_id:
                own |= {by_id[item.credits_id].ocr, by_id[item.credits_id].number}
            assert own & names


@settings(max_examples=100, deadline=None)
@given(ledgers(), st.lists(st.tuples(st.sampled_from(NUMBERS), AMOUNTS), max_size=8))
def test_payments_by_reference_alone_come_to_what_a_naive_ledger_says(items, given_payments):
    items = [item for item in items if item.kind is ItemKind.INVOICE]
    left = {item.id: item.open_ore for item in items}
    over = 0
    for number, ore in given_payments:
        if number in left:
            over += max(ore - left[number], 0)
            left[number] = max(left[number] - ore, 0)
    balances = Balances(items)
    made = [match_exactly(pay(ore, *checked(number)), balances) for number, ore in given_payments]
    assert balances.left == left
    assert sum(each.over_ore for each in made if each) == over


def test_an_item_is_never_taken_beyond_what_is_open():
    balances = Balances([invoice(10001, 100)])
    for wrong in (101, -1, 0):
        with pytest.raises(ValueError):
            balances.take([Allocation(10001, wrong)])
    with pytest.raises(ValueError):
        Balances([invoice(10001, 100), invoice(10001, 100)])
