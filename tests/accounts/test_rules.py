"""Waiting between tries, the last administrator, roles and names."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from infosoc.accounts import rules, throttle
from infosoc.accounts.rules import MemberFacts


def test_the_wait_doubles_and_has_an_end():
    waits = [int(rules.wait_after(failures, free=5).total_seconds()) for failures in range(4, 18)]
    assert waits == [0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]
    assert rules.wait_after(10**9, free=5) == rules.LONGEST_WAIT


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"), ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"), ("", ""), ("unix:", "unix:"),
    ],
)  # fmt: skip
def test_an_address_is_counted_as_itself_or_as_its_64(address, counted):
    assert throttle.network_of(address) == counted


def test_digests_need_the_key_and_the_kind():
    digests = {
        throttle.subject("account", "a", key="k").digest, throttle.subject("address", "a", key="k").digest,
        throttle.subject("account", "a", key="other").digest,
    }  # fmt: skip
    assert len(digests) == 3


def admin(user_id: int, **changes) -> MemberFacts:
    facts = {"roles": ("administrator",), "ends_on": None, "can_sign_in": True}
    return MemberFacts(user_id=user_id, **(facts | changes))


@pytest.mark.parametrize(
    "after", [[], [admin(1, roles=("seller",))], [admin(1, ends_on=date(2030, 1, 1))], [admin(1, can_sign_in=False)]]
)
def test_the_last_administrator_is_kept(after):
    with pytest.raises(rules.LastAdministrator):
        rules.check_somebody_administers([admin(1)], after)


def test_where_nobody_administered_before_nothing_is_lost():
    rules.check_somebody_administers([admin(1, can_sign_in=False)], [])
    rules.check_somebody_administers([admin(1), admin(2)], [admin(2)])


def test_roles_are_known_and_each_is_there_once_in_one_order():
    assert rules.check_roles(["reader", "seller", "reader"]) == ["seller", "reader"]
    with pytest.raises(rules.NoRole):
        rules.check_roles([])
    with pytest.raises(rules.UnknownRole):
        rules.check_roles(["seller", "king"])


def test_a_name_is_tidied_and_needed():
    assert rules.check_name("  Bo \t Lönn ") == "Bo Lönn"
    with pytest.raises(rules.NameMissing):
        rules.check_name(" \n ")


def test_a_last_day_may_be_today_but_not_yesterday():
    today = date(2026, 11, 22)
    assert rules.check_end(today, today=today) == today
    assert rules.check_end(None, today=today) is None
    with pytest.raises(rules.EndIsPast):
        rules.check_end(today - timedelta(days=1), today=today)
