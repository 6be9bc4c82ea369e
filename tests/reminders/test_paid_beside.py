"""Money beyond an invoice: it covers what reminders have asked for before it is the customer's credit."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from infosoc.invoicing.models import Invoice
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.payments import rules
from infosoc.payments.commands import by_hand, placing
from infosoc.payments.commands.by_hand import Paid
from infosoc.payments.commands.placing import ToInvoice
from infosoc.payments.models import PaymentAllocation
from infosoc.payments.queries import customer_ledger, suggesting
from infosoc.reminders.commands import costs, losses
from infosoc.reminders.queries import late
from tests.invoicing.world import NOW
from tests.payments.bank_files import BgMax
from tests.payments.house import assert_whole, balance, bring, payments
from tests.reminders.test_sending import FIRST, PAYABLE, address_of, assert_books_agree, owe, run, set_policy
from tests.subscriptions.world import World

PAID_ON, ASKED = date(2024, 3, 18), 45_000 + 329  # compensation, and interest of eight days
CREDIT, COSTS, INTEREST, INVOICE = "credit", "costs", "interest", "invoice"


@pytest.fixture
def reminded(house: World) -> World:
    """A house with one invoice of 1 250 kr, reminded of on 10 March: 1 703,29 kr are asked for."""
    owe(house)
    set_policy(house, asks_compensation=True)
    run(house, FIRST)
    return house


def pay(house: World, *amounts: int, on: date = PAID_ON, code: str = "2") -> list[str]:
    """Payments with the reference of the first invoice; their public ids."""
    with house.reading() as session:
        reference = session.scalars(select(Invoice.ocr).where(Invoice.number == 1)).one()
        before = len(payments(session))
    file = BgMax().section()
    for at, ore in enumerate(amounts, 1):
        file.pay(ore, reference, code, serial=before * 100 + at).name("Åkeri AB")
    file.serial = before + 1
    bring(house, file.deposit(on=on).bytes())
    with house.reading() as session:
        return [one.public_id for one in payments(session)][before:]


def parts(session, kind: str) -> int:
    query = select(PaymentAllocation.amount_ore).where(PaymentAllocation.kind == kind)
    return sum(session.scalars(query))


def assert_agree(house: World) -> None:
    """Nothing is lost, 1680 is the costs, and the customer ledger explains 1510, 1560 and 2420 on every day."""
    assert_books_agree(house)
    with house.reading() as session:
        assert_whole(session)
        for day in (FIRST, PAID_ON, date(2024, 12, 31)):
            assert [one.difference_ore for one in customer_ledger.ledger(session, day).accounts] == [0, 0, 0]


@pytest.mark.parametrize(
    ("paid", "onto"),
    [
        ([PAYABLE + ASKED], (PAYABLE, 45_000, 329, 0)),
        ([PAYABLE], (PAYABLE, 0, 0, 0)),
        ([PAYABLE + 45_000], (PAYABLE, 45_000, 0, 0)),
        ([PAYABLE + 100], (PAYABLE, 100, 0, 0)),
        ([PAYABLE + ASKED + 700], (PAYABLE, 45_000, 329, 700)),
        ([PAYABLE, ASKED], (PAYABLE, 45_000, 329, 0)),
        ([PAYABLE + 45_100, 300, 5], (PAYABLE, 45_000, 329, 76)),
    ],
)
def test_what_is_beyond_the_invoice_covers_costs_then_interest_and_is_then_credit(reminded: World, paid, onto):
    pay(reminded, *paid)
    with reminded.reading() as session:
        assert tuple(parts(session, kind) for kind in (INVOICE, COSTS, INTEREST, CREDIT)) == onto
        assert (balance(session, 1680), balance(session, 8313)) == (45_000 - onto[1], -onto[2])
        found = late.one(session, session.scalars(select(Invoice.id)).one(), on=PAID_ON)
        assert (found.covered_ore, found.interest_paid_ore) == onto[1:3]
    assert_agree(reminded)


def test_payments_of_later_files_cover_what_is_left(reminded: World):
    pay(reminded, PAYABLE + 20_000)
    pay(reminded, 30_000, on=date(2024, 3, 20))
    with reminded.reading() as session:
        assert tuple(parts(session, kind) for kind in (COSTS, INTEREST, CREDIT)) == (45_000, 329, 4_671)
    assert_agree(reminded)


def test_money_from_before_the_letter_covers_nothing_that_it_asks_for(reminded: World):
    pay(reminded, PAYABLE + ASKED, on=date(2024, 3, 9))
    with reminded.reading() as session:
        assert tuple(parts(session, kind) for kind in (COSTS, INTEREST, CREDIT)) == (0, 0, ASKED)
    assert_agree(reminded)


def test_a_payment_written_down_by_hand_covers_them_too(reminded: World):
    with reminded.writing() as session:
        by_hand.register(session, address_of(reminded), Paid(PAYABLE + ASKED + 1, PAID_ON), by=None, now=NOW)
    with reminded.reading() as session:
        assert tuple(parts(session, kind) for kind in (INVOICE, COSTS, INTEREST, CREDIT)) == (PAYABLE, 45_000, 329, 1)
    assert_agree(reminded)


def test_who_matches_by_hand_is_offered_the_whole_sum_and_no_more(reminded: World):
    (one,) = pay(reminded, PAYABLE + ASKED + 1, code="3")
    with reminded.reading() as session:
        (choice, *_) = suggesting.suggest(session, payments(session)[0]).choices
        assert [ore for _, ore in choice.rows] == [PAYABLE + ASKED]
    with pytest.raises(DomainError), reminded.writing() as session:
        wanted = [ToInvoice(address_of(reminded), PAYABLE + ASKED + 1)]
        placing.place_on_invoices(session, one, wanted, by=None, now=clock.now())
    with reminded.writing() as session:
        wanted = [ToInvoice(address_of(reminded), PAYABLE), ToInvoice(address_of(reminded), ASKED)]
        placing.place_on_invoices(session, one, wanted, by=None, now=clock.now())
    with reminded.reading() as session:
        assert tuple(parts(session, kind) for kind in (COSTS, INTEREST, CREDIT)) == (45_000, 329, 0)
        assert payments(session)[0].left_ore == 1
    assert_agree(reminded)


def test_taking_a_match_back_asks_for_the_costs_again(reminded: World):
    (one,) = pay(reminded, PAYABLE + ASKED)
    with reminded.writing() as session:
        placing.take_back(session, one, by=None, now=clock.now())
    with reminded.reading() as session:
        assert tuple(parts(session, kind) for kind in (INVOICE, COSTS, INTEREST)) == (0, 0, 0)
        assert (balance(session, 1680), balance(session, 8313)) == (45_000, 0)
        found = late.one(session, session.scalars(select(Invoice.id)).one(), on=PAID_ON)
        assert (found.covered_ore, found.interest_paid_ore) == (0, 0)
    assert_agree(reminded)


def test_costs_paid_from_the_credit_are_allocations_of_the_payments_that_left_it(reminded: World):
    first, second = pay(reminded, 20_000, 30_000, code="3")
    with pytest.raises(rules.MoreThanCredit), reminded.writing() as session:
        costs.receive(session, address_of(reminded), 1, on=PAID_ON, account=2420, by=None, now=NOW)
    for one in (first, second):
        with reminded.writing() as session:
            placing.keep_as_credit(session, one, reminded.ids["akeri"], by=None, now=clock.now())
    assert_agree(reminded)
    with reminded.writing() as session:
        costs.receive(session, address_of(reminded), ASKED, on=PAID_ON, account=2420, by=None, now=NOW)
    with reminded.reading() as session:
        query = select(PaymentAllocation.kind, PaymentAllocation.amount_ore).order_by(PaymentAllocation.id)
        assert session.execute(query).all()[2:] == [
            (CREDIT, -20_000), (COSTS, 20_000), (CREDIT, -25_329), (COSTS, 25_000), (INTEREST, 329),
        ]  # fmt: skip
        assert (balance(session, 2420), balance(session, 1680)) == (-4_671, 0)
    assert_agree(reminded)
    with pytest.raises(rules.MoreThanCredit), reminded.writing() as session:
        costs.receive(session, address_of(reminded), 4_672, on=PAID_ON, account=2420, by=None, now=NOW)
    with reminded.writing() as session:
        placing.take_back(session, second, by=None, now=clock.now())
    assert_agree(reminded)


def test_no_interest_is_taken_of_an_invoice_that_is_written_off(reminded: World):
    with reminded.writing() as session:
        losses.write_off(session, address_of(reminded), "Konkurs", on=FIRST, by=None, now=NOW)
    pay(reminded, 10_000)
    with reminded.reading() as session:
        assert tuple(parts(session, kind) for kind in (COSTS, INTEREST, CREDIT)) == (0, 0, 10_000)
    assert_agree(reminded)


def test_the_page_of_a_payment_says_what_it_covered(reminded: World):
    client = reminded.client("ekman")
    (one,) = pay(reminded, PAYABLE + ASKED + 1, code="3")
    page = client.get(f"/infosoc/payments/{one}").get_data(as_text=True)
    assert "453,29" in page
    assert "1703,29" in page.replace("&#160;", "").replace("\xa0", "").replace(" ", "")
    with reminded.writing() as session:
        wanted = [ToInvoice(address_of(reminded), PAYABLE + ASKED)]
        placing.place_on_invoices(session, one, wanted, by=None, now=clock.now())
    page = client.get(f"/infosoc/payments/{one}").get_data(as_text=True)
    assert "Påminnelsekostnader för faktura" in page
    assert "Dröjsmålsränta på faktura" in page
