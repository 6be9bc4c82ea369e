"""Posting: what is refused, the same source twice, corrections, locks; and sums that equal a naive recount."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from infosoc.audit.models import AuditEvent
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel.money import LARGEST_ORE
from infosoc.ledger import rules
from infosoc.ledger.commands import chart, corrections, posting, years
from infosoc.ledger.commands.posting import post, post_many
from infosoc.ledger.models import AccountMonth, Voucher, VoucherLine
from infosoc.ledger.queries import accounts
from infosoc.ledger.queries.checks import check
from infosoc.ledger.rules import NewLine
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW
from tests.ledger.world import FIRST, LAST, make_books, posted, reading, voucher, within


def test_a_voucher_gets_the_next_number_of_its_series_and_the_accounts_vat_codes(session):
    karin = make_books(session)
    first = posted(session, voucher("one"), karin)
    second = posted(
        session,
        voucher("two", series="B", lines=[NewLine(1930, 12_500), NewLine(3010, -10_000), NewLine(2611, -2_500)]),
    )
    third = posted(session, voucher("three"))
    assert [first.name, second.name, third.name] == ["A1", "B1", "A2"]
    assert (second.amount_ore, first.registered_by, first.registered_at) == (12_500, karin, NOW)
    codes = reading(
        session,
        lambda s: list(
            s.scalars(
                select(VoucherLine.vat_code).where(VoucherLine.voucher_id == second.id).order_by(VoucherLine.position)
            )
        ),
    )
    assert codes == ["N", "S25", "O25"]
    deeds = reading(
        session, lambda s: list(s.scalars(select(AuditEvent.deed).where(AuditEvent.subject_kind == "voucher")))
    )
    assert deeds == ["voucher posted"] * 3


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([NewLine(5410, 100), NewLine(1930, -99)], rules.NotBalanced),
        ([NewLine(5410, 0), NewLine(1930, 0)], rules.TooFewLines),
        ([NewLine(5410, 100)], rules.TooFewLines),
        ([], rules.TooFewLines),
        ([NewLine(5410, LARGEST_ORE + 1), NewLine(1930, -LARGEST_ORE - 1)], rules.BadAmount),
        ([NewLine(5410, 1.5), NewLine(1930, -1.5)], rules.BadAmount),
        ([NewLine(5410, 100, "X9"), NewLine(1930, -100)], rules.UnknownVatCode),
        ([NewLine(5411, 100), NewLine(1930, -100)], posting.NoSuchAccount),
    ],
)
def test_what_is_no_voucher_is_refused_and_takes_no_number(session, lines, error):
    make_books(session)
    with pytest.raises(error):
        posted(session, voucher(lines=lines or [NewLine(5410, 0)]))
    assert posted(session, voucher()).name == "A1"


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("field", "value", "error"),
    [("text", " ", rules.TextMissing), ("series", "a", rules.BadSeries), ("series", "", rules.BadSeries)],
)
def test_text_and_series_are_asked_for(session, field, value, error):
    make_books(session)
    with pytest.raises(error):
        posted(session, voucher(**{field: value}))


def test_the_same_source_twice_gives_the_first_and_another_content_is_refused(session):
    make_books(session)
    first = posted(session, voucher("invoice:1"))
    assert posted(session, voucher("invoice:1")).id == first.id
    for differing in (
        voucher("invoice:1", ore=1),
        voucher("invoice:1", text="Annat"),
        voucher("invoice:1", on=date(2026, 3, 6)),
    ):
        with pytest.raises(posting.SourceUsed) as caught:
            posted(session, differing)
        assert caught.value.values["name"] == "A1"
    assert posted(session, voucher("invoice:2")).name == "A2"


def test_many_are_numbered_in_order_and_those_that_are_there_come_back(session):
    make_books(session)
    old = posted(session, voucher("b"))
    made = within(session, post_many, [voucher("a"), voucher("b"), voucher("c"), voucher("a")], by=None, now=NOW)
    assert [one.name for one in made] == ["A2", "A1", "A3", "A2"]
    assert made[1].id == old.id


def test_nothing_is_posted_in_a_locked_period_or_outside_the_years(session):
    make_books(session)
    year = reading(session, lambda s: s.scalars(select(posting.FiscalYear)).one().public_id)
    within(session, years.lock, year, date(2026, 3, 31), by=None)
    with pytest.raises(posting.PeriodLocked):
        posted(session, voucher(on=date(2026, 3, 31)))
    assert posted(session, voucher(on=date(2026, 4, 1))).name == "A1"
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(posting.NoSuchYear):
            posted(session, voucher("x", on=day))
    with pytest.raises(rules.LockBackwards):
        within(session, years.lock, year, date(2026, 2, 28), by=None)
    with pytest.raises(years.ReasonMissing):
        within(session, years.unlock, year, None, " ", by=None)
    within(session, years.unlock, year, None, "Fel månad låst", by=None)
    assert posted(session, voucher("late", on=date(2026, 3, 31))).name == "A2"


def test_a_closed_account_takes_nothing_new_but_can_be_turned_back(session):
    make_books(session)
    wrong = posted(session, voucher())
    account = reading(session, lambda s: accounts.named(s, 5410).public_id)
    within(session, chart.close_account, account, by=None, now=NOW)
    with pytest.raises(posting.AccountClosed):
        posted(session, voucher("again"))
    assert within(session, corrections.reverse, wrong.id, on=LAST, text="Fel konto", by=None, now=NOW).name == "K1"


def test_a_correction_turns_all_back_once_and_is_linked(session):
    make_books(session)
    wrong = posted(session, voucher())
    back = within(session, corrections.reverse, wrong.id, on=date(2026, 4, 1), text="Rättar A1", by=None, now=NOW)
    assert (back.name, reading(session, lambda s: s.get_one(Voucher, back.id).reverses_id)) == ("K1", wrong.id)
    with pytest.raises(corrections.AlreadyReversed):
        within(session, corrections.reverse, wrong.id, on=LAST, text="Igen", by=None, now=NOW)
    with pytest.raises(corrections.ReversesAnother):
        within(session, corrections.reverse, back.id, on=LAST, text="Igen", by=None, now=NOW)
    right = posted(
        session, voucher("right", replaces_id=wrong.id, lines=[NewLine(6540, 12_500), NewLine(1930, -12_500)])
    )
    balances = reading(session, lambda s: accounts.balances_of(s, s.scalars(select(posting.FiscalYear)).one()))
    assert {number: ore for number, ore in balances.items() if ore} == {6540: 12_500, 1930: -12_500}
    assert right.replaces_id == wrong.id


def test_a_used_account_is_never_removed_and_an_unused_one_can_be(session):
    make_books(session)
    posted(session, voucher())
    ids = reading(session, lambda s: {one.number: one.public_id for one in s.scalars(select(chart.Account))})
    with pytest.raises(chart.AccountUsed):
        within(session, chart.remove_account, ids[5410], by=None)
    within(session, chart.remove_account, ids[5420], by=None)
    assert reading(session, accounts.named, 5420) is None


def test_two_tenants_count_by_themselves_and_see_nothing_of_each_other(session):
    make_books(session)
    make_books(session, "rattsdata")
    ours = posted(session, voucher("same"))
    theirs = posted(session, voucher("same", ore=1), slug="rattsdata")
    assert (ours.name, theirs.name) == ("A1", "A1")
    assert reading(session, lambda s: [one.id for one in s.scalars(select(Voucher))]) == [ours.id]
    with pytest.raises(corrections.NotFound):
        within(session, corrections.reverse, theirs.id, on=LAST, text="Deras", by=None, now=NOW)


# ---- years and opening balances -------------------------------------------------------------------------------------


def test_years_follow_upon_one_another(session):
    make_books(session)
    within(session, years.add_year, date(2027, 1, 1), date(2027, 12, 31), by=None, now=NOW)
    within(session, years.add_year, date(2025, 8, 15), date(2025, 12, 31), by=None, now=NOW)
    for starts_on, ends_on in [(date(2027, 6, 1), date(2028, 5, 31)), (date(2029, 1, 1), date(2029, 12, 31))]:
        with pytest.raises(rules.YearNotNext):
            within(session, years.add_year, starts_on, ends_on, by=None, now=NOW)
    with pytest.raises(rules.BadYear):
        within(session, years.add_year, date(2028, 1, 1), date(2029, 7, 31), by=None, now=NOW)


def test_opening_balances_balance_and_are_brought_forward_with_the_result(session):
    make_books(session)
    year = reading(session, lambda s: s.scalars(select(posting.FiscalYear)).one().public_id)
    with pytest.raises(years.OpeningNotBalanced):
        within(session, years.set_opening_balances, year, {1930: 1}, by=None)
    with pytest.raises(years.NotABalanceAccount):
        within(session, years.set_opening_balances, year, {1930: 1, 3010: -1}, by=None)
    within(session, years.set_opening_balances, year, {1930: 50_000_00, 2081: -50_000_00}, by=None)
    posted(session, voucher(ore=10_000))
    after = within(session, years.add_year, date(2027, 1, 1), date(2027, 12, 31), by=None, now=NOW)
    within(session, years.bring_forward, after.public_id, by=None)
    balances = reading(session, accounts.balances_of, after)
    assert balances == {1930: 4_990_000, 2081: -5_000_000, 2099: 10_000}
    within(session, years.lock, year, FIRST, by=None)
    with pytest.raises(years.YearLocked):
        within(session, years.set_opening_balances, year, {}, by=None)


# ---- any posted set balances, and sums equal a naive recount ---------------------------------------------------------

ACCOUNTS = (1510, 1930, 2611, 2979, 3010, 3740, 5410)
PARTS = st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.integers(-(10**9), 10**9)), min_size=1, max_size=8)
VOUCHERS = st.lists(st.tuples(st.sampled_from("ABK"), st.integers(0, 364), PARTS), min_size=1, max_size=12)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(VOUCHERS)
def test_any_posted_set_balances_and_its_sums_are_those_of_a_naive_recount(session, drawn):
    slug = _fresh_slug()
    make_books(session, slug)
    expected: dict[tuple[int, str], int] = defaultdict(int)
    for number, (series, day, parts) in enumerate(drawn):
        on = date.fromordinal(FIRST.toordinal() + day)
        lines = [NewLine(account, ore) for account, ore in parts] + [NewLine(2999, -sum(ore for _, ore in parts))]
        try:
            posted(session, voucher(f"drawn:{number}", on=on, series=series, lines=lines), slug=slug)
        except rules.TooFewLines:
            continue
        for line in lines:
            expected[line.account, on.isoformat()[:7]] += line.amount_ore
    kept = reading(session, _kept, slug=slug)
    assert {key: ore for key, ore in kept.items() if ore} == {key: ore for key, ore in expected.items() if ore}
    assert sum(kept.values()) == 0
    assert reading(session, check, slug=slug).faults == []


_numbers = iter(range(10**6))


def _fresh_slug() -> str:
    return f"t{next(_numbers)}x"


def _kept(session) -> dict[tuple[int, str], int]:
    rows = session.scalars(select(AccountMonth))
    return {(one.account, one.month.isoformat()[:7]): one.debit_ore - one.credit_ore for one in rows}


def test_the_checker_finds_a_sum_that_is_an_ore_wrong(session):
    """The planted fault."""
    make_books(session)
    posted(session, voucher())

    def spoil(writing):
        row = writing.scalars(select(AccountMonth).where(AccountMonth.account == 1930)).one()
        row.credit_ore += 1
        writing.flush()

    within(session, spoil)
    (fault,) = reading(session, check).faults
    assert "1930" in fault


def test_posting_needs_a_scope_and_a_transaction(session):
    from infosoc.db.session import NotInTransaction
    from infosoc.db.tenancy import NoTenantScope

    make_books(session)
    with transaction() as writing, pytest.raises(NoTenantScope):
        post(writing, voucher(), by=None, now=NOW)
    session.rollback()
    with tenant_scope(scope_named(session, "infosoc")), pytest.raises(NotInTransaction):
        post(session, voucher(), by=None, now=NOW)
