"""Matching by hand: onto invoices, to a credit, back to the payer, and undone; and payments written down by hand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from infosoc.invoicing.models import Invoice
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.ledger.commands import years
from infosoc.ledger.models import FiscalYear, Voucher
from infosoc.payments import rules
from infosoc.payments.commands import by_hand, placing
from infosoc.payments.commands.by_hand import Paid
from infosoc.payments.commands.placing import ToInvoice
from infosoc.payments.queries import customer_ledger, suggesting, work
from tests.payments.bank_files import DAY, BgMax
from tests.payments.house import PAYABLE, assert_whole, balance, bring, invoices, left, payments
from tests.subscriptions.world import World


def unknown(house: World, *amounts: int, text: str = "faktura") -> list[str]:
    """Payments that nobody knows yet; their public ids."""
    file = BgMax().section()
    for at, ore in enumerate(amounts, 1):
        file.pay(ore, text, code="3", serial=at).name("Åkeri AB")
    bring(house, file.deposit().bytes())
    with house.reading() as session:
        return [one.public_id for one in payments(session)]


def address(house: World, invoice_id: int) -> str:
    with house.reading() as session:
        return session.scalars(select(Invoice.public_id).where(Invoice.id == invoice_id)).one()


def place(house: World, payment: str, *wanted: tuple[str, int]) -> None:
    with house.writing() as session:
        parts = [ToInvoice(*one) for one in wanted]
        placing.place_on_invoices(session, payment, parts, by=house.users["ekman"].id, now=clock.now())


def test_a_payment_is_split_over_invoices_on_the_day_it_came(house: World):
    (first, _), (second, _) = invoices(house, 2)
    (one,) = unknown(house, 200_000)
    place(house, one, (address(house, first), PAYABLE), (address(house, second), 50_000))
    with house.reading() as session:
        assert left(session) == {first: 0, second: 75_000}
        assert payments(session)[0].left_ore == 25_000
        last = session.scalars(select(Voucher).where(Voucher.series == "C").order_by(Voucher.id.desc())).first()
        assert last.voucher_on == DAY
        assert_whole(session)


def test_a_match_is_taken_back_whole_and_can_be_made_anew(house: World):
    ((first, _),) = invoices(house, 1)
    (one,) = unknown(house, 100_000)
    place(house, one, (address(house, first), 40_000))
    place(house, one, (address(house, first), 60_000))
    with house.writing() as session:
        placing.take_back(session, one, by=None, now=clock.now())
    with house.reading() as session:
        assert left(session) == {first: PAYABLE}
        assert payments(session)[0].left_ore == 100_000
        assert_whole(session)
    with pytest.raises(placing.AlreadyTakenBack), house.writing() as session:
        placing.take_back(session, one, by=None, now=clock.now())
    place(house, one, (address(house, first), 100_000))
    with house.reading() as session:
        assert left(session) == {first: 25_000}
        assert_whole(session)


def test_a_credit_is_kept_used_and_the_rest_paid_back(house: World):
    ((first, _),) = invoices(house, 1)
    (one,) = unknown(house, 200_000)
    with house.writing() as session:
        placing.keep_as_credit(session, one, house.ids["akeri"], by=None, now=clock.now())
    with house.writing() as session:
        placing.use_credit(session, one, [ToInvoice(address(house, first), PAYABLE)], by=None, now=clock.now())
    with house.reading() as session:
        assert balance(session, 2420) == -75_000
        assert_whole(session)
    with house.writing() as session:
        placing.pay_back(session, one, on=date(2026, 3, 20), by=None, now=clock.now())
    with house.reading() as session:
        assert (balance(session, 2420), balance(session, 1930)) == (0, PAYABLE)
        assert left(session) == {first: 0}
        assert_whole(session)


def test_what_is_not_there_cannot_be_used(house: World):
    ((first, _),) = invoices(house, 1)
    (one,) = unknown(house, 100)
    for wanted in ((address(house, first), 101), (address(house, first), -1), (address(house, first), 0), ("gone", 1)):
        with pytest.raises(DomainError):
            place(house, one, wanted)
    with pytest.raises(DomainError), house.writing() as session:
        placing.use_credit(session, one, [ToInvoice(address(house, first), 1)], by=None, now=clock.now())
    with house.reading() as session:
        assert left(session) == {first: PAYABLE}
        assert_whole(session)


def test_a_match_in_a_locked_period_is_booked_on_the_first_open_day(house: World):
    ((first, _),) = invoices(house, 1)
    (one,) = unknown(house, PAYABLE)
    with house.writing() as session:
        year = session.scalars(select(FiscalYear).where(FiscalYear.starts_on == date(2026, 1, 1))).one()
        years.lock(session, year.public_id, date(2026, 3, 31), by=None)
    place(house, one, (address(house, first), PAYABLE))
    with house.reading() as session:
        last = session.scalars(select(Voucher).where(Voucher.series == "C").order_by(Voucher.id.desc())).first()
        assert last.voucher_on == date(2026, 4, 1)
        assert_whole(session)


def test_a_payment_by_hand_settles_and_what_is_beyond_is_a_credit(house: World):
    ((first, _),) = invoices(house, 1)
    with house.writing() as session:
        paid = Paid(PAYABLE + 5_000, DAY, note="Swish")
        by_hand.register(session, address(house, first), paid, by=house.users["ekman"].id, now=clock.now())
    with house.reading() as session:
        assert left(session) == {first: 0}
        assert balance(session, 2420) == -5_000
        assert_whole(session)
    for wrong in (Paid(0, DAY), Paid(-1, DAY), Paid(1, date(2026, 1, 31))):
        with pytest.raises(DomainError), house.writing() as session:
            by_hand.register(session, address(house, first), wrong, by=None, now=clock.now())


def test_a_credit_note_is_paid_back_and_not_more_than_it_is_worth(house: World):
    from tests.payments.test_import import credit_note

    ((first, _),) = invoices(house, 1)
    with house.writing() as session:
        note = credit_note(session, house, "credit:1", first)
    with pytest.raises(by_hand.CreditNotePaidOver), house.writing() as session:
        by_hand.register(session, address(house, note), Paid(PAYABLE + 1, DAY), by=None, now=clock.now())
    with house.writing() as session:
        by_hand.register(session, address(house, note), Paid(PAYABLE, DAY), by=None, now=clock.now())
    with house.reading() as session:
        assert left(session) == {first: PAYABLE, note: 0}
        assert balance(session, 1930) == -PAYABLE
        assert_whole(session)


def test_suggestions_name_the_payers_invoices_the_exact_amount_first(house: World):
    made = invoices(house, 3)
    others = invoices(house, 1, company="bygg")
    (one,) = unknown(house, PAYABLE)
    place_some = [at for at, _ in made]
    with house.reading() as session:
        payment = payments(session)[0]
        found = suggesting.suggest(session, payment)
        assert found.company is not None
        assert found.company.id == house.ids["akeri"]
        assert [row.id for choice in found.choices for row, _ in choice.rows][:3] == place_some
        assert found.choices[0].ore == PAYABLE
        assert others[0][0] in {row.id for choice in found.choices for row, _ in choice.rows}
        number = session.scalars(select(Invoice.number).where(Invoice.id == made[1][0])).one()
        assert [row.id for row in suggesting.find_invoices(session, str(number))] == [made[1][0]]
        assert {row.id for row in suggesting.find_invoices(session, "åkeri")} == set(place_some)
        assert work.card(session, one).payment.public_id == one


def test_the_customer_ledger_of_any_day_is_the_balance_of_the_claim_accounts(house: World):
    ((first, ocr),) = invoices(house, 1)
    bring(house, BgMax().section().pay(100_000, ocr, serial=1).deposit().bytes())
    with house.reading() as session:
        before = customer_ledger.ledger(session, date(2026, 3, 4))
        after = customer_ledger.ledger(session, date(2026, 3, 5))
        late = customer_ledger.ledger(session, date(2026, 12, 31))
    assert (before.open_ore, after.open_ore) == (PAYABLE, 25_000)
    assert [one.difference_ore for one in (*before.accounts, *after.accounts)] == [0] * 6
    assert before.ages == [0, PAYABLE, 0, 0, 0]
    assert late.ages == [0, 0, 0, 0, 25_000]
    assert first


@pytest.mark.parametrize(
    ("late", "age"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4)]
)
def test_ages_change_on_the_day_after(late, age):
    from datetime import timedelta

    assert customer_ledger.age_of(DAY, DAY + timedelta(days=late)) == age


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(1, 150_000)), max_size=10))
def test_whatever_is_placed_and_taken_back_the_ledger_is_the_claims_to_the_ore(house: World, deeds):
    if not hasattr(house, "made"):
        made = [address(house, at) for at, _ in invoices(house, 3)]
        object.__setattr__(house, "made", (made, unknown(house, 100_000, 300_000, 50_000)))
    targets, paid = house.made
    for what, at, ore in deeds:
        try:
            with house.writing() as session:
                now = clock.now()
                if what == 0:
                    placing.take_back(session, paid[at], by=None, now=now)
                elif what == 1:
                    placing.keep_as_credit(session, paid[at], house.ids["akeri"], by=None, now=now)
                elif what == 2:
                    placing.use_credit(session, paid[at], [ToInvoice(targets[ore % 3], ore)], by=None, now=now)
                elif what == 3:
                    placing.pay_back(session, paid[at], on=DAY, by=None, now=now)
                else:
                    placing.place_on_invoices(session, paid[at], [ToInvoice(targets[ore % 3], ore)], by=None, now=now)
        except DomainError:
            continue
    with house.reading() as session:
        assert_whole(session)
        for day in (date(2026, 2, 1), DAY, date(2026, 12, 31)):
            found = customer_ledger.ledger(session, day)
            assert all(one.difference_ore == 0 for one in found.accounts)
            assert sums_of(customer_ledger.overview(session, day)) == sums_of(found)


def sums_of(ledger: customer_ledger.CustomerLedger) -> tuple:
    """All that the overview says: it adds up in the database what the ledger adds up by invoice."""
    rows = [(row.name, row.public_id, row.number, row.ages, row.credit_ore) for row in ledger.rows]
    return rows, ledger.accounts, ledger.ages, ledger.open_ore


def test_the_lines_of_a_deposit_balance_and_name_what_is_left():
    part = rules.Part(rules.Use.INVOICE, 70, 1510, "Faktura 1")
    lines = rules.together(1930, [(100, [part], "rest"), (-20, [], "deduction")])
    assert [(one.account, one.amount_ore) for one in lines] == [(1930, 80), (1510, -70), (2999, -30), (2999, 20)]
