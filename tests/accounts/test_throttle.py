"""Counting tries in the database."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from infosoc.accounts import throttle
from infosoc.accounts.models import SignInAttempt
from infosoc.db.session import db, transaction
from tests.builders import NOW

KARIN = throttle.subject("account", "karin", key="k")
OFFICE = throttle.subject("address", "203.0.113.7", key="k")


def charge(app, at=NOW, *subjects) -> bool:
    try:
        with app.app_context(), transaction() as session:
            throttle.charge(session, list(subjects) or [KARIN, OFFICE], now=at)
    except throttle.TooManyAttempts:
        return False
    return True


def test_a_try_while_waiting_counts_for_nothing(app):
    assert [charge(app) for _ in range(9)] == [True] * 5 + [False] * 4
    assert charge(app, NOW + timedelta(seconds=3))
    assert not charge(app, NOW + timedelta(seconds=6))
    assert charge(app, NOW + timedelta(seconds=8))


def test_nobody_is_locked_out_for_ever(app):
    at = NOW
    for _ in range(60):
        charge(app, at)
        at += timedelta(minutes=15)
    assert charge(app, at)


def test_after_a_quiet_day_it_starts_again(app):
    for _ in range(5):
        charge(app)
    assert charge(app, NOW + timedelta(hours=25))
    assert [charge(app, NOW + timedelta(hours=25)) for _ in range(5)] == [True] * 4 + [False]


def test_signing_in_forgives_the_account_and_gives_the_address_its_try_back(app):
    for _ in range(3):
        charge(app)
    with app.app_context(), transaction() as session:
        throttle.forgive(session, KARIN, OFFICE)
    with app.app_context():
        assert [row.failures for row in db.session.scalars(select(SignInAttempt))] == [2]


def test_tries_at_the_same_moment_do_not_slip_through_together(app):
    through, lock = [], threading.Lock()

    def attempt() -> None:
        passed = charge(app)
        with lock:
            through.append(passed)

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(through) == [False] * 7 + [True] * 5


def test_old_rows_are_forgotten_and_waiting_ones_kept(app):
    for _ in range(5):
        charge(app)
    charge(app, NOW + timedelta(hours=23), OFFICE)
    with app.app_context(), transaction() as session:
        assert throttle.forget_old(session, now=NOW + timedelta(hours=25)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignInAttempt)) == 1


@pytest.mark.sqlite_only
def test_the_message_tells_the_swedish_time(app):
    for _ in range(5):
        charge(app)
    with pytest.raises(throttle.TooManyAttempts, match="10:00:02"), app.app_context(), transaction() as session:
        throttle.charge(session, [KARIN], now=NOW)
