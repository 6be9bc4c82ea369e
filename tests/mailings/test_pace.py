"""The speed of letters: never more in any hour or minute than said, and no slower than needed."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from infosoc.mailings import pace_rules
from tests.builders import NOW

SPEEDS = st.one_of(
    st.integers(1, 20_000).map(pace_rules.an_hour),
    st.integers(1, 200).map(pace_rules.a_minute),
)


def sent(speed, waits, wanted):
    """The instants of letters of a sender that tries after each wait."""
    now, next_at, instants = NOW, None, []
    for wait, want in zip(waits, wanted, strict=False):
        now += timedelta(seconds=wait)
        count = min(want, pace_rules.free(speed, next_at, now))
        if count:
            next_at = pace_rules.after(speed, next_at, now, count)
            instants += [now] * count
    return instants


@given(SPEEDS, st.lists(st.floats(0, 900), max_size=60), st.lists(st.integers(1, 500), max_size=60))
def test_m24_in_no_period_are_there_more_letters_than_the_speed_says(speed, waits, wanted):
    instants = sent(speed, waits, wanted)
    for place, first in enumerate(instants):
        within = [one for one in instants[place:] if one < first + speed.period]
        assert len(within) <= speed.letters


def test_m24_an_eager_sender_reaches_the_speed():
    speed = pace_rules.an_hour(3600)
    instants = sent(speed, [0.25] * 4 * 3600, [10] * 4 * 3600)
    assert 3590 <= len(instants) <= 3600


def test_m21_an_instant_written_by_a_clock_that_was_wrong_holds_nothing_up():
    speed = pace_rules.an_hour(3600)
    assert pace_rules.free(speed, NOW + timedelta(days=1), NOW) == speed.burst
    assert pace_rules.after(speed, NOW + timedelta(days=1), NOW, 1) < NOW + timedelta(seconds=2)


def test_m24_a_speed_of_one_lets_one_through():
    assert pace_rules.free(pace_rules.an_hour(1), None, NOW) == 1
    assert sent(pace_rules.an_hour(1), [0, 1, 1], [5, 5, 5]) == [NOW]


def test_a_setting_that_is_no_number_is_not_used():
    assert [pace_rules.letters_an_hour(wanted, 7) for wanted in ("120", 60, None, "", "fast", -1, "0")] == [
        120, 60, 7, 7, 7, 7, 7,
    ]  # fmt: skip
