"""Periods, states, notice, prices, index and figures: small tables, and properties over made-up ones."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.subscriptions.rules import amounts, figures, index, life, notice, periods
from infosoc.subscriptions.rules.amounts import DatedPrice, Price, PriceMissing, Tier
from infosoc.subscriptions.rules.figures import Move, Stretch
from infosoc.subscriptions.rules.index import Clause, IndexMissing
from infosoc.subscriptions.rules.life import Deed, NotNow
from infosoc.subscriptions.rules.notice import Terms
from infosoc.subscriptions.rules.periods import Period
from infosoc.subscriptions.rules.schedule import Rhythm, Schedule
from infosoc.subscriptions.rules.words import DeedKind, IndexKind, Interval, State, Tiers

DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
LENGTHS = st.sampled_from(list(Interval))


def day(text: str) -> date:
    return date.fromisoformat(text)


# ---- periods


@pytest.mark.parametrize(
    ("start", "months", "then"),
    [("2024-01-31", 1, "2024-02-29"), ("2024-02-29", 12, "2025-02-28"), ("2024-03-31", -1, "2024-02-29"),
     ("2024-12-15", 1, "2025-01-15"), ("2024-01-01", -1, "2023-12-01")],
)  # fmt: skip
def test_months_are_added_to_the_same_day_or_the_last_of_the_month(start, months, then):
    assert periods.add_months(day(start), months) == day(then)


def test_a_period_that_begins_on_the_last_of_january_does_not_slide():
    first = day("2024-01-31")
    monthly = Schedule((Rhythm(date.min, first, 1, True),))
    starts = [turn.period.starts_on for turn in monthly.through(first, day("2024-05-31"))]
    assert [one.isoformat() for one in starts] == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


@given(DAYS, LENGTHS, DAYS)
def test_every_day_is_in_exactly_one_period_and_periods_join(anchor, months, some_day):
    period = periods.period_at(anchor, months, some_day)
    assert period.starts_on <= some_day < period.end
    assert periods.period_at(anchor, months, period.end).starts_on == period.end
    assert periods.period_at(anchor, months, period.last_day) == period


def test_what_is_due_in_advance_and_in_arrears():
    march = Period(day("2024-03-01"), day("2024-04-01"))
    assert periods.is_due(march, in_advance=True, through=day("2024-03-01"))
    assert not periods.is_due(march, in_advance=True, through=day("2024-02-29"))
    assert periods.is_due(march, in_advance=False, through=day("2024-03-31"))
    assert not periods.is_due(march, in_advance=False, through=day("2024-03-30"))


@given(DAYS, LENGTHS, st.integers(0, 400), st.integers(1, 400))
def test_shares_of_a_period_cut_in_two_make_the_whole(anchor, months, after, length):
    period = periods.period_at(anchor, months, anchor)
    middle = period.starts_on + timedelta(days=after % period.days)
    first, second = Period(period.starts_on, middle), Period(middle, period.end + timedelta(days=length))
    assert periods.share(period, [first]) + periods.share(period, [second]) == 1


# ---- states


def deeds(*given: tuple[DeedKind, str, str] | tuple[DeedKind, str, str, int]) -> list[Deed]:
    return [Deed(at, kind, day(on), day(made), *more) for at, (kind, on, made, *more) in enumerate(given, 1)]


LIFE = deeds(
    (DeedKind.TRIAL, "2024-01-01", "2023-12-20"), (DeedKind.START, "2024-02-01", "2023-12-20"),
    (DeedKind.PAUSE, "2024-06-01", "2024-05-20"), (DeedKind.RESUME, "2024-08-01", "2024-05-20"),
    (DeedKind.CANCEL, "2025-01-01", "2024-10-01"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("on", "state"),
    [("2023-12-31", State.COMING), ("2024-01-01", State.TRIAL), ("2024-02-01", State.ACTIVE),
     ("2024-06-01", State.PAUSED), ("2024-08-01", State.ACTIVE), ("2024-09-30", State.ACTIVE),
     ("2024-10-01", State.CANCELLED), ("2024-12-31", State.CANCELLED), ("2025-01-01", State.ENDED)],
)  # fmt: skip
def test_the_state_follows_the_days_of_the_deeds(on, state):
    assert life.state_on(LIFE, day(on)) is state


def test_a_cancellation_that_is_taken_back_never_was():
    taken_back = [*LIFE, Deed(6, DeedKind.WITHDRAW, day("2024-11-01"), day("2024-11-01"), undoes=5)]
    assert life.state_on(taken_back, day("2025-03-01")) is State.ACTIVE
    assert life.ends_on(taken_back) is None


def test_trial_pauses_and_what_comes_after_the_end_are_not_charged():
    assert life.charged_spans(LIFE, day("2025-06-01")) == [
        Period(day("2024-02-01"), day("2024-06-01")), Period(day("2024-08-01"), day("2025-01-01")),
    ]  # fmt: skip


@given(DAYS, st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_a_day_is_charged_exactly_when_the_state_says_so(some_day, until):
    spans = life.charged_spans(LIFE, until)
    charged = any(span.starts_on <= some_day < span.end for span in spans)
    assert charged == (some_day < until and life.state_on(LIFE, some_day) in {State.ACTIVE, State.CANCELLED})


def test_what_makes_no_sense_is_refused():
    with pytest.raises(NotNow):
        life.check(LIFE, DeedKind.RESUME, day("2024-03-01"))
    with pytest.raises(NotNow):
        life.check(LIFE, DeedKind.PAUSE, day("2025-03-01"))
    life.check(LIFE, DeedKind.PAUSE, day("2024-03-01"))


def test_the_next_change_by_itself():
    assert life.next_change(LIFE, day("2024-09-01")) == day("2025-01-01")
    assert life.next_change(LIFE, day("2025-01-01")) is None


# ---- notice


@pytest.mark.parametrize(
    ("binding", "notice_months", "renewal", "on", "end"),
    [(0, 0, 0, "2024-05-10", "2024-05-10"), (0, 3, 0, "2024-05-10", "2024-08-10"),
     (12, 3, 0, "2024-05-10", "2025-01-01"), (12, 3, 0, "2024-11-15", "2025-02-15"),
     (12, 3, 12, "2024-10-01", "2025-01-01"), (12, 3, 12, "2024-10-02", "2026-01-01"),
     (36, 6, 12, "2026-07-01", "2027-01-01"), (36, 6, 12, "2026-07-02", "2028-01-01"),
     (0, 1, 12, "2024-05-10", "2025-01-01"), (0, 1, 12, "2023-06-01", "2025-01-01")],
)  # fmt: skip
def test_the_earliest_end(binding, notice_months, renewal, on, end):
    terms = Terms(day("2024-01-01"), binding, notice_months, renewal)
    assert notice.earliest_end(terms, day(on)) == day(end)


@given(DAYS, st.sampled_from([0, 12, 24, 36]), st.integers(0, 12), st.sampled_from([1, 3, 12]), DAYS)
def test_the_last_notice_day_is_in_time_and_the_day_after_is_too_late(start, binding, months, renewal, on):
    terms = Terms(start, binding, months, renewal)
    end = notice.earliest_end(terms, on)
    last = notice.last_notice_day(terms, end)
    assert last >= on or end == notice.term_end(terms, start)
    assert notice.earliest_end(terms, last) == end
    assert notice.earliest_end(terms, last + timedelta(days=1)) > end


# ---- prices


def test_the_price_of_a_day_is_the_latest_begun():
    rows = [DatedPrice(Price(100), day("2024-01-01")), DatedPrice(Price(120), day("2025-01-01"), day("2025-06-30"))]
    assert amounts.price_on(rows, day("2024-12-31")).ore == 100
    assert amounts.price_on(rows, day("2025-01-01")).ore == 120
    for missing in ("2023-12-31", "2025-07-01"):
        with pytest.raises(PriceMissing) as error:
            amounts.price_on(rows, day(missing), product="Journal")
        assert error.value.values == {"product": "Journal", "day": missing}


def test_a_yearly_price_charged_by_the_quarter_and_a_monthly_one_by_the_year():
    assert amounts.unit_price(Price(1_200_001, 12), 3) == 300_000
    assert amounts.unit_price(Price(99_950, 1), 12) == 1_199_400
    assert amounts.unit_price(Price(100_000, 1), 1, Fraction(10, 31)) == 32_258


@pytest.mark.parametrize(
    ("unit", "quantity", "discount", "net"),
    [(10_000, 1_500, 0, 15_000), (333, 1_500, 0, 500), (-333, 1_500, 0, -500), (9_995, 3_000, 1_250, 26_237)],
)
def test_the_net_of_a_line_is_rounded_half_up_once(unit, quantity, discount, net):
    assert amounts.net(unit, quantity, discount) == net


TABLE = (Tier(0, 200), Tier(100_000, 150), Tier(1_000_000, 100))


@pytest.mark.parametrize(
    ("used", "kind", "rows"),
    [(0, Tiers.GRADUATED, []), (50_000, Tiers.GRADUATED, [(50_000, 200)]),
     (100_000, Tiers.GRADUATED, [(100_000, 200)]),
     (1_500_000, Tiers.GRADUATED, [(100_000, 200), (900_000, 150), (500_000, 100)]),
     (1_500_000, Tiers.VOLUME, [(1_500_000, 100)]), (100_000, Tiers.VOLUME, [(100_000, 150)])],
)  # fmt: skip
def test_usage_by_steps(used, kind, rows):
    assert amounts.rated(used, TABLE, kind) == rows


@given(st.integers(1, 10**8), st.lists(st.integers(1, 10**7), unique=True, max_size=6))
def test_graduated_rows_hold_all_that_was_used(used, starts):
    tiers = amounts.check_tiers([Tier(start, start % 97 + 1) for start in [0, *starts]])
    rows = amounts.rated(used, tiers, Tiers.GRADUATED)
    assert sum(quantity for quantity, _ in rows) == used
    assert all(quantity > 0 for quantity, _ in rows)


@given(st.integers(0, 10**9), st.integers(1, 10**7), st.integers(0, 10_000))
def test_a_net_is_within_half_an_ore_of_the_exact_amount(unit, quantity, discount):
    exact = Fraction(unit * quantity * (10_000 - discount), 1000 * 10_000)
    assert abs(amounts.net(unit, quantity, discount) - exact) <= Fraction(1, 2)


# ---- index

PERCENT = Clause(IndexKind.PERCENT, day("2025-01-01"), percent=250)
SERIES = Clause(IndexKind.SERIES, day("2025-01-01"), series="AKI", base_on=day("2023-10-01"))
VALUES = {day("2023-10-01"): 100_000, day("2024-10-01"): 104_000, day("2025-10-01"): 103_000}


@pytest.mark.parametrize(
    ("on", "ore"),
    [("2024-12-31", 10_001), ("2025-01-01", 10_251), ("2026-01-01", 10_507), ("2026-12-31", 10_507)],
)
def test_a_percentage_is_applied_each_year_to_whole_ore(on, ore):
    assert index.indexed(10_001, PERCENT, agreed_on=day("2024-01-01"), day=day(on), values={}) == ore


def test_a_price_agreed_later_is_adjusted_from_then_on_only():
    assert index.indexed(10_000, PERCENT, agreed_on=day("2025-03-01"), day=day("2025-12-31"), values={}) == 10_000
    assert index.indexed(10_000, PERCENT, agreed_on=day("2025-03-01"), day=day("2026-01-01"), values={}) == 10_250


def test_an_index_never_lowers_the_price_and_names_what_is_missing():
    args = {"agreed_on": day("2024-01-01"), "values": VALUES}
    assert index.indexed(10_000, SERIES, day=day("2025-01-01"), **args) == 10_400
    assert index.indexed(10_000, SERIES, day=day("2026-01-01"), **args) == 10_300
    late = index.indexed(10_000, SERIES, agreed_on=day("2025-02-01"), day=day("2026-01-01"), values=VALUES)
    assert late == 10_000
    with pytest.raises(IndexMissing) as error:
        index.indexed(10_000, SERIES, day=day("2027-01-01"), **args)
    assert error.value.values == {"series": "AKI", "month": "2026-10"}


# ---- figures

STRETCHES = st.lists(
    st.builds(
        lambda customer, start, length, ore: Stretch(
            customer, customer, Period(start, start + timedelta(days=length)), ore
        ),
        st.integers(1, 4), st.dates(date(2024, 1, 1), date(2025, 12, 31)), st.integers(1, 500), st.integers(1, 10**6),
    ),
    max_size=12,
)  # fmt: skip


@given(STRETCHES)
def test_what_moved_in_a_month_explains_the_difference(stretches):
    months = figures.months(stretches, date(2024, 1, 1), 26)
    for month in months:
        moved = {move: month.moved_ore(move) for move in Move}
        total = moved[Move.NEW] + moved[Move.EXPANSION] - moved[Move.CONTRACTION] - moved[Move.CHURN]
        assert month.before_ore + total == month.mrr_ore
        for move in Move:
            assert sum(abs(one.difference_ore) for one in month.behind(move)) == month.moved_ore(move)
    for first, second in pairwise(months):
        assert first.mrr_ore == second.before_ore


def test_new_expansion_contraction_and_churn():
    def one(customer, start, end, ore):
        return Stretch(customer, customer, Period(day(start), day(end)), ore)

    stretches = [
        one(1, "2024-01-01", "2024-04-01", 100), one(1, "2024-03-01", "2025-01-01", 50),
        one(2, "2024-02-15", "2024-03-10", 70),
    ]  # fmt: skip
    january, february, march, april = figures.months(stretches, day("2024-01-01"), 4)
    assert (january.moved_ore(Move.NEW), january.mrr_ore, january.arr_ore, january.customers) == (100, 100, 1200, 1)
    assert (february.moved_ore(Move.NEW), february.mrr_ore) == (70, 170)
    assert (march.moved_ore(Move.EXPANSION), march.moved_ore(Move.CHURN), march.mrr_ore) == (50, 70, 150)
    assert (april.moved_ore(Move.CONTRACTION), april.mrr_ore) == (100, 50)
