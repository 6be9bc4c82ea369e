"""What an invoice is to the ledger: balanced, by rate, with what is unearned moved; a credit note turns it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.invoicing.rules import credit, posting
from infosoc.invoicing.rules.deferral import spread, unearned
from infosoc.invoicing.rules.posting import Accounts
from infosoc.invoicing.rules.record import Credited, Kind, Terms
from infosoc.invoicing.rules.totals import Line
from infosoc.ledger.rules import check_voucher
from tests.invoicing import samples

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def booked(invoice, **accounts):
    made = posting.voucher(invoice, source="invoice:1", accounts=Accounts(**accounts), text="Kundfaktura 10001")
    check_voucher(made)
    return {(line.account, line.vat_code): line.amount_ore for line in made.lines}


def test_an_invoice_is_a_claim_against_income_and_vat():
    assert booked(samples.invoice()) == {
        (1510, "N"): 2_983_322, (3010, "S25"): -2_026_260, (3040, "S25"): -335_000, (3003, "S6"): -29_950,
        (2611, "O25"): -590_315, (2631, "O6"): -1_797, (3090, "N"): 1_375_000, (2979, "N"): -1_375_000,
    }  # fmt: skip


def test_rounding_has_an_account_of_its_own_and_no_vat():
    lines = booked(samples.invoice(to_kronor=True))
    assert (lines[1510, "N"], lines[3740, "N"]) == (2_983_300, 22)


def test_a_whole_credit_note_and_its_invoice_are_nothing_together():
    invoice = samples.invoice(to_kronor=True)
    note = credit.whole(invoice, number="10002", issued_on=invoice.heading.issued_on, reason="Fel kund")
    there, back = booked(invoice), booked(note)
    assert {key: ore + back[key] for key, ore in there.items()} == dict.fromkeys(there, 0)


def test_a_credit_note_takes_back_what_is_unearned_by_then_and_no_more():
    invoice = samples.invoice([samples.JOURNAL])
    note = credit.whole(invoice, number="10002", issued_on=date(2026, 6, 20), reason="Uppsagt")
    assert booked(note)[2979, "N"] == 6 * 125_000
    assert booked(note)[3090, "N"] == -6 * 125_000


def test_a_claim_on_a_company_of_the_group_has_its_own_account():
    assert (1560, "N") in booked(samples.invoice(), receivable=1560)


def test_small_amounts_are_earned_at_once_where_the_company_says_so():
    assert (2979, "N") not in booked(samples.invoice(), least_deferred_ore=2_000_000)


def test_reverse_charge_has_no_vat_and_the_code_of_its_box():
    lines = booked(samples.invoice([Line("Licens", 1000, 5_000_000, "T39", account=3308)], buyer=samples.FOREIGNER))
    assert lines == {(1510, "N"): 50_000, (3308, "T39"): -50_000}


def test_a_row_without_an_account_is_named():
    with pytest.raises(posting.AccountMissing, match="Licens"):
        booked(samples.invoice([Line("Licens", 1000, 5_000_000, "S25")]))


@given(st.integers(-(10**10), 10**10), DAYS, st.integers(0, 900))
def test_months_sum_to_the_net_and_all_but_the_last_are_their_share(net, start, length):
    end = start + timedelta(days=length)
    shares = spread(net, start, end)
    assert sum(ore for _, ore in shares) == net
    assert [month for month, _ in shares] == sorted({day.replace(day=1) for day in _days(start, end)})
    if start.day != 1:  # by days
        for month, ore in shares[:-1]:
            days = sum(day.replace(day=1) == month for day in _days(start, end))
            assert abs(ore - Fraction(net * days, length + 1)) <= Fraction(1, 2)


def _days(start, end):
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


@pytest.mark.parametrize(
    ("start", "end", "ore"),
    [
        (date(2026, 1, 1), date(2026, 3, 31), [33, 33, 34]),  # equal months
        (date(2026, 1, 16), date(2026, 2, 15), [52, 48]),  # 16 and 15 days
        (date(2026, 1, 5), date(2026, 1, 9), [100]),
    ],
)
def test_months_worked_by_hand(start, end, ore):
    assert [share for _, share in spread(100, start, end)] == ore


def test_a_period_that_begins_later_is_unearned_altogether():
    assert unearned(1200, date(2027, 1, 1), date(2027, 12, 31), on=date(2026, 12, 15)) == 1200
    assert unearned(1200, date(2027, 1, 1), date(2027, 12, 31), on=date(2027, 12, 1)) == 0


def part(rows, number="10002"):
    return samples.invoice(
        rows, kind=Kind.CREDIT_NOTE, number=number, credited=Credited("10001", date(2026, 1, 15)),
        terms=Terms(date(2026, 1, 20), 0),
    )  # fmt: skip


def test_a_part_can_be_credited_until_nothing_is_left():
    invoice, half = samples.invoice([samples.JOURNAL]), replace(samples.JOURNAL, quantity_thousandths=6_000)
    credit.check_left(invoice, [], part([half]))
    credit.check_left(invoice, [part([half])], part([half], "10003"))
    with pytest.raises(credit.CreditsTooMuch, match="10001"):
        credit.check_left(invoice, [part([half]), part([half], "10003")], part([half], "10004"))


def test_no_rate_is_credited_beyond_what_it_was():
    invoice = samples.invoice([samples.JOURNAL, samples.NEWSLETTER])
    with pytest.raises(credit.CreditsTooMuch):
        credit.check_left(invoice, [], part([replace(samples.NEWSLETTER, quantity_thousandths=2_000)]))


def test_a_credit_note_is_not_credited():
    with pytest.raises(credit.NotAnInvoice):
        credit.whole(samples.credit_note(), number="10003", issued_on=date(2026, 2, 1), reason="Fel")
