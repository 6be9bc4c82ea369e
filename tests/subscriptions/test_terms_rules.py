"""Changed terms by the rules: however they are changed, every day of an agreement is charged exactly once."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm.attributes import set_committed_value

from infosoc.kernel.errors import DomainError
from infosoc.subscriptions.commands import terms
from infosoc.subscriptions.commands.terms import NewTerms
from infosoc.subscriptions.models import Agreement, AgreementDeed, AgreementLine, Product
from infosoc.subscriptions.queries.charges import charges_of
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.queries.invoiced import Invoiced
from infosoc.subscriptions.queries.pricing import Prices
from infosoc.subscriptions.rules import index, periods, schedule
from infosoc.subscriptions.rules.agreed import Agreed, Course
from infosoc.subscriptions.rules.index import Clause
from infosoc.subscriptions.rules.life import Deed
from infosoc.subscriptions.rules.schedule import Rhythm, Schedule
from infosoc.subscriptions.rules.words import DeedKind, IndexKind

DAY = timedelta(days=1)
PRICE = 100_000  # öre a month
NOW = datetime(2024, 1, 1, tzinfo=UTC)
STARTS = st.dates(date(2023, 1, 1), date(2024, 12, 31))
LENGTHS = st.sampled_from([1, 3, 6, 12])
MONTHS_PLAYED = 40


def signed(starts_on: date, months: int, *, in_advance: bool) -> Agreement:
    """An agreement with a line, as it is read; it is in no database."""
    made = Agreement(
        id=1, starts_on=starts_on, anchor_on=starts_on, billing_months=months, in_advance=in_advance, binding_months=0,
        notice_months=3, renewal_months=0, payment_days=30, index_kind="", index_percent=0, index_series="",
    )  # fmt: skip
    product = Product(id=1, billing="fixed", name_sv="Journal")
    line = AgreementLine(
        id=1, starts_on=starts_on, quantity_thousandths=1000, price_ore=PRICE, per_months=1, discount=0
    )
    set_committed_value(line, "product", product)
    set_committed_value(made, "lines", [line])
    start = AgreementDeed(id=1, kind="start", effective_on=starts_on, made_at=NOW, undoes_id=None, terms={})
    set_committed_value(made, "deeds", [start])
    return made


def changed(agreement: Agreement, on: date, known: Invoiced, **values) -> None:
    """Change terms as the command does."""
    before = course_of(agreement).versions[-1].agreed
    new = NewTerms(on, Agreed(**{**vars(before), **values}), terms.trial_of(agreement))
    rows = terms.planned(agreement, new, known, by=None, now=NOW)
    for row in rows:
        row.id = terms.newest(agreement) + 1
        set_committed_value(agreement, "deeds", [*agreement.deeds, row])


class Books:
    """What has been invoiced, run by run, and how often each day was charged."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement, self.first = agreement, agreement.starts_on
        self.done: set[tuple[int, date]] = set()
        self.days: Counter[date] = Counter()

    def run(self, through: date) -> None:
        found = charges_of(self.agreement, Prices(), {}, first=self.first, through=through, left_out=self.done)
        for one in list(found):
            assert not one.problem
            key = (one.line.id, one.period.starts_on)
            assert key not in self.done  # what the database's unique key says
            self.done.add(key)
            days = [one.part.starts_on + DAY * number for number in range(one.part.days)]
            self.days.update(days)
            turn = course_of(self.agreement).schedule.at(one.part.starts_on)
            exact = Fraction(PRICE * turn.rhythm.months * len(days), turn.whole.days)
            assert one.net_ore == int(exact + Fraction(1, 2))

    @property
    def known(self) -> Invoiced:
        return Invoiced(frozenset(self.done))

    @property
    def free(self) -> date:
        plan = course_of(self.agreement).schedule
        return schedule.free_from(plan, self.known.days) or self.agreement.starts_on

    def wrong(self) -> list[date]:
        """The days before the first free one that were not charged exactly once, and the later ones charged at all."""
        first = self.agreement.starts_on
        every = [first + DAY * number for number in range((max(self.free, max(self.days)) - first).days + 1)]
        return [day for day in every if self.days[day] != (1 if day < self.free else 0)]


CHANGES = st.lists(
    st.tuples(
        st.integers(0, MONTHS_PLAYED - 1), st.integers(0, 500), LENGTHS, st.booleans(),
        st.one_of(st.none(), st.integers(-400, 400)),
    ),
    max_size=6,
)  # fmt: skip


@given(STARTS, LENGTHS, st.booleans(), CHANGES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_over_random_changes_every_day_is_charged_exactly_once(starts_on, months, in_advance, changes):
    agreement = signed(starts_on, months, in_advance=in_advance)
    books = Books(agreement)
    for number in range(MONTHS_PLAYED):
        month = periods.add_months(starts_on.replace(day=1), number)
        books.run(month.replace(day=calendar.monthrange(month.year, month.month)[1]))
        for when, later, length, advance, away in changes:
            if when != number:
                continue
            on = max(books.free, course_of(agreement).versions[-1].from_on, starts_on) + DAY * later
            anchor = on if away is None else on + DAY * away
            try:
                changed(agreement, on, books.known, billing_months=length, in_advance=advance, anchor_on=anchor)
            except (terms.TooShort, terms.NothingChanged):
                continue
    assert books.wrong() == []
    longest = course_of(agreement).schedule.longest
    assert books.free >= periods.add_months(starts_on, MONTHS_PLAYED - longest - 1)


def test_a_change_slipped_into_what_is_invoiced_is_seen_by_the_count():
    """The planted fault: the same count, without the refusal."""
    agreement = signed(date(2024, 1, 1), 12, in_advance=True)
    books = Books(agreement)
    books.run(date(2024, 1, 31))
    with pytest.raises(terms.IsInvoiced):
        changed(agreement, date(2024, 7, 1), books.known, billing_months=1)
    changed(agreement, date(2024, 7, 1), Invoiced(), billing_months=1)  # as if nothing had been invoiced
    books.run(date(2024, 12, 31))
    assert len(books.wrong()) == 184  # July to December, twice


@given(STARTS, LENGTHS, LENGTHS, st.integers(0, 900), st.integers(-800, 800))
def test_periods_join_where_one_rhythm_takes_over_from_another(starts_on, before, after, later, away):
    on = starts_on + DAY * later
    plan = Schedule.of([Rhythm(date.min, starts_on, before, True), Rhythm(on, on + DAY * away, after, True)])
    day, through = starts_on, on + DAY * 800
    for turn in plan.through(starts_on, through):
        assert turn.period.starts_on == day
        assert turn.whole.starts_on <= turn.period.starts_on < turn.period.end <= turn.whole.end
        day = turn.period.end
    assert plan.at(on).period.starts_on == on or before == after


def test_a_moved_anchor_charges_the_days_between_by_the_day():
    agreement = signed(date(2024, 3, 1), 12, in_advance=True)
    books = Books(agreement)
    books.run(date(2024, 3, 31))
    changed(agreement, date(2025, 3, 1), books.known, anchor_on=date(2025, 1, 1))
    found = list(charges_of(agreement, Prices(), {}, first=date(2025, 1, 1), through=date(2026, 1, 1)))
    assert [(one.part.starts_on, one.part.end, one.net_ore) for one in found] == [
        (date(2025, 3, 1), date(2026, 1, 1), round(12 * PRICE * 306 / 365)),
        (date(2026, 1, 1), date(2027, 1, 1), 12 * PRICE),
    ]


def test_a_period_of_a_few_days_is_refused_on_either_side_of_a_change():
    for on, anchor in ((date(2024, 1, 3), date(2024, 1, 3)), (date(2024, 2, 1), date(2024, 2, 5))):
        agreement = signed(date(2024, 1, 1), 1, in_advance=False)
        with pytest.raises(terms.TooShort) as error:
            changed(agreement, on, Invoiced(), billing_months=3, anchor_on=anchor)
        assert error.value.field == "effective_on"


def test_binding_time_that_is_changed_is_counted_from_the_change():
    deeds = [
        Deed(1, DeedKind.START, date(2024, 1, 1), date(2024, 1, 1)),
        Deed(2, DeedKind.TERMS, date(2025, 1, 1), date(2024, 6, 1), terms={"binding_months": [12, 24]}),
        Deed(3, DeedKind.TERMS, date(2025, 7, 1), date(2024, 6, 1), terms={"notice_months": [3, 6]}),
    ]
    course = Course.of(date(2024, 1, 1), Agreed(date(2024, 1, 1), 12, binding_months=12, notice_months=3), deeds)
    assert course.notice_on(date(2024, 12, 31)).binding_end == date(2025, 1, 1)
    assert course.notice_on(date(2025, 1, 1)).binding_end == date(2027, 1, 1)
    assert (course.on(date(2025, 7, 1)).notice_months, course.next_change(date(2025, 1, 1))) == (6, date(2025, 7, 1))


def test_a_price_goes_on_from_what_the_old_clause_has_come_to():
    three = Clause(IndexKind.PERCENT, date(2025, 1, 1), 300)
    two = Clause(IndexKind.PERCENT, date(2025, 1, 1), 200)
    clauses = [(date.min, three), (date(2026, 1, 1), two), (date(2027, 6, 1), None)]
    price = {
        year: index.followed(100_000, clauses, agreed_on=date(2024, 1, 1), day=date(year, 12, 1), values={})
        for year in (2024, 2025, 2026, 2027, 2028)
    }
    # The day of adjustment on which the new clause begins to hold is its own.
    assert price == {2024: 100_000, 2025: 103_000, 2026: 105_060, 2027: 107_161, 2028: 107_161}
    days = index.followed_days(clauses, date(2024, 1, 1), date(2029, 1, 1))
    assert days == [date(2025, 1, 1), date(2026, 1, 1), date(2027, 1, 1)]


def test_refusals_stand_beside_their_field():
    agreement = signed(date(2024, 1, 1), 1, in_advance=True)
    changed(agreement, date(2024, 5, 1), Invoiced(), payment_days=20)
    for on, values, known, kind in (
        (date(2023, 12, 31), {"payment_days": 10}, Invoiced(), "BeforeItBegan"),
        (date(2024, 4, 1), {"payment_days": 10}, Invoiced(), "ChangesLater"),
        (date(2024, 5, 1), {"billing_months": 3}, Invoiced({(1, date(2024, 5, 1))}), "IsInvoiced"),
        (date(2024, 5, 1), {"billing_months": 3}, Invoiced(since=date(2024, 6, 1)), "NotInvoicedThen"),
        (date(2024, 5, 1), {}, Invoiced(), "NothingChanged"),
        (date(2024, 5, 1), {"index_kind": "percent"}, Invoiced(), "IndexIncomplete"),
    ):
        with pytest.raises(DomainError) as error:
            changed(agreement, on, known, **values)
        assert type(error.value).__name__ == kind
    # Days to pay say nothing of what is charged: they may change within a period that is invoiced.
    changed(agreement, date(2024, 5, 1), Invoiced({(1, date(2024, 5, 1))}), payment_days=10)
